"""One pair of the transport suite: a listener and a dialer, over one transport and one security protocol."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from runner.board import Board
from runner.cell import Outcome, last_words, read_details, stop_all
from runner.peers import Peer
from runner.processes import Process

LIMIT_S = 60.0
TRANSPORTS = ("tcp", "ws")
SECURITIES = ("noise", "tls")


@dataclass(frozen=True)
class Pair:
    transport: str
    security: str
    listener: str
    dialer: str

    @property
    def peers(self) -> tuple[str, ...]:
        return (self.listener, self.dialer)

    @property
    def name(self) -> str:
        return f"{self.dialer}_x_{self.listener}.{self.transport}.{self.security}"

    @property
    def test_key(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()[:8]


async def run_pair(pair: Pair, peers: dict[str, Peer], board: Board, logs: Path) -> Outcome[Pair]:
    folder = logs / pair.name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    started = time.monotonic()
    running: dict[str, Process] = {}
    try:
        async with asyncio.timeout(LIMIT_S):
            reason = await _play(pair, peers, board, folder, running)
    except TimeoutError:
        reason = f"no outcome within {LIMIT_S:.0f} s"
    finally:
        unclean = await stop_all(running)
    if not reason and unclean:
        reason = f"{' and '.join(unclean)} did not exit within 5 s of SIGTERM"
    return Outcome(pair, not reason, time.monotonic() - started, reason, folder)


async def _play(pair: Pair, peers: dict[str, Peer], board: Board, folder: Path, running: dict[str, Process]) -> str:
    for role, name in (("listener", pair.listener), ("dialer", pair.dialer)):
        peer = peers[name]
        environment = {
            "IS_DIALER": "true" if role == "dialer" else "false",
            "REDIS_ADDR": board.address,
            "TEST_KEY": pair.test_key,
            "TRANSPORT": pair.transport,
            "SECURE_CHANNEL": pair.security,
            "MUXER": "yamux",
            "LISTENER_IP": "0.0.0.0",
            "TEST_TIMEOUT_SECS": str(int(LIMIT_S)),
        }
        running[role] = await Process.start(
            peer.transport_argv, {**peer.environment, **environment}, folder / f"{role}.out", folder / f"{role}.err"
        )
    waits = {asyncio.create_task(process.wait()): role for role, process in running.items()}
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
    first = waits[done.pop()]
    if not board.running:
        return "redis-server has died"
    if first == "listener":
        return f"listener ({pair.listener}) exited with {running[first].code}: {last_words(folder, first)}"
    if running[first].code != 0:
        return f"dialer ({pair.dialer}) exited with {running[first].code}: {last_words(folder, first)}"
    return "" if "ping_rtt" in _indented(folder / "dialer.out") else "the dialer printed no ping_rtt"


def _indented(path: Path) -> dict[str, str]:
    return read_details(path, indent="  ")
