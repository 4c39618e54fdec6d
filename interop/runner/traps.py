"""How one test of the suite `traps` runs: a cell of real peers with something added, and what has to come of it."""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.cell import PASS, Cell
from runner.logs import read
from runner.pipelining import Proxy
from runner.stage import Failed, Stage, Test

PROBE_S = 45.0


@dataclass(frozen=True)
class Trap(Test):
    """One scenario about a trap of libp2p's Kademlia. With `fails` set it is a contrast: the mistake is made, and has to be
    seen to cost what the trap says."""

    number: int
    what: str
    cell: Cell
    bootstrap: Mapping[str, str] = field(default_factory=dict)  # the environment beyond the contract's
    provider: Mapping[str, str] = field(default_factory=dict)
    querier: Mapping[str, str] = field(default_factory=dict)
    fails: str | None = None  # what the reason of the failure must match
    limit: float = Test.limit
    probe: str | None = None  # of go, beside the querier
    crowd: int = 0  # pond servers with long addresses, in the bootstrap node's table before the publisher comes
    proxy: str | None = None  # between querier and bootstrap node: "forwards", or "swallows" what was pipelined
    says: tuple[str, bool] | None = None  # text, and whether the bootstrap node's log must have it

    roles = Cell.roles

    @property
    def name(self) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", self.what.lower()).strip("-")
        return f"trap{self.number}.{slug}"

    @property
    def peers(self) -> tuple[str, ...]:
        beside = (("go",) if self.probe else ()) + (("pond",) if self.crowd else ())
        return (*self.cell.peers, *beside)

    @property
    def title(self) -> str:
        return f"trap {self.number} {'contrast: ' if self.fails else ''}{self.what}"

    def concerns(self, peer: str) -> bool:
        """pond is concerned by all of them: a contrast without it shows why its neighbour is one."""
        return peer == "pond" or peer in self.peers

    async def play(self, stage: Stage) -> None:
        await self.cell.enter(stage, "bootstrap", **self.bootstrap)
        if self.crowd:
            await self._gather_crowd(stage)
        await self.cell.enter(stage, "provider", **self.provider)
        if self.proxy:
            await self._through_proxy(stage)
        elif self.probe:
            await self._with_probe(stage)
        else:
            await self._read(stage)

    async def _read(self, stage: Stage) -> None:
        await self.cell.enter(stage, "querier", **self.querier)
        await stage.until("querier", says=PASS)

    async def _gather_crowd(self, stage: Stage) -> None:
        address = await stage.note("bootstrap_addr")
        keys = [hashlib.sha256(f"{stage.test_key} {n}".encode()).hexdigest()[:8] for n in range(self.crowd)]
        for key in keys:
            await stage.board.set(f"{key}_bootstrap_addr", address)
            environment = {"ROLE": "provider", "PROFILE": self.cell.profile, "TEST_KEY": key, "EXTRA_ADDRESSES": "15"}
            await stage.start(f"crowd-{key}", stage.peers["pond"], **environment)
        for key in keys:
            await stage.first(stage.board.wait(f"{key}_provider_done"))

    async def _with_probe(self, stage: Stage) -> None:
        """The probe says on the board when the querier may begin: at once, but where it has something to prepare."""
        environment = {"ROLE": "querier", "PROFILE": self.cell.profile, "PROBE": self.probe or ""}
        await stage.start("probe", stage.peers["go"], stays=False, **environment)
        await stage.first(stage.note("probe_ready"), stage.until("probe", says=PASS))
        await self._read(stage)
        try:
            await asyncio.wait_for(stage.until("probe", says=PASS), PROBE_S)
        except TimeoutError:
            raise Failed(f"probe (go) runs on {PROBE_S:.0f} s after the querier has ended") from None

    async def _through_proxy(self, stage: Stage) -> None:
        """The querier takes the proxy for the bootstrap node, whose own address nobody tells it before it is there."""
        await stage.note("provider_done")
        address = await stage.note("bootstrap_addr")
        try:
            proxy = Proxy(address, swallows=self.proxy == "swallows")
        except ValueError as error:
            raise Failed(f"bootstrap ({self.cell.bootstrap}) has {error}") from None
        async with proxy:
            await stage.board.set(f"{stage.test_key}_bootstrap_addr", proxy.address)
            try:
                await self._read(stage)
            except Failed:
                if proxy.pipelined:
                    raise
            if not proxy.pipelined:
                raise Failed(f"{self.cell.querier} pipelines nothing behind multistream-select")

    def judged(self, reason: str, folder: Path) -> str:
        """A contrast fails when its cell passes, or fails otherwise than foretold."""
        if self.fails is not None:
            if not reason:
                return "passes with the mistake made: this is no trap any more, or no test of it"
            if not re.search(self.fails, reason):
                return f"fails, but not with /{self.fails}/: {reason}"
            reason = ""
        if not reason and self.says is not None:
            text, wanted = self.says
            if (text in read(folder / "bootstrap.err")) != wanted:
                return f"the bootstrap node's log {'lacks' if wanted else 'has'} {text!r}"
        return reason
