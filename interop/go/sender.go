package main

import (
	"context"
	"time"

	kadpb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-msgio/pbio"
)

const answerPatience = 5 * time.Second

// oneShotSender asks one peer one thing on a stream of its own. The DHT node's own sender reuses its streams and cannot be
// reached from outside; this one serves to look at what a certain peer holds.
type oneShotSender struct {
	host     host.Host
	protocol protocol.ID
}

func (s *oneShotSender) SendRequest(ctx context.Context, p peer.ID, request *kadpb.Message) (*kadpb.Message, error) {
	stream, err := s.send(ctx, p, request)
	if err != nil {
		return nil, err
	}
	answer := &kadpb.Message{}
	if err := pbio.NewDelimitedReader(stream, network.MessageSizeMax).ReadMsg(answer); err != nil {
		_ = stream.Reset()
		return nil, err
	}
	return answer, stream.Close()
}

func (s *oneShotSender) SendMessage(ctx context.Context, p peer.ID, message *kadpb.Message) error {
	stream, err := s.send(ctx, p, message)
	if err != nil {
		return err
	}
	return stream.Close()
}

func (s *oneShotSender) send(ctx context.Context, p peer.ID, message *kadpb.Message) (network.Stream, error) {
	stream, err := s.host.NewStream(ctx, p, s.protocol)
	if err != nil {
		return nil, err
	}
	err = stream.SetDeadline(time.Now().Add(answerPatience))
	if err == nil {
		err = pbio.NewDelimitedWriter(stream).WriteMsg(message)
	}
	if err == nil {
		err = stream.CloseWrite()
	}
	if err != nil {
		_ = stream.Reset()
		return nil, err
	}
	return stream, nil
}
