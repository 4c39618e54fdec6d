package main

import (
	"fmt"
	"os"
	"slices"

	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/protocol"
)

const (
	roleBootstrap = "bootstrap"
	roleProvider  = "provider"
	roleQuerier   = "querier"

	profileUnified  = "unified"
	profileOpenpond = "openpond"
	profileIpfs     = "ipfs"
)

var kadProtocols = map[string]protocol.ID{
	profileUnified:  "/ipfs/kad/1.0.0",
	profileOpenpond: "/openpond/kad/1.0.0",
	profileIpfs:     "/ipfs/kad/1.0.0",
}

var kadModes = map[string]dht.ModeOpt{
	"server": dht.ModeServer,
	"client": dht.ModeClient,
}

// settings are what the Kademlia contract puts into the environment.
type settings struct {
	role    string
	profile string
	testKey string
	mode    dht.ModeOpt
	mistake string // a bootstrap node's, on purpose
	probe   string // what a querier does instead of reading
}

func readSettings() (settings, error) {
	s := settings{
		role:    os.Getenv("ROLE"),
		profile: envOr("PROFILE", profileUnified),
		testKey: os.Getenv("TEST_KEY"),
		mistake: os.Getenv("MISTAKE"),
		probe:   os.Getenv("PROBE"),
	}
	if s.mistake != "" && (s.role != roleBootstrap || !slices.Contains(mistakes, s.mistake)) {
		return s, fmt.Errorf("MISTAKE %q is none of a bootstrap node's: %v", s.mistake, mistakes)
	}
	if s.probe != "" && (s.role != roleQuerier || s.profile != profileOpenpond || probes[s.probe] == nil) {
		return s, fmt.Errorf("PROBE %q is none of a querier's in profile openpond", s.probe)
	}
	if _, known := kadProtocols[s.profile]; !known {
		return s, fmt.Errorf("PROFILE %q is not unified, openpond or ipfs", s.profile)
	}
	providerMode, known := kadModes[envOr("MODE", "server")]
	if !known {
		return s, fmt.Errorf("MODE %q is not server or client", os.Getenv("MODE"))
	}
	switch s.role {
	case roleBootstrap:
		s.mode = dht.ModeServer
	case roleProvider:
		s.mode = providerMode
	case roleQuerier:
		s.mode = dht.ModeClient
	default:
		return s, fmt.Errorf("ROLE %q is not bootstrap, provider or querier", s.role)
	}
	return s, nil
}

func envOr(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
