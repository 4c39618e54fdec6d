#!/usr/bin/env -S python3 -IS
"""A peer that keeps the contract of interop/README.md without any network, and breaks it on demand.

FAKE says who does what: `provider=exits querier=hangs`.
"""

import os
import signal
import socket
import sys
import time

ENVIRONMENT = os.environ
PATIENCE_S = 1.0  # less than the runner has with redis
KEY = ENVIRONMENT["TEST_KEY"]
ROLE = ENVIRONMENT.get("ROLE") or ("dialer" if ENVIRONMENT["IS_DIALER"] == "true" else "listener")


def redis(*words: str) -> str:
    """All of the answer to one command, as it comes."""
    host, port = ENVIRONMENT["REDIS_ADDR"].split(":")
    with socket.create_connection((host, int(port)), None if words[0] == "BLPOP" else PATIENCE_S) as board:
        command = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        board.sendall(command.encode())
        return board.recv(4096).decode()


def wait_for_note(name: str) -> None:
    while redis("GET", f"{KEY}_{name}").startswith("$-1"):
        time.sleep(0.02)


def stay() -> None:
    while True:
        signal.pause()


def keep_contract() -> None:
    match ROLE:
        case "bootstrap":
            redis("SET", f"{KEY}_bootstrap_addr", "/ip4/127.0.0.1/tcp/1/p2p/fake")
            stay()
        case "provider":
            wait_for_note("bootstrap_addr")
            redis("SET", f"{KEY}_provider_done", "done")
            stay()
        case "querier":
            wait_for_note("provider_done")
            print("get_value: ok\nstatus: pass")
        case "listener":
            redis("RPUSH", f"{KEY}_listener_multiaddr", "/ip4/127.0.0.1/tcp/1/p2p/fake")
            stay()
        case "dialer":
            redis("BLPOP", f"{KEY}_listener_multiaddr", ENVIRONMENT["TEST_TIMEOUT_SECS"])
            print("latency:\n  handshake_plus_one_rtt: 1.0\n  ping_rtt: 1.0\n  unit: ms")


def have_children() -> None:
    """In the same process group, in another, in another session; all deaf to SIGTERM."""
    for leave in (lambda: None, os.setpgrp, os.setsid):
        if os.fork() == 0:
            leave()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.execvp("sleep", ["sleep", "1000"])


def listen_where_somebody_does() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        socket.create_server(taken.getsockname())


match dict(part.split("=") for part in ENVIRONMENT.get("FAKE", "").split()).get(ROLE):
    case "exits":
        print("error: nobody answers")
        sys.exit(1)
    case "says-nothing":
        sys.exit(0)
    case "hangs":
        print("waiting for better times", file=sys.stderr, flush=True)
        stay()
    case "ignores-sigterm":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf", file=sys.stderr, flush=True)
    case "forks":
        have_children()
    case "wants-a-taken-port":
        try:
            listen_where_somebody_does()
        except OSError as error:
            print(f"error: {error.strerror}")
            sys.exit(1)

try:
    keep_contract()
except OSError:
    print("error: redis is gone")
    sys.exit(1)
