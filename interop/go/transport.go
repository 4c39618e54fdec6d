package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	ma "github.com/multiformats/go-multiaddr"
)

const (
	listenerNote          = "listener_multiaddr"
	defaultTransportLimit = 180 * time.Second
)

var errUnsupported = errors.New("unsupported")

// runTransport takes a side of the transport contract.
func runTransport(ctx context.Context, notes *board) int {
	limit := defaultTransportLimit
	if seconds, err := strconv.Atoi(os.Getenv("TEST_TIMEOUT_SECS")); err == nil && seconds > 0 {
		limit = time.Duration(seconds) * time.Second
	}
	var err error
	switch os.Getenv("IS_DIALER") {
	case "true":
		dialing, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		err = runDialer(dialing, notes, limit)
	case "false":
		err = runListener(ctx, notes)
	default:
		err = errors.New("IS_DIALER is not true or false")
	}
	switch {
	case errors.Is(err, errUnsupported):
		fmt.Println("status: unsupported")
		return exitUnsupported
	case err != nil && ctx.Err() == nil:
		return failed(err)
	}
	return exitOK
}

func runListener(ctx context.Context, notes *board) error {
	stack, suffix, err := wantedStack()
	if err != nil {
		return err
	}
	listenIP := net.ParseIP(envOr("LISTENER_IP", "0.0.0.0"))
	if listenIP == nil {
		return errors.New("LISTENER_IP is no address")
	}
	listen, err := anyPort(listenIP)
	if err != nil {
		return err
	}
	h, err := libp2p.New(append(stack, libp2p.ListenAddrs(listen.Encapsulate(suffix)))...)
	if err != nil {
		return err
	}
	defer h.Close()

	seenAt := listenIP
	if listenIP.IsUnspecified() {
		seenAt = notes.ip
	}
	address, err := wholeAddress(h, seenAt)
	if err != nil {
		return err
	}
	if err := notes.push(ctx, listenerNote, address); err != nil {
		return err
	}
	progress("listening at %s", address)
	<-ctx.Done()
	return nil
}

func runDialer(ctx context.Context, notes *board, patience time.Duration) error {
	stack, _, err := wantedStack()
	if err != nil {
		return err
	}
	h, err := libp2p.New(append(stack, libp2p.NoListenAddrs)...)
	if err != nil {
		return err
	}
	defer h.Close()

	address, err := notes.pop(ctx, listenerNote, patience)
	if err != nil {
		return err
	}
	listener, err := peer.AddrInfoFromString(address)
	if err != nil {
		return err
	}
	whole, rtt, err := dialAndPing(ctx, h, *listener)
	if err != nil {
		return err
	}
	fmt.Printf("latency:\n  handshake_plus_one_rtt: %.3f\n  ping_rtt: %.3f\n  unit: ms\n", milliseconds(whole), milliseconds(rtt))
	return nil
}

// dialAndPing returns the time from the dial to the ping's answer, and the ping's own.
func dialAndPing(ctx context.Context, h host.Host, listener peer.AddrInfo) (whole, rtt time.Duration, err error) {
	start := time.Now()
	if err := h.Connect(ctx, listener); err != nil {
		return 0, 0, err
	}
	pinging, cancel := context.WithCancel(ctx)
	defer cancel()
	result := <-ping.Ping(pinging, h, listener.ID)
	return time.Since(start), result.RTT, result.Error
}

// wantedStack is exactly what the environment asks for, and what a listening address ends with.
func wantedStack() ([]libp2p.Option, ma.Multiaddr, error) {
	options := []libp2p.Option{
		libp2p.UserAgent("pond-interop-go"),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
	}
	var suffix ma.Multiaddr
	switch os.Getenv("TRANSPORT") {
	case "tcp":
		options = append(options, libp2p.Transport(tcp.NewTCPTransport))
	case "ws":
		options = append(options, libp2p.Transport(websocket.New))
		suffix = ma.StringCast("/ws")
	default:
		return nil, nil, errUnsupported
	}
	switch os.Getenv("SECURE_CHANNEL") {
	case "noise":
		options = append(options, libp2p.Security(noise.ID, noise.New))
	case "tls":
		options = append(options, libp2p.Security(libp2ptls.ID, libp2ptls.New))
	default:
		return nil, nil, errUnsupported
	}
	if os.Getenv("MUXER") != "yamux" {
		return nil, nil, errUnsupported
	}
	return append(options, libp2p.Muxer(yamux.ID, yamux.DefaultTransport)), suffix, nil
}

func milliseconds(d time.Duration) float64 {
	return float64(d) / float64(time.Millisecond)
}
