package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	kadpb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	identifypb "github.com/libp2p/go-libp2p/p2p/protocol/identify/pb"
	"github.com/libp2p/go-msgio/pbio"
	ma "github.com/multiformats/go-multiaddr"
	"google.golang.org/protobuf/proto"
)

// A bootstrap node that makes a mistake on purpose shows that a trap is one: that the same test fails where it is not
// avoided. All the rest of what it does is go-libp2p-kad-dht's.
const (
	mistakeEcho       = "answers-add-provider"
	mistakeNoRecord   = "put-answer-without-record"
	mistakeLongAnswer = "long-find-node-answer"
	mistakeNoTime     = "no-time-received"
	mistakeOneAnswer  = "one-answer-per-stream"
	mistakeHalfClose  = "half-close-ends-all"
	mistakeLongID     = "long-identify"
	mistakeSplitID    = "split-identify"
)

var mistakes = []string{mistakeEcho, mistakeNoRecord, mistakeLongAnswer, mistakeNoTime, mistakeOneAnswer, mistakeHalfClose,
	mistakeLongID, mistakeSplitID}

const (
	fillers          = 25 // of about 200 octets each: over the 4 KiB of an identify that rust takes, below the 8 KiB of all others
	fillersPerPeer   = 10
	halfCloseDelay   = 300 * time.Millisecond
	longestOfRequest = network.MessageSizeMax
)

// mistaken is a host whose Kademlia server makes the mistake.
type mistaken struct {
	host.Host
	protocol protocol.ID
	mistake  string
}

// misled returns h itself when no mistake is asked for.
func misled(h host.Host, kad protocol.ID, mistake string) host.Host {
	switch mistake {
	case "":
		return h
	case mistakeLongID, mistakeSplitID:
		h.SetStreamHandler(identify.ID, func(s network.Stream) { identifyWrongly(h, s, mistake) })
		return h
	default:
		return &mistaken{h, kad, mistake}
	}
}

func (m *mistaken) SetStreamHandler(id protocol.ID, handler network.StreamHandler) {
	if id == m.protocol {
		right := handler
		handler = func(s network.Stream) {
			if err := m.serve(s, right); err != nil {
				_ = s.Reset()
				return
			}
			_ = s.Close()
		}
	}
	m.Host.SetStreamHandler(id, handler)
}

func (m *mistaken) serve(s network.Stream, right network.StreamHandler) error {
	buffered := bufio.NewReader(s)
	requests, answers := pbio.NewDelimitedReader(buffered, longestOfRequest), pbio.NewDelimitedWriter(s)
	for {
		request := &kadpb.Message{}
		if err := requests.ReadMsg(request); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if m.mistake == mistakeHalfClose && hasEnded(s, buffered) {
			return errors.New("the asker has gone")
		}
		answer, err := rightAnswer(s, right, request)
		if err != nil {
			return err
		}
		if answer = m.spoil(request, answer); answer == nil {
			continue
		}
		if err := answers.WriteMsg(answer); err != nil || m.mistake == mistakeOneAnswer {
			return err
		}
	}
}

// hasEnded says whether the other side's half-close comes soon.
func hasEnded(s network.Stream, buffered *bufio.Reader) bool {
	_ = s.SetReadDeadline(time.Now().Add(halfCloseDelay))
	_, err := buffered.Peek(1)
	_ = s.SetReadDeadline(time.Time{})
	var late net.Error
	return err != nil && !(errors.As(err, &late) && late.Timeout())
}

func (m *mistaken) spoil(request, answer *kadpb.Message) *kadpb.Message {
	if answer == nil {
		if m.mistake == mistakeEcho {
			return request
		}
		return nil
	}
	switch {
	case m.mistake == mistakeNoRecord && answer.Type == kadpb.Message_PUT_VALUE:
		answer.Record = nil
	case m.mistake == mistakeNoTime && answer.Record != nil:
		answer.Record.TimeReceived = ""
	case m.mistake == mistakeLongAnswer && answer.Type == kadpb.Message_FIND_NODE:
		answer.CloserPeers = append(answer.CloserPeers, strangers(20)...)
	}
	return answer
}

