package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

const vectorsFile = "../../tests/vectors/eth_records.json"

type vector struct {
	Name           string  `json:"name"`
	Expect         string  `json:"expect"`
	Key            string  `json:"key"`
	Network        string  `json:"network"`
	Now            int64   `json:"now"`
	Value          *string `json:"value"`
	ValueBase64    string  `json:"valueBase64"`
	AcceptUnsigned bool    `json:"acceptUnsigned"`
}

func (v vector) octets(t *testing.T) []byte {
	t.Helper()
	if v.Value != nil {
		return []byte(*v.Value)
	}
	octets, err := base64.StdEncoding.DecodeString(v.ValueBase64)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Records []vector `json:"records"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Records) == 0 {
		t.Fatal("no vectors")
	}
	return file.Records
}

func verdict(err error) string {
	var r *refusal
	switch {
	case err == nil:
		return "valid"
	case errors.As(err, &r):
		return r.reason
	}
	return "unexplained: " + err.Error()
}

func TestEthRecordVectors(t *testing.T) {
	for i, v := range readVectors(t) {
		t.Run(fmt.Sprintf("%d %s", i, v.Name), func(t *testing.T) {
			_, err := verifyEthRecord(v.Key, v.octets(t), v.Network, v.Now)
			got := verdict(err)
			if v.AcceptUnsigned && v.Expect != "valid" {
				// This peer accepts no unsigned records, so of these it wants nothing but refusal.
				if err == nil {
					t.Errorf("accepted")
				}
				return
			}
			if got != v.Expect {
				t.Errorf("got %s, want %s (%v)", got, v.Expect, err)
			}
		})
	}
}

const testPeer = "12D3KooWKudojFn6pff7Kah2Mkem3jtFfcntpG9X3QBNiggsYxK2"

func signedAt(t *testing.T, at time.Time) (key string, value []byte) {
	t.Helper()
	id, err := peer.Decode(testPeer)
	if err != nil {
		t.Fatal(err)
	}
	value, err = signEthRecord(testEthKey("0badcafe"), id, []ma.Multiaddr{ma.StringCast("/ip4/127.0.0.1/tcp/8000")}, at)
	if err != nil {
		t.Fatal(err)
	}
	return ethKeyOf("0badcafe"), value
}

func TestASignedRecordIsValid(t *testing.T) {
	key, value := signedAt(t, time.Now())
	if err := validators().Validate(key, value); err != nil {
		t.Fatal(err)
	}
	rec, err := parseEthRecord(value)
	if err != nil {
		t.Fatal(err)
	}
	if rec.peerID.String() != testPeer || len(rec.multiaddrs) != 1 {
		t.Errorf("read back as %v", rec)
	}
}

func TestTheNewestEthRecordWinsWhereverItStands(t *testing.T) {
	now := time.Now()
	key, older := signedAt(t, now)
	_, newer := signedAt(t, now.Add(time.Millisecond))
	for _, values := range [][][]byte{{older, newer}, {newer, older}} {
		best, err := validators().Select(key, values)
		if err != nil {
			t.Fatal(err)
		}
		if string(values[best]) != string(newer) {
			t.Errorf("the older record won at %d", best)
		}
	}
}

func TestTheSameEthRecordAgainIsTaken(t *testing.T) {
	key, value := signedAt(t, time.Now())
	best, err := validators().Select(key, [][]byte{value, value})
	if err != nil || best != 0 {
		t.Errorf("got %d, %v", best, err)
	}
}

func TestOfEqualTimesTheGreaterOctetsWin(t *testing.T) {
	if !betterEthRecord([]byte(`{"timestamp":1,"expires":2,"x":2}`), []byte(`{"timestamp":1,"expires":2,"x":1}`)) {
		t.Error("the lesser octets won")
	}
	if !betterEthRecord([]byte(`{"timestamp":1,"expires":3}`), []byte(`{"timestamp":1,"expires":2,"x":1}`)) {
		t.Error("the lesser expires won")
	}
}

func TestTestRecords(t *testing.T) {
	at := func(offset time.Duration) []byte {
		return fmt.Appendf(nil, `{"timestamp":%d}`, time.Now().Add(offset).UnixMilli())
	}
	for _, c := range []struct {
		name, key string
		value     []byte
		valid     bool
	}{
		{"of now", "/test/" + testPeer, at(0), true},
		{"of 9 minutes ago", "/test/" + testPeer, at(-9 * time.Minute), true},
		{"of 11 minutes ago", "/test/" + testPeer, at(-11 * time.Minute), false},
		{"of 11 minutes ahead", "/test/" + testPeer, at(11 * time.Minute), false},
		{"of no peer", "/test/x", at(0), false},
		{"without timestamp", "/test/" + testPeer, []byte(`{}`), false},
		{"of 257 octets", "/test/" + testPeer, append(at(0), make([]byte, 257)...), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := validators().Validate(c.key, c.value); (err == nil) != c.valid {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnUnknownNamespaceIsRefused(t *testing.T) {
	if validators().Validate("/other/x", []byte("x")) == nil {
		t.Error("accepted")
	}
}
