"""Golden captures: each peer in two roles with pond-golden-recorder at the other end, into tests/golden."""

import asyncio
import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

from runner.board import Board
from runner.cell import Outcome, last_words, stop_all
from runner.peers import ROOT, Peer
from runner.processes import Process

LIMIT_S = 130.0
PEERS = ("go", "rust", "js2", "js3", "py")
FOLDER = ROOT / "tests" / "golden"
# The recorder's part, and the role of the peer whose counterpart it is.
PARTS = {"dialer": ("querier", "bootstrap"), "listener": ("bootstrap", "provider")}


# The library of each peer, and where its version is pinned.
_LIBRARIES = {
    "go": ("go-libp2p", "go/go.mod", r"github\.com/libp2p/go-libp2p v(\S+)"),
    "rust": ("rust-libp2p", "rust/Cargo.lock", r'name = "libp2p"\nversion = "(.+?)"'),
    "js2": ("js-libp2p", "js2/package-lock.json", r'"node_modules/libp2p": \{\s*"version": "(.+?)"'),
    "js3": ("js-libp2p", "js3/package-lock.json", r'"node_modules/libp2p": \{\s*"version": "(.+?)"'),
    "py": ("py-libp2p", "py/requirements.txt", r"(?m)^libp2p==(\S+)"),
}


def library_of(peer: str) -> str:
    """`go-libp2p 0.51.0`"""
    name, file, pattern = _LIBRARIES[peer]
    version = re.search(pattern, (ROOT / "interop" / file).read_text())
    return f"{name} {version[1] if version else '?'}"


@dataclass(frozen=True)
class Recording:
    peer: str
    part: str  # the recorder's

    @property
    def name(self) -> str:
        return f"{self.peer}.{self.part}"

    @property
    def test_key(self) -> str:
        return hashlib.sha256(f"golden.{self.name}".encode()).hexdigest()[:8]

    @property
    def peers(self) -> tuple[str, ...]:
        return (self.peer,)


async def run_recording(
    recording: Recording, peers: dict[str, Peer], board: Board, logs: Path, recorder: Path
) -> Outcome[Recording]:
    """Records one capture. The file in tests/golden is replaced when the peer did its whole part, else left alone."""
    folder = logs / f"golden.{recording.name}"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    capture = folder / "capture.txt"
    started = time.monotonic()
    running: dict[str, Process] = {}
    try:
        async with asyncio.timeout(LIMIT_S):
            argv = [str(recorder), recording.peer, library_of(recording.peer), str(capture)]
            reason = await _play(recording, peers[recording.peer], board, folder, running, argv)
    except TimeoutError:
        reason = f"no outcome within {LIMIT_S:.0f} s"
    finally:
        await stop_all(running)
    if not reason:
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{recording.name}.txt").write_bytes(capture.read_bytes())
    return Outcome(recording, not reason, time.monotonic() - started, reason, folder)


async def _play(
    recording: Recording, peer: Peer, board: Board, folder: Path, running: dict[str, Process], recorder: list[str]
) -> str:
    """Runs the two until the recorder has ended. Why nothing was recorded; empty when it was."""
    ours, theirs = PARTS[recording.part]
    environment = {"REDIS_ADDR": board.address, "TEST_KEY": recording.test_key, "PROFILE": "openpond"}
    for name, role, argv, more in (("peer", theirs, peer.argv, peer.environment), ("recorder", ours, recorder, {})):
        running[name] = await Process.start(
            argv, {**more, **environment, "ROLE": role}, folder / f"{name}.out", folder / f"{name}.err"
        )
    waits = {asyncio.create_task(process.wait()): name for name, process in running.items()}
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
    ended = {waits[task] for task in done}
    if not board.running:
        return "redis-server has died"
    if "recorder" not in ended:
        return f"{recording.peer} exited with {running['peer'].code}: {last_words(folder, 'peer')}"
    if running["recorder"].code != 0:
        return f"the recorder exited with {running['recorder'].code}: {last_words(folder, 'recorder')}"
    return ""
