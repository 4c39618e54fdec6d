package main

import (
	"encoding/hex"
	"testing"
)

// Made with viem: the account of sha256("pond-interop-0badcafe"), and its personal signature of "hello".
const (
	viemAddress   = "0x177E480D9E781fc577d5c9f2dbd8DF226962AC98"
	viemSignature = "70bfd56c3951d91a18b878466d9a700b1c80e2ae0db46d9401620687f6cce477" +
		"7e2fa3cf1bb3c8ef71bc85b8e884372960640edef3ae529e72965e1024ecfb1e" + "1b"
)

func TestTheAgentOfATest(t *testing.T) {
	if got := ethAddressOf(testEthKey("0badcafe").PubKey()).checksummed(); got != viemAddress {
		t.Errorf("got %s", got)
	}
}

func TestPersonalSignature(t *testing.T) {
	signature := signPersonal(testEthKey("0badcafe"), []byte("hello"))
	if got := hex.EncodeToString(signature[:]); got != viemSignature {
		t.Errorf("got %s", got)
	}
	signer, err := recoverPersonal(signature, []byte("hello"))
	if err != nil || signer.checksummed() != viemAddress {
		t.Errorf("recovered %s, %v", signer.checksummed(), err)
	}
	if other, err := recoverPersonal(signature, []byte("hellp")); err == nil && other == signer {
		t.Error("the same signer for another text")
	}
}

func TestOnlyTheChecksummedSpelling(t *testing.T) {
	for text, want := range map[string]bool{
		viemAddress: true, viemAddress[2:]: false, "0x" + viemAddress: false, viemAddress[:41]: false,
		"0x177e480d9e781fc577d5c9f2dbd8df226962ac98": false,
	} {
		if _, err := parseChecksummed(text); (err == nil) != want {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
