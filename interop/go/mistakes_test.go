package main

import (
	"testing"

	kadpb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"google.golang.org/protobuf/proto"
)

func TestTheLongIdentifyIsTooLongForRustAlone(t *testing.T) {
	size := 0
	for _, address := range octetsOf(longAddresses(fillers)) {
		size += len(address)
	}
	if size <= 4*1024 || size >= 7*1024 {
		t.Errorf("%d octets of addresses", size)
	}
}

func TestTheLongAnswerIsTooLongForRust(t *testing.T) {
	if size := proto.Size(&kadpb.Message{CloserPeers: strangers(20)}); size <= rustMaxAnswer {
		t.Errorf("%d octets", size)
	}
}

func TestMistakesAreForBootstrapNodesAndProbesForQueriers(t *testing.T) {
	for _, c := range []struct {
		role, mistake, probe string
		valid                bool
	}{
		{roleBootstrap, mistakeEcho, "", true},
		{roleProvider, mistakeEcho, "", false},
		{roleBootstrap, "none-such", "", false},
		{roleQuerier, "", "reuse", true},
		{roleBootstrap, "", "reuse", false},
		{roleQuerier, "", "none-such", false},
	} {
		t.Setenv("ROLE", c.role)
		t.Setenv("PROFILE", profileOpenpond)
		t.Setenv("MISTAKE", c.mistake)
		t.Setenv("PROBE", c.probe)
		if _, err := readSettings(); (err == nil) != c.valid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
