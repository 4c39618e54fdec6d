package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	kadpb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	mh "github.com/multiformats/go-multihash"
)

const (
	tablePatience = 30 * time.Second
	tablePoll     = 100 * time.Millisecond
)

// kadNode is a host with a DHT node on it.
type kadNode struct {
	host    host.Host
	dht     *dht.IpfsDHT
	asker   *kadpb.ProtocolMessenger
	opened  *streamCounter
	address string
}

func newKadNode(s settings, notes *board) (*kadNode, error) {
	h, err := newHost(notes.ip)
	if err != nil {
		return nil, err
	}
	kadProtocol := kadProtocols[s.profile]
	opened := newStreamCounter(misled(h, kadProtocol, s.mistake))
	d, err := dht.New(opened,
		// Without further options no address is filtered for being private, and no peer for sharing one with others.
		// The prefix /ipfs would allow no namespaces but pk and ipns, so the protocol's name comes from the override.
		dht.ProtocolPrefix("/pond-interop"),
		dht.V1ProtocolOverride(kadProtocol),
		dht.Mode(s.mode),
		dht.Validator(validators()),
	)
	if err != nil {
		_ = h.Close()
		return nil, err
	}
	n := &kadNode{host: h, dht: d, opened: opened}
	if n.asker, err = kadpb.NewProtocolMessenger(&oneShotSender{h, kadProtocol}); err == nil {
		n.address, err = wholeAddress(h, notes.ip)
	}
	if err != nil {
		n.close()
		return nil, err
	}
	progress("%s %s at %s", s.profile, s.role, n.address)
	return n, nil
}

func (n *kadNode) close() {
	_ = n.dht.Close()
	_ = n.host.Close()
}

// join connects to the bootstrap node and waits until that is in the routing table.
func (n *kadNode) join(ctx context.Context, bootstrap string) error {
	info, err := peer.AddrInfoFromString(bootstrap)
	if err != nil {
		return err
	}
	err = retry(ctx, "connect", func(ctx context.Context) error {
		return n.host.Connect(ctx, *info)
	})
	if err != nil {
		return fmt.Errorf("no connection to the bootstrap node: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, tablePatience)
	defer cancel()
	for n.dht.RoutingTable().Find(info.ID) == "" {
		if !pause(ctx, tablePoll) {
			return fmt.Errorf("the bootstrap node is not in the routing table after %v", tablePatience)
		}
	}
	return nil
}

// put publishes a value, and returns once another peer has it. PutValue alone succeeds even when nobody took the value.
func (n *kadNode) put(ctx context.Context, key string, value []byte) error {
	return retry(ctx, "put", func(ctx context.Context) error {
		if err := n.dht.PutValue(ctx, key, value); err != nil {
			return err
		}
		return n.someOther(ctx, key, func(p peer.ID) (bool, error) {
			rec, _, err := n.asker.GetValue(ctx, p, key)
			return bytes.Equal(rec.GetValue(), value), err
		})
	})
}

// provide announces this peer under key. It has no answer, and rust never names a provider to itself: whether the
// announcement was kept is for the reader to see. Provide succeeds without a peer to tell, hence the look at the closest.
func (n *kadNode) provide(ctx context.Context, key []byte) error {
	return retry(ctx, "provide", func(ctx context.Context) error {
		closest, err := n.dht.GetClosestPeers(ctx, string(key))
		if err != nil {
			return err
		}
		if len(closest) == 0 {
			return errors.New("no other peer to tell")
		}
		return n.dht.Provide(ctx, contentID(key), true)
	})
}

// someOther asks the peers closest to key one by one, until one of them has what is asked for.
func (n *kadNode) someOther(ctx context.Context, key string, has func(peer.ID) (bool, error)) error {
	closest, err := n.dht.GetClosestPeers(ctx, key)
	if err != nil {
		return err
	}
	problem := errors.New("no other peer stored it")
	for _, p := range closest {
		stored, err := has(p)
		if err == nil && stored {
			return nil
		}
		if err != nil {
			problem = fmt.Errorf("%w; %s: %w", problem, p, err)
		}
	}
	return problem
}

func (n *kadNode) get(ctx context.Context, key string, check func([]byte) error) error {
	return retry(ctx, "get value", func(ctx context.Context) error {
		value, err := n.dht.GetValue(ctx, key)
		if err != nil {
			return err
		}
		return check(value)
	})
}

func (n *kadNode) findProviders(ctx context.Context, key []byte, check func([]peer.AddrInfo) error) error {
	return retry(ctx, "find providers", func(ctx context.Context) error {
		found, err := n.dht.FindProviders(ctx, contentID(key))
		if err != nil {
			return err
		}
		return check(found)
	})
}

func (n *kadNode) findPeer(ctx context.Context, id peer.ID, check func([]ma.Multiaddr) error) error {
	return retry(ctx, "find peer", func(ctx context.Context) error {
		found, err := n.dht.FindPeer(ctx, id)
		if err != nil {
			return err
		}
		return check(found.Addrs)
	})
}

// contentID wraps any octets, a multihash or not, so that the DHT's key is exactly they: go-libp2p-kad-dht takes from a CID
// of version 1 whatever follows the codec, unread.
func contentID(key []byte) cid.Cid {
	return cid.NewCidV1(cid.Raw, mh.Multihash(key))
}

// hashedKey is the sha2-256 multihash of a text.
func hashedKey(text string) []byte {
	digest := sha256.Sum256([]byte(text))
	return append([]byte{mh.SHA2_256, byte(len(digest))}, digest[:]...)
}
