package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

const (
	bootstrapNote    = "bootstrap_addr"
	providerPeerNote = "provider_peer"
	providerDoneNote = "provider_done"
	doneText         = "done"

	greeting     = "hello from go client"
	anyGreeting  = "hello from"
	ipfsKeyStart = "/pk/"
)

func exampleKey(testKey string) string   { return "/example/data/" + testKey }
func providerText(testKey string) string { return "interop-test-key-" + testKey }

func ethKeyOf(testKey string) string {
	return ethKeyPrefix + ethAddressOf(testEthKey(testKey).PubKey()).lowercase()
}

// providerKey is the key of the DHT under which the profile's provider is announced.
func providerKey(s settings) []byte {
	switch s.profile {
	case profileOpenpond:
		return hashedKey(ethKeyOf(s.testKey))
	case profileIpfs:
		return hashedKey(providerText(s.testKey))
	default:
		return []byte(providerText(s.testKey))
	}
}

func runBootstrap(ctx context.Context, s settings, notes *board) error {
	n, err := newKadNode(s, notes)
	if err != nil {
		return err
	}
	defer n.close()
	if err := notes.set(ctx, bootstrapNote, n.address); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func runProvider(ctx context.Context, s settings, notes *board) error {
	n, err := newKadNode(s, notes)
	if err != nil {
		return err
	}
	defer n.close()
	bootstrap, err := notes.wait(ctx, bootstrapNote)
	if err != nil {
		return err
	}
	if err := n.join(ctx, bootstrap); err != nil {
		return err
	}
	if err := publish(ctx, n, s); err != nil {
		return err
	}
	if err := notes.set(ctx, providerPeerNote, n.host.ID().String()); err != nil {
		return err
	}
	if err := notes.set(ctx, providerDoneNote, doneText); err != nil {
		return err
	}
	progress("published")
	<-ctx.Done()
	return nil
}

// publish stores the profile's values at other peers and announces this one as a provider.
func publish(ctx context.Context, n *kadNode, s settings) error {
	values, err := valuesOf(n, s)
	if err != nil {
		return err
	}
	for _, v := range values {
		if err := n.put(ctx, v.key, v.octets); err != nil {
			return fmt.Errorf("put of %q: %w", v.key, err)
		}
	}
	if err := n.provide(ctx, providerKey(s)); err != nil {
		return fmt.Errorf("provide: %w", err)
	}
	return nil
}

type value struct {
	key    string
	octets []byte
}

func valuesOf(n *kadNode, s settings) ([]value, error) {
	example := value{exampleKey(s.testKey), []byte(greeting)}
	switch s.profile {
	case profileOpenpond:
		rec, err := signEthRecord(testEthKey(s.testKey), n.host.ID(), n.host.Addrs(), time.Now())
		return []value{{ethKeyOf(s.testKey), rec}}, err
	case profileIpfs:
		key, err := crypto.MarshalPublicKey(n.host.Peerstore().PubKey(n.host.ID()))
		return []value{{ipfsKeyStart + string(n.host.ID()), key}, example}, err
	default:
		return []value{example}, nil
	}
}

// runQuerier prints a line for each thing that it asked the network for, and whether all of them were found.
func runQuerier(ctx context.Context, s settings, notes *board) int {
	found, err := query(ctx, s, notes)
	for _, f := range found {
		if f.err != nil {
			fmt.Printf("%s: %s\n", f.what, oneLine(f.err))
			err = errors.Join(err, fmt.Errorf("%s: %w", f.what, f.err))
			continue
		}
		fmt.Printf("%s: ok\n", f.what)
	}
	if err != nil {
		fmt.Printf("status: fail\nerror: %s\n", oneLine(err))
		return exitFailed
	}
	fmt.Println("status: pass")
	return exitOK
}

// finding is a thing asked for, and why it was not found.
type finding struct {
	what string
	err  error
}

func query(ctx context.Context, s settings, notes *board) ([]finding, error) {
	n, err := newKadNode(s, notes)
	if err != nil {
		return nil, err
	}
	defer n.close()
	if _, err := notes.wait(ctx, providerDoneNote); err != nil {
		return nil, err
	}
	bootstrap, err := notes.wait(ctx, bootstrapNote)
	if err != nil {
		return nil, err
	}
	if err := n.join(ctx, bootstrap); err != nil {
		return nil, err
	}
	if s.profile == profileUnified {
		return queryUnified(ctx, n, s), nil
	}
	text, err := notes.wait(ctx, providerPeerNote)
	if err != nil {
		return nil, err
	}
	provider, err := peer.Decode(text)
	if err != nil {
		return nil, err
	}
	if s.probe != "" {
		return probeBootstrap(ctx, &probing{kadNode: n, settings: s, notes: notes}, bootstrap)
	}
	return queryProvider(ctx, n, s, provider), nil
}

func probeBootstrap(ctx context.Context, p *probing, bootstrap string) ([]finding, error) {
	info, err := peer.AddrInfoFromString(bootstrap)
	if err != nil {
		return nil, err
	}
	p.bootstrap = info.ID
	return probes[p.probe](ctx, p), nil
}

func queryUnified(ctx context.Context, n *kadNode, s settings) []finding {
	providers := n.findProviders(ctx, providerKey(s), func(found []peer.AddrInfo) error {
		if len(found) == 0 {
			return errors.New("no providers")
		}
		return nil
	})
	greeted := n.get(ctx, exampleKey(s.testKey), checkGreeting)
	return []finding{{"find_providers", providers}, {"get_value", greeted}}
}

// queryProvider reads what a known provider has published. Its addresses are asked for first, while nothing but an answer of
// the network can tell them; which of them is right is known from what is read then.
func queryProvider(ctx context.Context, n *kadNode, s settings, provider peer.ID) []finding {
	var addrs []ma.Multiaddr
	keep := func(found []ma.Multiaddr) error {
		if addrs = found; len(addrs) == 0 {
			return errors.New("no addresses")
		}
		return nil
	}
	located := n.findPeer(ctx, provider, keep)

	ports := map[string]bool{}
	findings := queryValues(ctx, n, s, provider, ports)
	providers := n.findProviders(ctx, providerKey(s), func(found []peer.AddrInfo) error {
		if !hasPeer(found, provider) {
			return fmt.Errorf("%s is not among %d providers", provider, len(found))
		}
		if s.profile == profileIpfs {
			addProviderPorts(ports, found, provider)
		}
		return nil
	})
	if located == nil && !sharesPort(ports, addrs) {
		located = fmt.Errorf("no address in %v ends at the provider's port %v", addrs, ports)
	}
	return append(findings, finding{"find_providers", providers}, finding{"find_peer", located})
}

// queryValues reads the profile's values, and adds to ports those that a record names.
func queryValues(ctx context.Context, n *kadNode, s settings, provider peer.ID, ports map[string]bool) []finding {
	if s.profile == profileIpfs {
		return []finding{
			{"get_value", n.get(ctx, exampleKey(s.testKey), checkGreeting)},
			{"get_public_key", n.get(ctx, ipfsKeyStart+string(provider), func([]byte) error { return nil })},
		}
	}
	check := func(value []byte) error {
		rec, err := parseEthRecord(value)
		if err != nil {
			return err
		}
		if rec.peerID != provider {
			return fmt.Errorf("peerId is %s and not %s", rec.peerID, provider)
		}
		for port := range tcpPorts(rec.multiaddrs) {
			ports[port] = true
		}
		return nil
	}
	return []finding{{"get_value", n.get(ctx, ethKeyOf(s.testKey), check)}}
}

func addProviderPorts(ports map[string]bool, found []peer.AddrInfo, provider peer.ID) {
	for _, info := range found {
		if info.ID != provider {
			continue
		}
		for port := range tcpPorts(info.Addrs) {
			ports[port] = true
		}
	}
}

// sharesPort says whether an address ends at one of ports. Where nothing named a port, any address will do.
func sharesPort(ports map[string]bool, addrs []ma.Multiaddr) bool {
	if len(ports) == 0 {
		return true
	}
	for port := range tcpPorts(addrs) {
		if ports[port] {
			return true
		}
	}
	return false
}

func checkGreeting(value []byte) error {
	if !bytes.Contains(value, []byte(anyGreeting)) {
		return fmt.Errorf("the value is %q", value)
	}
	return nil
}
