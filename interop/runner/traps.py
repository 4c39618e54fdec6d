"""How one test of the suite `traps` runs: a cell of real peers with something added, and what has to come of it."""

import asyncio
import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.board import Board
from runner.cell import Cell, Outcome, Stage, empty_folder, read_details, stop_all, unfinished
from runner.peers import Peer
from runner.pipelining import Proxy

LIMIT_S = 120.0
PROBE_S = 45.0


@dataclass(frozen=True)
class Trap:
    """One scenario about a trap of libp2p's Kademlia. With `fails` set it is a contrast: the mistake is made, and has to be
    seen to cost what the trap says."""

    number: int
    what: str
    cell: Cell
    bootstrap: Mapping[str, str] = field(default_factory=dict)  # the environment beyond the contract's
    provider: Mapping[str, str] = field(default_factory=dict)
    querier: Mapping[str, str] = field(default_factory=dict)
    fails: str | None = None  # what the reason of the failure must match
    limit: float = LIMIT_S
    probe: str | None = None  # of go, beside the querier
    crowd: int = 0  # pond servers with long addresses, in the bootstrap node's table before the publisher comes
    proxy: str | None = None  # between querier and bootstrap node: "forwards", or "swallows" what was pipelined
    says: tuple[str, bool] | None = None  # text, and whether the bootstrap node's log must have it

    @property
    def name(self) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", self.what.lower()).strip("-")
        return f"trap{self.number}.{slug}"

    @property
    def test_key(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()[:8]

    @property
    def peers(self) -> tuple[str, ...]:
        beside = (("go",) if self.probe else ()) + (("pond",) if self.crowd else ())
        return (*self.cell.peers, *beside)

    @property
    def title(self) -> str:
        return f"trap {self.number} {'contrast: ' if self.fails else ''}{self.what}"


async def run_trap(trap: Trap, peers: dict[str, Peer], board: Board, logs: Path) -> Outcome[Trap]:
    stage = Stage(trap.cell, trap.test_key, peers, board, empty_folder(logs / trap.name))
    started = time.monotonic()
    try:
        async with asyncio.timeout(trap.limit):
            reason = await _play(trap, stage)
    except TimeoutError:
        reason = f"no outcome within {trap.limit:.0f} s; waiting for: {unfinished(stage.folder)}"
    finally:
        unclean = await stop_all(stage.running)
    reason = _judged(trap, reason, stage.folder)
    if not reason and unclean:
        reason = f"{' and '.join(unclean)} did not exit within 5 s of SIGTERM"
    details = read_details(stage.folder / "querier.out")
    return Outcome(trap, not reason, time.monotonic() - started, reason, stage.folder, details)


def _judged(trap: Trap, reason: str, folder: Path) -> str:
    """Why the test has failed, given why its cell has. A contrast fails when its cell passes, or fails otherwise than foretold."""
    if trap.fails is not None:
        if not reason:
            return "passes with the mistake made: this is no trap any more, or no test of it"
        if not re.search(trap.fails, reason):
            return f"fails, but not with /{trap.fails}/: {reason}"
        reason = ""
    if not reason and trap.says is not None:
        text, wanted = trap.says
        if (text in (folder / "bootstrap.err").read_text(errors="replace")) != wanted:
            return f"the bootstrap node's log {'lacks' if wanted else 'has'} {text!r}"
    return reason


async def _play(trap: Trap, stage: Stage) -> str:
    """Why the cell failed, empty when it passed. Whoever needs another's note waits for it by itself."""
    await stage.start("bootstrap", **trap.bootstrap)
    if trap.crowd:
        await _gather_crowd(trap.crowd, stage)
    await stage.start("provider", **trap.provider)
    if trap.proxy:
        return await _through_proxy(trap, stage)
    if trap.probe:
        return await _with_probe(trap, stage)
    await stage.start("querier", **trap.querier)
    return await stage.outcome()


async def _gather_crowd(count: int, stage: Stage) -> None:
    address = await stage.board.wait(f"{stage.test_key}_bootstrap_addr")
    keys = [hashlib.sha256(f"{stage.test_key} {n}".encode()).hexdigest()[:8] for n in range(count)]
    for key in keys:
        await stage.board.set(f"{key}_bootstrap_addr", address)
        await stage.start_as(f"crowd-{key}", "pond", ROLE="provider", TEST_KEY=key, EXTRA_ADDRESSES="15")
    for key in keys:
        await stage.board.wait(f"{key}_provider_done")


async def _with_probe(trap: Trap, stage: Stage) -> str:
    """The probe says on the board when the querier may begin: at once, but where it has something to prepare."""
    assert trap.probe is not None
    probe = await stage.start_as("probe", "go", ROLE="querier", PROBE=trap.probe)
    ended = asyncio.create_task(probe.wait())
    ready = asyncio.create_task(stage.board.wait(f"{stage.test_key}_probe_ready"))
    try:
        await asyncio.wait((ended, ready), return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            if failed := stage.verdict("probe"):
                return failed
        await stage.start("querier", **trap.querier)
        if failed := await stage.outcome():
            return failed
        await asyncio.wait_for(ended, PROBE_S)
    finally:
        ready.cancel()
        ended.cancel()
    return stage.verdict("probe")


async def _through_proxy(trap: Trap, stage: Stage) -> str:
    """The querier takes the proxy for the bootstrap node, whose own address nobody tells it before it is there."""
    note = f"{stage.test_key}_bootstrap_addr"
    await stage.board.wait(f"{stage.test_key}_provider_done")
    async with Proxy(await stage.board.wait(note), swallows=trap.proxy == "swallows") as proxy:
        await stage.board.set(note, proxy.address)
        await stage.start("querier", **trap.querier)
        failed = await stage.outcome()
        if not proxy.pipelined:
            return f"{trap.cell.querier} pipelines nothing behind multistream-select"
        return failed
