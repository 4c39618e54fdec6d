"""The redis-server on which the peers of a cell leave notes for each other."""

import asyncio
import shutil
import socket
from pathlib import Path

from runner.processes import Process

START_S = 10.0
ATTEMPTS = 5
POLL_S = 0.2


class BoardError(Exception):
    """redis-server is missing or does not start."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Board:
    """One redis-server in memory, on loopback, for all cells of a run: their keys have prefixes."""

    def __init__(self, process: Process, port: int) -> None:
        self._process = process
        self.address = f"127.0.0.1:{port}"
        self._port = port

    @classmethod
    async def start(cls, folder: Path) -> "Board":
        program = shutil.which("redis-server")
        if program is None:
            raise BoardError("redis-server is missing: apt-get install redis-server")
        for _ in range(ATTEMPTS):  # somebody may take the port between the asking and the binding
            port = free_port()
            log = folder / "redis.log"
            process = await Process.start(
                [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"], {}, log, log
            )
            board = cls(process, port)
            if await board._answers():
                return board
            await process.stop()
        raise BoardError(f"redis-server does not start; its log: {folder / 'redis.log'}")

    async def _answers(self) -> bool:
        deadline = asyncio.get_running_loop().time() + START_S
        while asyncio.get_running_loop().time() < deadline and self._process.running:
            try:
                return await self.ask("PING") == b"+PONG"
            except OSError:
                await asyncio.sleep(0.05)
        return False

    async def note(self, key: str) -> str | None:
        """What stands there, None when nothing does."""
        head, body = await self._ask("GET", key)
        return None if head == b"$-1" else body.decode()

    async def wait(self, key: str) -> str:
        """Until something stands there."""
        while (found := await self.note(key)) is None:
            await asyncio.sleep(POLL_S)
        return found

    async def set(self, key: str, value: str) -> None:
        await self._ask("SET", key, value)

    async def ask(self, *words: str) -> bytes:
        """The first line of redis's answer to one command."""
        return (await self._ask(*words))[0]

    async def _ask(self, *words: str) -> tuple[bytes, bytes]:
        """The first line of redis's answer to one command, and what follows it where that announces something."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            parts = [word.encode() for word in words]
            writer.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
            await writer.drain()
            head = (await reader.readline()).rstrip(b"\r\n")
            follows = head.startswith(b"$") and head != b"$-1"
            return head, await reader.readexactly(int(head[1:])) if follows else b""
        finally:
            writer.close()

    @property
    def running(self) -> bool:
        return self._process.running

    async def stop(self) -> None:
        await self._process.stop()
