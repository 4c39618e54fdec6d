package main

import (
	"bytes"
	"testing"
)

func TestAContentIDLeavesTheKeyAsItIs(t *testing.T) {
	for _, key := range [][]byte{[]byte("interop-test-key-0badcafe"), hashedKey("x"), {0}} {
		if got := contentID(key).Hash(); !bytes.Equal(got, key) {
			t.Errorf("%q became %q", key, got)
		}
	}
}

func TestHashedKeyIsASha256Multihash(t *testing.T) {
	key := hashedKey("")
	if len(key) != 34 || key[0] != 0x12 || key[1] != 32 || key[2] != 0xe3 || key[33] != 0x55 {
		t.Errorf("got %x", key)
	}
}
