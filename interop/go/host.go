package main

import (
	"fmt"
	"net"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// newHost listens on a free TCP port of ip, with every security protocol and muxer that go-libp2p has by default.
func newHost(ip net.IP) (host.Host, error) {
	listen, err := anyPort(ip)
	if err != nil {
		return nil, err
	}
	return libp2p.New(
		libp2p.ListenAddrs(listen),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.UserAgent("pond-interop-go"),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
	)
}

func anyPort(ip net.IP) (ma.Multiaddr, error) {
	address, err := manet.FromIP(ip)
	if err != nil {
		return nil, err
	}
	return ma.Join(address, ma.StringCast("/tcp/0")), nil
}

// wholeAddress is the address that the host listens on, seen from ip, with its peer id.
func wholeAddress(h host.Host, ip net.IP) (string, error) {
	own, err := manet.FromIP(ip)
	if err != nil {
		return "", err
	}
	for _, listen := range h.Network().ListenAddresses() {
		if _, rest := ma.SplitFirst(listen); len(rest) > 0 {
			return fmt.Sprintf("%s/p2p/%s", ma.Join(own, rest), h.ID()), nil
		}
	}
	return "", fmt.Errorf("the host listens nowhere")
}

// tcpPorts are the ports at which the addresses end.
func tcpPorts(addrs []ma.Multiaddr) map[string]bool {
	ports := map[string]bool{}
	for _, a := range addrs {
		if port, err := a.ValueForProtocol(ma.P_TCP); err == nil {
			ports[port] = true
		}
	}
	return ports
}

func hasPeer(infos []peer.AddrInfo, id peer.ID) bool {
	for _, info := range infos {
		if info.ID == id {
			return true
		}
	}
	return false
}
