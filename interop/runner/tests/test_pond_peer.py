"""pond's own peer, the real program, where the board misbehaves: a fake redis is on the other side.

POND_KAD_INTEROP names the program; without it these tests are skipped (scripts/test sets it).
"""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
import unittest
from collections.abc import Callable
from pathlib import Path

PROGRAM = os.environ.get("POND_KAD_INTEROP", "")
STOPS_WITHIN_S = 5.0
PATIENCE_S = 60.0


class FakeRedis:
    """Takes one connection and answers each command with what `answer` makes of it; nothing, where that is None."""

    def __init__(self, answer: Callable[[str], bytes | None], host: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = socket.create_server((host, port), family=family)
        self.port = self._server.getsockname()[1]
        self.commands: list[str] = []
        self._answer = answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with self._server:
            connection, _ = self._server.accept()
        with connection, contextlib.suppress(ConnectionResetError):
            while words := connection.recv(65536):
                self.commands.append(words.decode(errors="replace"))
                if answer := self._answer(self.commands[-1]):
                    connection.sendall(answer)

    def wait_for(self, word: str) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if found := [command for command in self.commands if word in command]:
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"no {word} among {self.commands}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@unittest.skipUnless(PROGRAM, "POND_KAD_INTEROP is not set")
class PondPeer(unittest.TestCase):
    def start(self, redis: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [str(Path(PROGRAM).absolute())], env={**os.environ, "REDIS_ADDR": redis, "TEST_KEY": "0badcafe", **environment},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def assert_stops(self, process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.fail(f"it lives on {STOPS_WITHIN_S:g} s after SIGTERM")

    def test_sigterm_while_redis_hangs(self) -> None:
        for what, environment in {
            "SET": {"ROLE": "bootstrap"},
            "GET": {"ROLE": "provider"},
            "RPUSH": {"IS_DIALER": "false", "TRANSPORT": "tcp", "SECURE_CHANNEL": "noise", "MUXER": "yamux"},
            "BLPOP": {"IS_DIALER": "true", "TRANSPORT": "tcp", "SECURE_CHANNEL": "noise", "MUXER": "yamux"},
        }.items():
            with self.subTest(hangs=what):
                redis = FakeRedis(lambda _: None)
                process = self.start(f"127.0.0.1:{redis.port}", **environment)
                redis.wait_for(what)
                self.assert_stops(process)

    def test_redis_that_comes_later(self) -> None:
        port = free_port()
        process = self.start(f"127.0.0.1:{port}", ROLE="bootstrap")
        time.sleep(2.0)
        self.assertIsNone(process.poll())
        FakeRedis(lambda _: b"+OK\r\n", port=port).wait_for("0badcafe_bootstrap_addr")
        self.assert_stops(process)

    @unittest.skipUnless(Path("/proc/net/if_inet6").exists(), "no IPv6 here")
    def test_redis_at_an_ipv6_address(self) -> None:
        redis = FakeRedis(lambda _: b"+OK\r\n", "::1")
        process = self.start(f"[::1]:{redis.port}", ROLE="bootstrap")
        self.assertIn("/ip6/::1/tcp/", redis.wait_for("0badcafe_bootstrap_addr"))
        self.assert_stops(process)

    def test_a_querier_that_cannot_begin_says_that_it_failed(self) -> None:
        for environment in ({"PROFILE": "other"}, {"TEST_KEY": ""}):
            with self.subTest(environment=environment):
                process = self.start("127.0.0.1:1", ROLE="querier", **environment)
                out, _ = process.communicate(timeout=PATIENCE_S)
                self.assertRegex(out, r"^status: fail\nerror: .+\n$")
                self.assertEqual(process.returncode, 1)

    def test_one_program_for_both_suites(self) -> None:
        process = self.start("127.0.0.1:1", IS_DIALER="true", TRANSPORT="tcp", SECURE_CHANNEL="noise", MUXER="mplex")
        out, _ = process.communicate(timeout=PATIENCE_S)
        self.assertEqual((out, process.returncode), ("status: unsupported\n", 3))
