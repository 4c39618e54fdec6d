"""The redis-server on which the peers of a cell leave notes for each other."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runner.logs import last_line
from runner.processes import CannotStart, Process, ending

START_S = 10.0
ATTEMPTS = 5
POLL_S = 0.2
HEARTBEAT_S = 1.0
SILENCE_S = 5.0  # it answers within milliseconds, but the machine may be busy


class BoardError(Exception):
    """redis-server is missing, does not start, or is away."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Board:
    """One redis-server in memory, on loopback, for all cells of a run: their keys have prefixes."""

    def __init__(self, process: Process, port: int, log: Path) -> None:
        self.address = f"127.0.0.1:{port}"
        self._process = process
        self._port = port
        self.log = log
        self.lost = asyncio.create_task(self._watch())  # ends when the server is away, and says why

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator["Board"]:
        program = shutil.which("redis-server")
        if program is None:
            raise BoardError("redis-server is missing: apt-get install redis-server")
        log = folder / "redis.log"
        log.unlink(missing_ok=True)
        for _ in range(ATTEMPTS):  # somebody may take the port between the asking and the binding
            port = free_port()
            # The title would be written over the environment, by which the reaper knows what to end.
            settings = ["--save", "", "--appendonly", "no", "--set-proc-title", "no"]
            argv = [program, "--bind", "127.0.0.1", "--port", str(port), *settings]
            try:
                process = await Process.start(argv, {}, log, log)
            except CannotStart as error:
                raise BoardError(str(error)) from None
            board = cls(process, port, log)
            try:
                if await board._answers():
                    yield board
                    return
            finally:
                board.lost.cancel()
                await process.stop()
        raise BoardError(f"redis-server does not start: {last_line(log)}; its log: {log}")

    async def _answers(self) -> bool:
        """Whether this very server does, and not another that has the port."""
        deadline = asyncio.get_running_loop().time() + START_S
        while asyncio.get_running_loop().time() < deadline and not self.lost.done():
            try:
                _, about = await asyncio.wait_for(self._exchange("INFO", "server"), HEARTBEAT_S)
            except (OSError, EOFError):
                await asyncio.sleep(0.05)
            else:
                return b"process_id:%d\r" % self._process.pid in about
        return False

    async def _watch(self) -> str:
        while True:
            try:
                return f"redis-server {ending(await asyncio.wait_for(self._process.wait(), HEARTBEAT_S))}"
            except TimeoutError:
                pass
            try:
                await asyncio.wait_for(self._exchange("PING"), SILENCE_S)
            except TimeoutError:
                return f"redis-server has not answered for {SILENCE_S:.0f} s"
            except (OSError, EOFError):
                pass  # it is about to end

    async def check(self) -> None:
        """Raises when the server is away, which may be the reason of whatever has just happened to its clients."""
        await self._ask("PING")

    async def note(self, key: str) -> str | None:
        """What stands there, None when nothing does."""
        head, body = await self._ask("GET", key)
        return None if head == b"$-1" else body.decode(errors="replace")

    async def wait(self, key: str) -> str:
        """Until something stands there."""
        while (found := await self.note(key)) is None:
            await asyncio.sleep(POLL_S)
        return found

    async def set(self, key: str, value: str) -> None:
        await self._ask("SET", key, value)

    async def _ask(self, *words: str) -> tuple[bytes, bytes]:
        try:
            return await asyncio.wait_for(self._exchange(*words), SILENCE_S)
        except (OSError, EOFError):
            await asyncio.wait((self.lost,), timeout=HEARTBEAT_S)
            raise BoardError(self.lost.result() if self.lost.done() else "redis-server does not answer") from None

    async def _exchange(self, *words: str) -> tuple[bytes, bytes]:
        """The first line of redis's answer to one command, and what follows it where that announces something."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            parts = [word.encode() for word in words]
            writer.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
            await writer.drain()
            head = (await reader.readline()).rstrip(b"\r\n")
            if not head:
                raise EOFError
            follows = head.startswith(b"$") and head != b"$-1"
            return head, await reader.readexactly(int(head[1:])) if follows else b""
        finally:
            writer.close()
