"""The board on which peers leave notes for each other: the few commands of redis that the contracts use."""

import socket
from types import TracebackType
from typing import Self

import trio

POLL_SECONDS = 0.5
WAIT_SECONDS = 60.0
READ_BYTES = 4096

Reply = str | int | None | list["Reply"]


class BoardError(Exception):
    """Redis refused a command or went away."""


class Board:
    """One connection to redis. Commands are strictly one after another."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._unread = b""

    async def __aenter__(self) -> Self:
        self._stream = await trio.open_tcp_stream(self._host, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await trio.aclose_forcefully(self._stream)

    def own_ip(self) -> str:
        """This machine's address as seen from redis."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((self._host, self._port))
            address: str = probe.getsockname()[0]
            return address

    async def set(self, key: str, value: str) -> None:
        await self._command("SET", key, value)

    async def wait_for(self, key: str) -> str:
        """The value of a key as soon as it is there."""
        with trio.move_on_after(WAIT_SECONDS):
            while True:
                value = await self._command("GET", key)
                if isinstance(value, str):
                    return value
                await trio.sleep(POLL_SECONDS)
        raise BoardError(f"nobody set {key} in {WAIT_SECONDS:.0f} s")

    async def push(self, key: str, value: str) -> None:
        await self._command("RPUSH", key, value)

    async def pop(self, key: str, timeout_seconds: int) -> str:
        """The first value of a list, waiting for it."""
        reply = await self._command("BLPOP", key, str(timeout_seconds))
        if not isinstance(reply, list) or not isinstance(reply[1], str):
            raise BoardError(f"nobody pushed {key} in {timeout_seconds} s")
        return reply[1]

    async def _command(self, *words: str) -> Reply:
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            octets = word.encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(octets), octets))
        await self._stream.send_all(b"".join(parts))
        return await self._reply()

    async def _reply(self) -> Reply:
        line = await self._read_until_newline()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else (await self._read(int(rest) + 2))[:-2].decode()
        if kind == b"*":
            return None if rest == b"-1" else [await self._reply() for _ in range(int(rest))]
        raise BoardError(f"redis: {line.decode(errors='replace')}")

    async def _read_until_newline(self) -> bytes:
        while b"\r\n" not in self._unread:
            await self._receive()
        line, self._unread = self._unread.split(b"\r\n", 1)
        return line

    async def _read(self, count: int) -> bytes:
        while len(self._unread) < count:
            await self._receive()
        data, self._unread = self._unread[:count], self._unread[count:]
        return data

    async def _receive(self) -> None:
        more = await self._stream.receive_some(READ_BYTES)
        if not more:
            raise BoardError("redis closed the connection")
        self._unread += more