// exchange is a stream of one request and at most one answer, as the right handler sees it.
type exchange struct {
	network.Stream
	request *bytes.Reader
	answer  bytes.Buffer
	reset   bool
}

func (e *exchange) Read(p []byte) (int, error)                   { return e.request.Read(p) }
func (e *exchange) Write(p []byte) (int, error)                  { return e.answer.Write(p) }
func (e *exchange) Close() error                                 { return nil }
func (e *exchange) CloseRead() error                             { return nil }
func (e *exchange) CloseWrite() error                            { return nil }
func (e *exchange) Reset() error                                 { e.reset = true; return nil }
func (e *exchange) ResetWithError(network.StreamErrorCode) error { return e.Reset() }

// rightAnswer is what go-libp2p-kad-dht answers, nil when that is nothing.
func rightAnswer(s network.Stream, right network.StreamHandler, request *kadpb.Message) (*kadpb.Message, error) {
	var octets bytes.Buffer
	if err := pbio.NewDelimitedWriter(&octets).WriteMsg(request); err != nil {
		return nil, err
	}
	e := &exchange{Stream: s, request: bytes.NewReader(octets.Bytes())}
	right(e)
	if e.reset {
		return nil, errors.New("refused")
	}
	if e.answer.Len() == 0 {
		return nil, nil
	}
	answer := &kadpb.Message{}
	return answer, pbio.NewDelimitedReader(&e.answer, longestOfRequest).ReadMsg(answer)
}

// strangers are peers that do not exist, with many long addresses each.
func strangers(count int) []*kadpb.Message_Peer {
	all := make([]*kadpb.Message_Peer, 0, count)
	for range count {
		_, public, err := crypto.GenerateEd25519Key(nil)
		if err != nil {
			continue
		}
		id, err := peer.IDFromPublicKey(public)
		if err != nil {
			continue
		}
		all = append(all, &kadpb.Message_Peer{Id: []byte(id), Addrs: octetsOf(longAddresses(fillersPerPeer))})
	}
	return all
}

// longAddresses lead nowhere.
func longAddresses(count int) []ma.Multiaddr {
	all := make([]ma.Multiaddr, 0, count)
	for n := range count {
		label := strings.Repeat(string(rune('a'+n%26)), 60)
		all = append(all, ma.StringCast(fmt.Sprintf("/dns4/%s.%s.%s.invalid/tcp/4001", label, label, label)))
	}
	return all
}

func octetsOf(addresses []ma.Multiaddr) [][]byte {
	all := make([][]byte, 0, len(addresses))
	for _, address := range addresses {
		all = append(all, address.Bytes())
	}
	return all
}

// identifyWrongly says what identify would, and too much of it at once or all that matters in a second message.
func identifyWrongly(h host.Host, s network.Stream, mistake string) {
	defer s.Close()
	key, err := crypto.MarshalPublicKey(h.Peerstore().PubKey(h.ID()))
	if err != nil {
		_ = s.Reset()
		return
	}
	who := &identifypb.Identify{
		ProtocolVersion: proto.String("ipfs/0.1.0"),
		AgentVersion:    proto.String("pond-interop-go"),
		PublicKey:       key,
		ObservedAddr:    s.Conn().RemoteMultiaddr().Bytes(),
	}
	where := &identifypb.Identify{ListenAddrs: octetsOf(h.Addrs())}
	for _, name := range h.Mux().Protocols() {
		where.Protocols = append(where.Protocols, string(name))
	}
	messages := []*identifypb.Identify{who, where}
	if mistake == mistakeLongID {
		who.Protocols = where.Protocols
		who.ListenAddrs = slices.Concat(where.ListenAddrs, octetsOf(longAddresses(fillers)))
		messages = messages[:1]
	}
	writer := pbio.NewDelimitedWriter(s)
	for _, message := range messages {
		if err := writer.WriteMsg(message); err != nil {
			_ = s.Reset()
			return
		}
	}
}
