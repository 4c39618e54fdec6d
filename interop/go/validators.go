package main

import (
	"errors"
	"strings"
	"time"

	record "github.com/libp2p/go-libp2p-record"
)

const (
	testKeyPrefix     = "/test/"
	maxTestValueBytes = 256
	maxTestSkew       = 10 * time.Minute
)

// validators are those of every role in every profile.
func validators() record.NamespacedValidator {
	return record.NamespacedValidator{
		"pk":      record.PublicKeyValidator{},
		"eth":     ethValidator{},
		"test":    testValidator{},
		"example": exampleValidator{},
	}
}

// ethValidator holds values of /eth/<address> to ../../docs/records.md.
type ethValidator struct{}

func (ethValidator) Validate(key string, value []byte) error {
	_, err := verifyEthRecord(key, value, ethNetwork, time.Now().UnixMilli())
	return err
}

func (ethValidator) Select(_ string, values [][]byte) (int, error) {
	return selectBest(values, betterEthRecord)
}

// testValidator takes a JSON object with a recent timestamp; the newest wins. A validator is not told who sends a value, so
// the owner's has no precedence here.
type testValidator struct{}

func (testValidator) Validate(key string, value []byte) error {
	if _, err := parseBase58PeerID(strings.TrimPrefix(key, testKeyPrefix)); err != nil {
		return errors.New("the key is not /test/ and a base58 peer id")
	}
	if len(value) > maxTestValueBytes {
		return errors.New("the value is longer than 256 bytes")
	}
	members, err := readJSONObject(value)
	if err != nil {
		return err
	}
	timestamp, ok := jsonInteger(members, "timestamp")
	if !ok {
		return errors.New("timestamp is not an integer of milliseconds")
	}
	if time.Since(time.UnixMilli(timestamp)).Abs() > maxTestSkew {
		return errors.New("timestamp is more than 10 minutes away")
	}
	return nil
}

func (testValidator) Select(_ string, values [][]byte) (int, error) {
	return selectBest(values, func(a, b []byte) bool { return ethRank(a)[0] > ethRank(b)[0] })
}

// exampleValidator takes every value.
type exampleValidator struct{}

func (exampleValidator) Validate(string, []byte) error { return nil }

func (exampleValidator) Select(_ string, values [][]byte) (int, error) {
	return selectBest(values, func([]byte, []byte) bool { return false })
}

// selectBest returns the index of the best value, the first of several equal ones.
func selectBest(values [][]byte, better func(a, b []byte) bool) (int, error) {
	if len(values) == 0 {
		return 0, errors.New("no values to select from")
	}
	best := 0
	for i, value := range values {
		if better(value, values[best]) {
			best = i
		}
	}
	return best, nil
}
