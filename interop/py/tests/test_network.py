"""This program with itself, as real processes with a real redis between them: what py-libp2p can do on its own."""

import hashlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PEER = pathlib.Path(__file__).parents[1] / "peer.py"
SECONDS = 120
STOP_SECONDS = 5


class Network(unittest.TestCase):
    port: int
    redis: subprocess.Popen[bytes]
    folder: str

    @classmethod
    def setUpClass(cls) -> None:
        if shutil.which("redis-server") is None:
            raise unittest.SkipTest("apt-get install redis-server")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            cls.port = free.getsockname()[1]
        cls.folder = tempfile.mkdtemp()
        command = ["redis-server", "--port", str(cls.port), "--bind", "127.0.0.1", "--save", "", "--dir", cls.folder]
        cls.redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", cls.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("redis-server does not listen")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.redis.terminate()
        cls.redis.wait()
        shutil.rmtree(cls.folder)

    def start(self, **settings: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "REDIS_ADDR": f"127.0.0.1:{self.port}",
            "TEST_KEY": hashlib.sha256(self.id().encode()).hexdigest()[:8],
            **settings,
        }
        peer = subprocess.Popen(
            [sys.executable, str(PEER)],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(self.discard, peer)
        return peer

    @staticmethod
    def discard(peer: subprocess.Popen[str]) -> None:
        peer.kill()
        peer.communicate()

    def stop(self, *peers: subprocess.Popen[str]) -> None:
        for peer in peers:
            peer.terminate()
        for peer in peers:
            self.assertEqual(peer.wait(STOP_SECONDS), 0)

    def three_roles(self, **settings: str) -> str:
        bootstrap = self.start(ROLE="bootstrap", **settings)
        provider = self.start(ROLE="provider", **settings)
        querier = self.start(ROLE="querier", **settings)
        said, _ = querier.communicate(timeout=SECONDS)
        self.assertEqual(querier.returncode, 0, said)
        self.stop(bootstrap, provider)
        return said

    def test_unified(self) -> None:
        self.assertEqual(
            self.three_roles(PROFILE="unified"),
            "get_value: ok\nfind_providers: ok\nstatus: pass\n",
        )

    def test_openpond(self) -> None:
        self.assertEqual(
            self.three_roles(PROFILE="openpond"),
            "get_value: ok\nfind_providers: ok\nfind_peer: ok\nstatus: pass\n",
        )

    def test_openpond_with_a_client_as_provider(self) -> None:
        self.assertIn("status: pass", self.three_roles(PROFILE="openpond", MODE="client"))

    def test_ipfs_fails_where_py_libp2p_is_the_server(self) -> None:
        self.start(ROLE="bootstrap", PROFILE="ipfs")
        provider = self.start(ROLE="provider", PROFILE="ipfs")
        said, _ = provider.communicate(timeout=SECONDS)
        self.assertRegex(said, r"^error: the bootstrap node does not hold /pk/")
        self.assertEqual(provider.returncode, 1)

    def test_transports(self) -> None:
        for transport in ("tcp", "ws"):
            for security in ("noise", "tls"):
                with self.subTest(transport=transport, security=security):
                    settings = {"TRANSPORT": transport, "SECURE_CHANNEL": security, "MUXER": "yamux"}
                    listener = self.start(IS_DIALER="false", LISTENER_IP="0.0.0.0", **settings)
                    dialer = self.start(IS_DIALER="true", **settings)
                    said, _ = dialer.communicate(timeout=SECONDS)
                    self.assertRegex(said, r"^latency:\n  handshake_plus_one_rtt: .*\n  ping_rtt: .*\n  unit: ms\n$")
                    self.assertEqual(dialer.returncode, 0)
                    self.stop(listener)

    def test_what_is_missing_is_said(self) -> None:
        dialer = self.start(IS_DIALER="true", TRANSPORT="webrtc", SECURE_CHANNEL="noise", MUXER="yamux")
        said, _ = dialer.communicate(timeout=SECONDS)
        self.assertTrue(said.startswith("status: unsupported\n"))
        self.assertEqual(dialer.returncode, 3)
