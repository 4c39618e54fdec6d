package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	boardPoll     = 500 * time.Millisecond
	boardPatience = 60 * time.Second
)

// board is the redis-server on which the peers of one test leave each other notes, all below the test's key.
type board struct {
	client *redis.Client
	key    string
	ip     net.IP
}

// openBoard takes the server's host:port and the test's key. Nothing is sent before the first note.
func openBoard(address, key string) (*board, error) {
	if address == "" || key == "" {
		return nil, errors.New("REDIS_ADDR or TEST_KEY is not set")
	}
	ip, err := ownAddress(address)
	if err != nil {
		return nil, fmt.Errorf("no way to REDIS_ADDR: %w", err)
	}
	client := redis.NewClient(&redis.Options{Addr: address, Protocol: 2, DisableIdentity: true})
	return &board{client: client, key: key, ip: ip}, nil
}

// ownAddress is the address that this machine would use to speak to redis, and at which the other peers reach it.
func ownAddress(redisAddress string) (net.IP, error) {
	conn, err := net.Dial("udp", redisAddress)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).IP, nil
}

func (b *board) close() {
	_ = b.client.Close()
}

func (b *board) name(note string) string {
	return b.key + "_" + note
}

func (b *board) set(ctx context.Context, note, value string) error {
	if err := b.client.Set(ctx, b.name(note), value, 0).Err(); err != nil {
		return fmt.Errorf("note %s not left: %w", note, err)
	}
	return nil
}

// wait returns the note as soon as another peer has left it.
func (b *board) wait(ctx context.Context, note string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, boardPatience)
	defer cancel()
	for {
		value, err := b.client.Get(ctx, b.name(note)).Result()
		if err == nil {
			return value, nil
		}
		if !pause(ctx, boardPoll) {
			return "", fmt.Errorf("no note %s within %v: %w", note, boardPatience, err)
		}
	}
}

// push and pop pass a note through a list, as the transport contract has it.
func (b *board) push(ctx context.Context, note, value string) error {
	if err := b.client.RPush(ctx, b.name(note), value).Err(); err != nil {
		return fmt.Errorf("note %s not pushed: %w", note, err)
	}
	return nil
}

func (b *board) pop(ctx context.Context, note string, patience time.Duration) (string, error) {
	pair, err := b.client.BLPop(ctx, patience, b.name(note)).Result()
	if err != nil {
		return "", fmt.Errorf("no note %s within %v: %w", note, patience, err)
	}
	return pair[1], nil
}
