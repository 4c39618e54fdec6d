package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	kadpb "github.com/libp2p/go-libp2p-kad-dht/pb"
	record "github.com/libp2p/go-libp2p-record"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-msgio"
	"google.golang.org/protobuf/proto"
)

const (
	readyNote         = "probe_ready"
	rustMaxAnswer     = 16 * 1024
	fullAnswer        = 20                // peers in the answer of a server with a full table
	sizeWorthTrimming = rustMaxAnswer / 2 // below that nothing shows that the answer was kept short
	reuseRequests     = 8
	strictTime        = "2006-01-02T15:04:05.000000000Z" // js-libp2p takes six digits off the fraction for milliseconds
	staleAge          = time.Minute
	correctedWithin   = 30 * time.Second
)

// A probe looks at what the bootstrap node does to one trap, in the place of the querier's reading.
type probe func(ctx context.Context, p *probing) []finding

var probes = map[string]probe{
	"announce":    announceThenRead,
	"reuse":       askOnOneStream,
	"half-close":  halfCloseFirst,
	"answer-size": measureAnswer,
	"stale":       overwrite,
	"time":        lookAtTime,
}

type probing struct {
	*kadNode
	settings
	notes     *board
	bootstrap peer.ID
}

// announceThenRead lets the DHT node's own, reused stream carry an ADD_PROVIDER and then a request. A server that answers the
// former leaves every later request with the answer to the one before. One attempt: the second would read the first's answer.
func announceThenRead(ctx context.Context, p *probing) []finding {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	announced := p.dht.Provide(ctx, contentID(hashedKey("announced")), true)
	_, got := p.dht.GetValue(ctx, ethKeyOf(p.testKey))
	return []finding{{"announce", announced}, {"get_value", got}, {"one_answer", p.oneAnswer(ctx)}}
}

// oneAnswer sends an ADD_PROVIDER and a FIND_NODE on one stream, which must bring the FIND_NODE's answer and nothing else.
func (p *probing) oneAnswer(ctx context.Context) error {
	announcement := kadpb.NewMessage(kadpb.Message_ADD_PROVIDER, hashedKey("announced"), 0)
	announcement.ProviderPeers = kadpb.RawPeerInfosToPBPeers([]peer.AddrInfo{{ID: p.host.ID(), Addrs: p.host.Addrs()}})
	answers, err := p.exchange(ctx, announcement, kadpb.NewMessage(kadpb.Message_FIND_NODE, []byte(p.host.ID()), 0))
	if err != nil {
		return err
	}
	if len(answers) != 1 {
		return fmt.Errorf("%d answers to one request", len(answers))
	}
	return hasType(answers[0], kadpb.Message_FIND_NODE)
}

// askOnOneStream has the DHT node's own sender ask again and again: as long as the server keeps it, it needs one stream.
func askOnOneStream(ctx context.Context, p *probing) []finding {
	var failed error
	for n := range reuseRequests {
		_, err := p.dht.GetClosestPeers(ctx, fmt.Sprintf("reuse %d", n))
		failed = errors.Join(failed, err)
	}
	var reused error
	if streams := p.opened.to(p.bootstrap); streams != 1 {
		reused = fmt.Errorf("%d streams for %d lookups", streams, reuseRequests)
	}
	return []finding{{"lookups", failed}, {"one_stream", reused}}
}

// halfCloseFirst ends its side of the stream before it reads.
func halfCloseFirst(ctx context.Context, p *probing) []finding {
	requests := map[string]*kadpb.Message{
		"find_node":     kadpb.NewMessage(kadpb.Message_FIND_NODE, []byte(p.host.ID()), 0),
		"get_value":     kadpb.NewMessage(kadpb.Message_GET_VALUE, []byte(ethKeyOf(p.testKey)), 0),
		"get_providers": kadpb.NewMessage(kadpb.Message_GET_PROVIDERS, providerKey(p.settings), 0),
	}
	var found []finding
	for name, request := range requests {
		answers, err := p.exchange(ctx, request)
		if err == nil && len(answers) != 1 {
			err = fmt.Errorf("%d answers", len(answers))
		}
		if err == nil {
			err = hasType(answers[0], request.Type)
		}
		found = append(found, finding{name, err})
	}
	return found
}

// measureAnswer looks at the FIND_NODE answer of a server that knows many peers with many addresses each.
func measureAnswer(ctx context.Context, p *probing) []finding {
	answers, err := p.exchange(ctx, kadpb.NewMessage(kadpb.Message_FIND_NODE, []byte("anywhere"), 0))
	if err == nil && len(answers) != 1 {
		err = fmt.Errorf("%d answers", len(answers))
	}
	if err != nil {
		return []finding{{"find_node", err}}
	}
	message := &kadpb.Message{}
	if err := proto.Unmarshal(answers[0], message); err != nil {
		return []finding{{"find_node", err}}
	}
	size, peers := len(answers[0]), len(message.CloserPeers)
	progress("a FIND_NODE answer of %d octets with %d peers", size, peers)
	var short, full error
	if size > rustMaxAnswer {
		short = fmt.Errorf("%d octets", size)
	}
	if peers < fullAnswer || size < sizeWorthTrimming {
		full = fmt.Errorf("%d peers in %d octets", peers, size)
	}
	return []finding{{"at_most_16_kib", short}, {"full_answer", full}}
}

