"""How a test is played: its processes are started, watched, judged and ended."""

import asyncio
import hashlib
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from runner.board import Board, BoardError
from runner.logs import empty, last_words, read
from runner.peers import Peer
from runner.processes import CannotStart, Process, ending


class Failed(Exception):
    """Why a test has failed."""


class Test(ABC):
    """A combination of peers, and what they have to bring about."""

    roles: ClassVar[tuple[str, ...]]  # whoever a timeout has to be explained by
    limit: float = 120.0

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    @abstractmethod
    def peers(self) -> tuple[str, ...]: ...

    @property
    def test_key(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()[:8]

    def concerns(self, peer: str) -> bool:
        """Whether it says something about that peer."""
        return peer in self.peers

    @abstractmethod
    async def play(self, stage: "Stage") -> None:
        """Raises Failed."""

    def judged(self, reason: str, folder: Path) -> str:
        """Why the test has failed, given why the play has; empty for "it has not"."""
        return reason


T = TypeVar("T", bound=Test)


@dataclass
class Outcome(Generic[T]):
    test: T
    reason: str  # why it has failed, empty when it has passed
    seconds: float
    logs: Path
    played: bool = True  # when it was not, the reason says nothing about the peers

    @property
    def passed(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class _Player:
    process: Process
    title: str
    stays: bool  # it runs until it is stopped; to end earlier is to fail


class Stage:
    """The processes of one test, and what all are told: a board, the test's key. Their logs are in one folder."""

    def __init__(self, test_key: str, peers: Mapping[str, Peer], board: Board, folder: Path, limit: float) -> None:
        self.test_key = test_key
        self.peers = peers
        self.board = board
        self.folder = folder
        self.limit = limit
        self._players: dict[str, _Player] = {}

    async def start(self, role: str, peer: Peer, *arguments: str, stays: bool = True, **environment: str) -> None:
        title = f"{role} ({peer.name})"
        common = {"REDIS_ADDR": self.board.address, "TEST_KEY": self.test_key}
        try:
            process = await Process.start(
                [*peer.argv, *arguments],
                {**peer.environment, **common, **environment},
                self.folder / f"{role}.out",
                self.folder / f"{role}.err",
            )
        except CannotStart as error:
            raise CannotStart(f"{title}: {error}") from None
        self._players[role] = _Player(process, title, stays)

    async def until(self, role: str, *, says: str = "") -> None:
        """Waits for that one's end, and judges it: by its exit code, and by a line that its stdout must have begun."""
        await self.first(self._players[role].process.wait())
        code = self._players[role].process.code
        if code != 0:
            await self._fail(role)
        if not re.search(rf"^ *{re.escape(says)}", read(self.folder / f"{role}.out"), re.MULTILINE):
            await self._fail(role, f", but printed no {says}")

    async def note(self, name: str) -> str:
        """Waits for that note of the test."""
        return await self.first(self.board.wait(f"{self.test_key}_{name}"))

    async def first(self, *awaited: Coroutine[Any, Any, Any]) -> Any:
        """What the first of them comes to. Raises when one that stays has ended before, or the board is lost."""
        wanted = [asyncio.create_task(one) for one in awaited]
        ends = {
            asyncio.create_task(player.process.wait()): role for role, player in self._players.items() if player.stays
        }
        try:
            await asyncio.wait((*wanted, *ends, self.board.lost), return_when=asyncio.FIRST_COMPLETED)
            come = next((task for task in (*wanted, *ends) if task.done()), None)
            if come is None:
                raise BoardError(self.board.lost.result())
            if come in ends:
                await self._fail(ends[come])
            return come.result()
        finally:
            for task in (*wanted, *ends):
                task.cancel()
            await asyncio.gather(*wanted, *ends, return_exceptions=True)

    async def _fail(self, role: str, more: str = "") -> None:
        await self.board.check()
        player = self._players[role]
        raise Failed(f"{player.title} {ending(player.process.code or 0)}{more}: {last_words(self.folder, role)}")

    def unfinished(self, roles: tuple[str, ...]) -> str:
        """How far they got, by what they left in their logs."""
        return "; ".join(f"{role}: {last_words(self.folder, role)}" for role in roles if role in self._players)

    async def stop(self) -> list[str]:
        """Ends all. Who would not end by itself."""
        clean = await asyncio.gather(*(player.process.stop() for player in self._players.values()))
        return [role for role, was_clean in zip(self._players, clean) if not was_clean]


async def perform(test: T, peers: Mapping[str, Peer], board: Board, folder: Path, limit: float) -> Outcome[T]:
    """Plays a test, and ends whatever that has started."""
    stage = Stage(test.test_key, peers, board, folder, limit)
    started = time.monotonic()
    reason, played = "", True
    try:
        empty(folder)
        async with asyncio.timeout(limit):
            await test.play(stage)
    except Failed as failed:
        reason = str(failed)
    except TimeoutError:
        reason = f"no outcome within {limit:g} s; waiting for: {stage.unfinished(test.roles)}"
    except (BoardError, CannotStart, OSError) as error:
        reason, played = str(error), False
    finally:
        unclean = await stage.stop()
    if played:
        reason = test.judged(reason, folder)
    if not reason and unclean:
        reason = f"{' and '.join(unclean)} did not exit within 5 s of SIGTERM"
    return Outcome(test, reason, time.monotonic() - started, folder, played)
