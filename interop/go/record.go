package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// The rules of /eth/<address> in ../../docs/records.md.
const (
	ethKeyPrefix    = "/eth/"
	ethRecordDomain = "openpond-dht-record"
	ethNetwork      = "local"

	maxEthValueBytes       = 8 * 1024
	maxEthLifetime         = 48 * time.Hour
	maxClockSkew           = 10 * time.Minute
	maxAgentNameCodePoints = 64
	maxMultiaddrs          = 16
	maxMultiaddrBytes      = 256

	signatureTailStart = `,"signature":"0x`
	signatureTailEnd   = `"}`
	signatureTailBytes = len(signatureTailStart) + 2*len(ethSignature{}) + len(signatureTailEnd)
)

var (
	ethKeyForm      = regexp.MustCompile(`^/eth/0x[0-9a-f]{40}$`)
	signatureDigits = regexp.MustCompile(`^[0-9a-f]{130}$`)
	networkName     = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
)

// refusal is why a value is refused: a reason that ../../tests/vectors/eth_records.json knows, and a phrase for people.
type refusal struct {
	reason string
	phrase string
}

func (r *refusal) Error() string {
	return r.reason + ": " + r.phrase
}

func refuse(reason, phrase string) error {
	return &refusal{reason, phrase}
}

// ethRecord is what a reader needs of a signed record.
type ethRecord struct {
	network    string
	peerID     peer.ID
	timestamp  int64
	expires    int64
	agent      ethAddress
	multiaddrs []ma.Multiaddr
	signature  ethSignature
}

// verifyEthRecord checks a value of /eth/<address>, the signature last. Times are milliseconds since the epoch.
func verifyEthRecord(key string, value []byte, network string, now int64) (*ethRecord, error) {
	if !ethKeyForm.MatchString(key) {
		return nil, refuse("bad-key", "the key is not /eth/0x and 40 lowercase hex digits")
	}
	r, err := parseEthRecord(value)
	if err != nil {
		return nil, err
	}
	switch {
	case r.network != network:
		return nil, refuse("wrong-network", "the record is for another network")
	case ethKeyPrefix+r.agent.lowercase() != key:
		return nil, refuse("wrong-key", "agentId is not the address of the key")
	case r.timestamp > now+maxClockSkew.Milliseconds():
		return nil, refuse("from-the-future", "timestamp is more than 10 minutes ahead")
	case r.expires <= now:
		return nil, refuse("expired", "the record has expired")
	}
	signer, err := recoverPersonal(r.signature, signedText(value))
	if err != nil {
		return nil, refuse("bad-signature", err.Error())
	}
	if signer != r.agent {
		return nil, refuse("bad-signature", "another address signed the record")
	}
	return r, nil
}

// parseEthRecord reads a signed record's members and checks all of them that need neither key, clock nor curve.
func parseEthRecord(value []byte) (*ethRecord, error) {
	if len(value) > maxEthValueBytes {
		return nil, refuse("too-large", "the value is longer than 8 KiB")
	}
	members, err := readJSONObject(value)
	if err != nil {
		return nil, refuse("malformed", err.Error())
	}
	r := &ethRecord{}
	var signed bool
	if r.signature, signed = readSignatureTail(value); !signed {
		if _, odd := members["signature"]; odd {
			return nil, refuse("malformed", "the record does not end with a signature of 130 lowercase digits")
		}
		return nil, refuse("unsigned", "the record is not signed")
	}
	if err := r.readEnvelope(members); err != nil {
		return nil, err
	}
	if err := r.readClaims(members); err != nil {
		return nil, err
	}
	if r.expires <= r.timestamp || r.expires-r.timestamp > maxEthLifetime.Milliseconds() {
		return nil, refuse("bad-member", "expires is not after timestamp by 48 hours at most")
	}
	return r, nil
}

// readSignatureTail takes the signature from the octets that every signed record ends with.
func readSignatureTail(value []byte) (signature ethSignature, ok bool) {
	if len(value) <= signatureTailBytes {
		return signature, false
	}
	tail := string(value[len(value)-signatureTailBytes:])
	digits := tail[len(signatureTailStart) : len(tail)-len(signatureTailEnd)]
	if !strings.HasPrefix(tail, signatureTailStart) || !strings.HasSuffix(tail, signatureTailEnd) ||
		!signatureDigits.MatchString(digits) {
		return signature, false
	}
	_, err := hex.Decode(signature[:], []byte(digits))
	return signature, err == nil
}

// signedText is everything before the signature, closed again. Nothing is serialized anew.
func signedText(value []byte) []byte {
	return append(bytes.Clone(value[:len(value)-signatureTailBytes]), '}')
}