// lookAtTime asks for the record and for what goes with it: when it was received, in a form that every peer can read.
func lookAtTime(ctx context.Context, p *probing) []finding {
	rec, _, err := p.asker.GetValue(ctx, p.bootstrap, ethKeyOf(p.testKey))
	if err != nil || rec == nil {
		return []finding{{"get_value", errors.Join(errors.New("no record"), err)}}
	}
	received, err := time.Parse(strictTime, rec.TimeReceived)
	if err == nil && time.Since(received).Abs() > attemptTime {
		err = fmt.Errorf("%s is not now", rec.TimeReceived)
	}
	return []finding{{"get_value", nil}, {"time_received", err}}
}

// overwrite puts an older record, valid and naming this peer, to the bootstrap node, says so on the board and waits
// for a reader to bring the newer one back.
func overwrite(ctx context.Context, p *probing) []finding {
	key := ethKeyOf(p.testKey)
	newer, _, err := p.asker.GetValue(ctx, p.bootstrap, key)
	if err != nil || newer == nil {
		return []finding{{"newer", errors.Join(errors.New("the bootstrap node does not hold the record"), err)}}
	}
	older, err := signEthRecord(testEthKey(p.testKey), p.host.ID(), p.host.Addrs(), time.Now().Add(-staleAge))
	if err != nil {
		return []finding{{"older", err}}
	}
	refused := p.asker.PutValue(ctx, p.bootstrap, record.MakePutRecord(key, older))
	if !p.holds(ctx, key, older) {
		return []finding{{"overwritten", errors.Join(errors.New("the newer record stands"), refused)}}
	}
	if err := p.notes.set(ctx, readyNote, doneText); err != nil {
		return []finding{{"note", err}}
	}
	ctx, cancel := context.WithTimeout(ctx, correctedWithin)
	defer cancel()
	for !p.holds(ctx, key, newer.Value) {
		if !pause(ctx, tablePoll) {
			return []finding{{"overwritten", nil}, {"corrected", errors.New("the older record stands")}}
		}
	}
	return []finding{{"overwritten", nil}, {"corrected", nil}}
}

func (p *probing) holds(ctx context.Context, key string, value []byte) bool {
	rec, _, err := p.asker.GetValue(ctx, p.bootstrap, key)
	return err == nil && bytes.Equal(rec.GetValue(), value)
}

// exchange writes messages on a stream of its own, ends its side, and only then reads what comes until the server ends its own.
func (p *probing) exchange(ctx context.Context, messages ...*kadpb.Message) ([][]byte, error) {
	s, err := p.host.NewStream(ctx, p.bootstrap, kadProtocols[p.profile])
	if err != nil {
		return nil, err
	}
	defer s.Reset()
	_ = s.SetDeadline(time.Now().Add(answerPatience))
	writer := msgio.NewVarintWriter(s)
	for _, message := range messages {
		octets, err := proto.Marshal(message)
		if err == nil {
			err = writer.WriteMsg(octets)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := s.CloseWrite(); err != nil {
		return nil, err
	}
	if !pause(ctx, halfCloseDelay) {
		return nil, ctx.Err()
	}
	reader := msgio.NewVarintReaderSize(s, network.MessageSizeMax)
	var answers [][]byte
	for {
		answer, err := reader.ReadMsg()
		if errors.Is(err, io.EOF) {
			return answers, nil
		}
		if err != nil {
			return answers, fmt.Errorf("after %d answers: %w", len(answers), err)
		}
		answers = append(answers, answer)
	}
}

func hasType(answer []byte, wanted kadpb.Message_MessageType) error {
	message := &kadpb.Message{}
	if err := proto.Unmarshal(answer, message); err != nil {
		return err
	}
	if message.Type != wanted {
		return fmt.Errorf("the answer is a %s", message.Type)
	}
	return nil
}

// streamCounter is a host that counts the streams which its DHT node opens to one peer.
type streamCounter struct {
	host.Host
	lock   sync.Mutex
	counts map[peer.ID]int
}

func newStreamCounter(h host.Host) *streamCounter {
	return &streamCounter{Host: h, counts: map[peer.ID]int{}}
}

func (c *streamCounter) NewStream(ctx context.Context, p peer.ID, protocols ...protocol.ID) (network.Stream, error) {
	c.lock.Lock()
	c.counts[p]++
	c.lock.Unlock()
	return c.Host.NewStream(ctx, p, protocols...)
}

func (c *streamCounter) to(p peer.ID) int {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.counts[p]
}
