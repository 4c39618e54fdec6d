"""A TCP proxy that sees what a dialer sends before the listener has said a word, and may swallow it."""

import asyncio
import re
from types import TracebackType

HEADER = b"\x13/multistream/1.0.0\n"
SILENCE_S = 0.3
PATIENCE_S = 3.0  # with one that has sent the header alone: a busy machine may have stopped it there
CHUNK = 65536


class Proxy:
    """Stands before a listener. What a connection brings behind the header of multistream-select, before any answer, is
    pipelined; with `swallows` it is lost, as at a listener that takes a whole segment for the header alone."""

    def __init__(self, address: str, *, swallows: bool) -> None:
        found = re.fullmatch(r"/ip4/([\d.]+)/tcp/(\d+)/p2p/(\w+)", address)
        if found is None:
            raise ValueError(f"no address for a proxy: {address!r}")
        self._host, self._port, self._peer = found[1], int(found[2]), found[3]
        self._swallows = swallows
        self._connections: set[asyncio.Task[None]] = set()
        self.pipelined = 0
        self.address = ""

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._accepted, self._host, 0)
        port = self._server.sockets[0].getsockname()[1]
        self.address = f"/ip4/{self._host}/tcp/{port}/p2p/{self._peer}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward: asyncio.StreamWriter | None = None
        try:
            first = await _until_silence(reader)
            behind = len(first) - len(HEADER) if first.startswith(HEADER) else 0
            self.pipelined += max(behind, 0)
            answers, onward = await asyncio.open_connection(self._host, self._port)
            onward.write(first[: len(HEADER)] if self._swallows else first)
            await asyncio.gather(_copy(reader, onward), _copy(answers, writer))
        except OSError:
            pass  # one of the two hung up
        finally:
            for one in (writer, onward):
                if one is not None:
                    one.close()


async def _until_silence(reader: asyncio.StreamReader) -> bytes:
    octets = b""
    while True:
        try:
            patience = SILENCE_S if len(octets) > len(HEADER) else PATIENCE_S
            more = await asyncio.wait_for(reader.read(CHUNK), patience)
        except TimeoutError:
            return octets
        if not more:
            return octets
        octets += more


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while octets := await source.read(CHUNK):
        sink.write(octets)
        await sink.drain()
    sink.write_eof()
