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


class Stage:
    """The processes of one test, and what they are told: a board, a test's key, a profile, a folder for their logs."""

    def __init__(self, cell: Cell, test_key: str, peers: dict[str, Peer], board: Board, folder: Path) -> None:
        self.cell = cell
        self.test_key = test_key
        self.board = board
        self.folder = folder
        self.running: dict[str, Process] = {}
        self._peers = peers

    async def start(self, role: str, **environment: str) -> Process:
        """The cell's peer of that role, with an environment beyond the contract's."""
        return await self.start_as(role, self.cell.of(role), ROLE=role, **environment)

    async def start_as(self, name: str, peer: str, **environment: str) -> Process:
        """A peer whose logs bear that name."""
        program = self._peers[peer]
        common = {"REDIS_ADDR": self.board.address, "TEST_KEY": self.test_key, "PROFILE": self.cell.profile}
        self.running[name] = await Process.start(
            program.argv,
            {**program.environment, **common, **environment},
            self.folder / f"{name}.out",
            self.folder / f"{name}.err",
        )
        return self.running[name]

    async def outcome(self) -> str:
        """Waits until the querier has ended, or too early another of the three. Why the test failed; empty when it passed."""
        waits = {asyncio.create_task(self.running[role].wait()): role for role in ROLES}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        first = waits[done.pop()]
        if not self.board.running:
            return "redis-server has died"
        if first != "querier":
            return f"{first} ({self._program(first)}) exited with {self.running[first].code}: {last_words(self.folder, first)}"
        return self.verdict("querier")

    def verdict(self, name: str) -> str:
        """Of a process that has ended."""
        code = self.running[name].code
        text = (self.folder / f"{name}.out").read_text(errors="replace")
        if code == 0 and re.search(r"^status: pass$", text, re.MULTILINE):
            return ""
        return f"{name} ({self._program(name)}) exited with {code}: {last_words(self.folder, name)}"

    def _program(self, name: str) -> str:
        return self.cell.of(name) if name in ROLES else "beside the cell"


async def run_cell(cell: Cell, peers: dict[str, Peer], board: Board, logs: Path) -> Outcome[Cell]:
    stage = Stage(cell, cell.test_key, peers, board, empty_folder(logs / cell.name))
    started = time.monotonic()
    try:
        async with asyncio.timeout(LIMIT_S):
            for role in ROLES:
                await stage.start(role)
            reason = await stage.outcome()
    except TimeoutError:
        reason = f"no outcome within {LIMIT_S:.0f} s; waiting for: {unfinished(stage.folder)}"
    finally:
        unclean = await stop_all(stage.running)
    details = read_details(stage.folder / "querier.out")
    if not reason and unclean:
        reason = f"{' and '.join(unclean)} did not exit within 5 s of SIGTERM"
    return Outcome(cell, not reason, time.monotonic() - started, reason, stage.folder, details)


def empty_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    return folder


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


def unfinished(folder: Path) -> str:
    """How far the three got, by what they left in their logs."""
    return "; ".join(f"{role}: {last_words(folder, role)}" for role in ROLES if (folder / f"{role}.err").exists())