func (r *ethRecord) readEnvelope(members map[string]any) error {
	domain, _ := jsonString(members, "domain")
	version, ok := jsonInteger(members, "v")
	if domain != ethRecordDomain || !ok || version != 1 {
		return refuse("wrong-domain", "domain or v is not that of a DHT record, version 1")
	}
	if r.network, ok = jsonString(members, "network"); !ok || !networkName.MatchString(r.network) {
		return refuse("bad-member", "network is not a network's name")
	}
	if r.timestamp, ok = jsonInteger(members, "timestamp"); !ok {
		return refuse("bad-member", "timestamp is not an integer of milliseconds")
	}
	if r.expires, ok = jsonInteger(members, "expires"); !ok {
		return refuse("bad-member", "expires is not an integer of milliseconds")
	}
	return nil
}

func (r *ethRecord) readClaims(members map[string]any) error {
	if name, ok := jsonString(members, "agentName"); !ok || !isAgentName(name) {
		return refuse("bad-member", "agentName is not 1 to 64 code points without controls")
	}
	agent, _ := jsonString(members, "agentId")
	var err error
	if r.agent, err = parseChecksummed(agent); err != nil {
		return refuse("bad-member", "agentId is not a checksummed Ethereum address")
	}
	id, _ := jsonString(members, "peerId")
	if r.peerID, err = parseBase58PeerID(id); err != nil {
		return refuse("bad-member", "peerId is not a base58 peer id")
	}
	texts, ok := jsonStrings(members, "multiaddrs")
	if !ok || len(texts) > maxMultiaddrs {
		return refuse("bad-member", "multiaddrs is not an array of at most 16 strings")
	}
	for _, text := range texts {
		address, err := parseRecordMultiaddr(text, r.peerID)
		if err != nil {
			return refuse("bad-member", err.Error())
		}
		r.multiaddrs = append(r.multiaddrs, address)
	}
	return nil
}

// parseBase58PeerID takes the base58 form alone; peer.Decode knows CIDs too.
func parseBase58PeerID(text string) (peer.ID, error) {
	id, err := peer.Decode(text)
	if err == nil && id.String() != text {
		err = errors.New("a peer id in another form than base58")
	}
	return id, err
}

func parseRecordMultiaddr(text string, owner peer.ID) (ma.Multiaddr, error) {
	if len(text) > maxMultiaddrBytes {
		return nil, errors.New("a multiaddr is longer than 256 bytes")
	}
	address, err := ma.NewMultiaddr(text)
	if err != nil || len(address) == 0 {
		return nil, errors.New("a multiaddr does not parse")
	}
	for _, part := range address {
		if part.Code() == ma.P_P2P && string(part.RawValue()) != string(owner) {
			return nil, errors.New("a multiaddr names another peer than peerId")
		}
	}
	return address, nil
}

// isAgentName wants 1 to 64 code points without anything that could make the name look like another text: C0, DEL and C1,
// line and paragraph separators, bidirectional controls.
func isAgentName(name string) bool {
	for _, point := range name {
		switch {
		case point < 0x20, point >= 0x7f && point <= 0x9f, point == 0x61c, point == 0x200e, point == 0x200f,
			point >= 0x2028 && point <= 0x202e, point >= 0x2066 && point <= 0x2069:
			return false
		}
	}
	points := utf8.RuneCountInString(name)
	return points >= 1 && points <= maxAgentNameCodePoints
}

// betterEthRecord orders valid records: the highest timestamp, then the highest expires, then the greater octets.
func betterEthRecord(a, b []byte) bool {
	x, y := ethRank(a), ethRank(b)
	if x != y {
		return x[0] > y[0] || x[0] == y[0] && x[1] > y[1]
	}
	return bytes.Compare(a, b) > 0
}

func ethRank(value []byte) (rank [2]int64) {
	if members, err := readJSONObject(value); err == nil {
		rank[0], _ = jsonInteger(members, "timestamp")
		rank[1], _ = jsonInteger(members, "expires")
	}
	return rank
}

// signEthRecord makes a record that lives 24 hours from now.
func signEthRecord(key *secp256k1.PrivateKey, id peer.ID, addrs []ma.Multiaddr, now time.Time) ([]byte, error) {
	texts := make([]string, 0, len(addrs))
	for _, address := range addrs {
		texts = append(texts, address.String())
	}
	members, err := json.Marshal(struct {
		V          int      `json:"v"`
		Domain     string   `json:"domain"`
		Network    string   `json:"network"`
		PeerID     string   `json:"peerId"`
		Timestamp  int64    `json:"timestamp"`
		Expires    int64    `json:"expires"`
		AgentID    string   `json:"agentId"`
		AgentName  string   `json:"agentName"`
		Multiaddrs []string `json:"multiaddrs"`
	}{
		V:          1,
		Domain:     ethRecordDomain,
		Network:    ethNetwork,
		PeerID:     id.String(),
		Timestamp:  now.UnixMilli(),
		Expires:    now.Add(24 * time.Hour).UnixMilli(),
		AgentID:    ethAddressOf(key.PubKey()).checksummed(),
		AgentName:  "go-peer",
		Multiaddrs: texts,
	})
	if err != nil {
		return nil, err
	}
	signature := signPersonal(key, members)
	value := members[:len(members)-1]
	return append(value, signatureTailStart+hex.EncodeToString(signature[:])+signatureTailEnd...), nil
}
