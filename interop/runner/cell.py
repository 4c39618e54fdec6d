"""One cell: three peers, a bootstrap node, a publisher and a reader, in one network of their own."""

import asyncio
import hashlib
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from runner.board import Board
from runner.peers import Peer
from runner.processes import Process

LIMIT_S = 120.0
ROLES = ("bootstrap", "provider", "querier")


@dataclass(frozen=True)
class Cell:
    profile: str
    bootstrap: str
    provider: str
    querier: str

    @property
    def name(self) -> str:
        """As libp2p's suite names its tests, with the profile behind it."""
        return f"{self.bootstrap}_x_{self.provider}_x_{self.querier}.{self.profile}"

    @property
    def test_key(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()[:8]

    @property
    def peers(self) -> tuple[str, ...]:
        return (self.bootstrap, self.provider, self.querier)

    def of(self, role: str) -> str:
        return {"bootstrap": self.bootstrap, "provider": self.provider, "querier": self.querier}[role]


class Test(Protocol):
    """A cell, or a pair of the transport suite."""

    @property
    def name(self) -> str: ...

    @property
    def peers(self) -> tuple[str, ...]: ...


T = TypeVar("T", bound=Test)


@dataclass
class Outcome(Generic[T]):
    cell: T
    passed: bool
    seconds: float
    reason: str = ""
    logs: Path | None = None
    details: dict[str, str] = field(default_factory=dict)


async def run_cell(cell: Cell, peers: dict[str, Peer], board: Board, logs: Path) -> Outcome[Cell]:
    folder = logs / cell.name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    started = time.monotonic()
    running: dict[str, Process] = {}
    try:
        async with asyncio.timeout(LIMIT_S):
            reason = await _play(cell, peers, board, folder, running)
    except TimeoutError:
        reason = f"no outcome within {LIMIT_S:.0f} s; waiting for: {_unfinished(folder)}"
    finally:
        unclean = await stop_all(running)
    details = read_details(folder / "querier.out")
    if not reason and unclean:
        reason = f"{' and '.join(unclean)} did not exit within 5 s of SIGTERM"
    return Outcome(cell, not reason, time.monotonic() - started, reason, folder, details)


async def _play(cell: Cell, peers: dict[str, Peer], board: Board, folder: Path, running: dict[str, Process]) -> str:
    """Runs the three until the querier has ended. Why the cell failed; empty when it passed."""
    for role in ROLES:
        peer = peers[cell.of(role)]
        environment = {"ROLE": role, "REDIS_ADDR": board.address, "TEST_KEY": cell.test_key, "PROFILE": cell.profile}
        running[role] = await Process.start(
            peer.argv, {**peer.environment, **environment}, folder / f"{role}.out", folder / f"{role}.err"
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
    if first != "querier":
        return f"{first} ({cell.of(first)}) exited with {running[first].code}: {last_words(folder, first)}"
    code = running["querier"].code
    text = (folder / "querier.out").read_text(errors="replace")
    if code == 0 and re.search(r"^status: pass$", text, re.MULTILINE):
        return ""
    return f"querier ({cell.querier}) exited with {code}: {last_words(folder, 'querier')}"


async def stop_all(running: dict[str, Process]) -> list[str]:
    clean = await asyncio.gather(*(process.stop() for process in running.values()))
    return [role for role, was_clean in zip(running, clean) if not was_clean]


def read_details(path: Path, indent: str = "") -> dict[str, str]:
    """The `name: value` lines of a YAML file at that depth."""
    if not path.exists():
        return {}
    lines = (line.partition(": ") for line in path.read_text(errors="replace").splitlines() if line.startswith(indent))
    pairs = ((name[len(indent) :], value) for name, _, value in lines)
    return {name: value for name, value in pairs if re.fullmatch(r"\w+", name)}


def last_words(folder: Path, role: str) -> str:
    out = read_details(folder / f"{role}.out")
    failed = [f"{name}: {value}" for name, value in out.items() if name not in ("status", "error") and value != "ok"]
    words = "; ".join([*failed, out.get("error", "")]).strip("; ")
    if words:
        return words
    errors = (folder / f"{role}.err").read_text(errors="replace").strip().splitlines()
    return errors[-1] if errors else "no word"


def _unfinished(folder: Path) -> str:
    """How far the three got, by what they left in their logs."""
    return "; ".join(f"{role}: {last_words(folder, role)}" for role in ROLES if (folder / f"{role}.err").exists())
