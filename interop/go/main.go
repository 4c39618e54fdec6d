// Command go-peer is a go-libp2p peer for interoperability tests: it takes one role of the Kademlia contract, or one side of
// the transport contract, both in ../README.md, and gets everything from its environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	logging "github.com/ipfs/go-log/v2"
)

const (
	exitOK          = 0
	exitFailed      = 1
	exitUnsupported = 3

	// How long a stopped peer may take to close its connections.
	closingTime = 4 * time.Second
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, func() {
		time.Sleep(closingTime)
		os.Exit(exitFailed)
	})
	if os.Getenv("DEBUG") == "true" {
		_ = logging.SetLogLevel("dht", "debug")
		_ = logging.SetLogLevel("dht/RtRefreshManager", "debug")
	}

	notes, err := openBoard(os.Getenv("REDIS_ADDR"), os.Getenv("TEST_KEY"))
	if err != nil {
		return failed(err)
	}
	defer notes.close()

	if os.Getenv("IS_DIALER") != "" {
		return runTransport(ctx, notes)
	}
	s, err := readSettings()
	if err != nil {
		return failed(err)
	}
	switch s.role {
	case roleBootstrap:
		err = runBootstrap(ctx, s, notes)
	case roleProvider:
		err = runProvider(ctx, s, notes)
	default:
		return runQuerier(ctx, s, notes)
	}
	if err != nil && ctx.Err() == nil {
		return failed(err)
	}
	return exitOK
}

// failed says on stdout why the peer cannot do its part.
func failed(err error) int {
	fmt.Printf("error: %s\n", oneLine(err))
	return exitFailed
}

// oneLine is err as a YAML scalar, whatever a remote peer put into it.
func oneLine(err error) string {
	return fmt.Sprintf("%+q", err.Error())
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "go-peer: "+format+"\n", args...)
}

const (
	attempts     = 10
	attemptPause = time.Second
	attemptTime  = 10 * time.Second
)

// retry calls do until it succeeds, up to 10 times, 1 s apart. It returns the last failure.
func retry(ctx context.Context, what string, do func(context.Context) error) error {
	var err error
	for n := 1; n <= attempts; n++ {
		if n > 1 && !pause(ctx, attemptPause) {
			break
		}
		err = oneAttempt(ctx, do)
		if err == nil {
			return nil
		}
		progress("%s, attempt %d: %v", what, n, err)
	}
	return errors.Join(err, ctx.Err())
}

func oneAttempt(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	return do(ctx)
}

// pause waits, and says whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
