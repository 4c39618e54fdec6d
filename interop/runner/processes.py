"""Child processes that never outlive the runner, whatever ends it."""

import asyncio
import itertools
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from runner import reaper

STOP_S = 6.0  # every peer promises to exit within 5 s of SIGTERM
_RUN = f"{os.getpid()}-{secrets.token_hex(4)}."
_numbers = itertools.count(1)


class CannotStart(Exception):
    """There is no such program, or it is none."""


@contextmanager
def reaped() -> Iterator[None]:
    """What is started within is gone afterwards, and also when this very process is killed within."""
    command = [sys.executable, "-IS", reaper.__file__, _RUN]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True):
        yield


def kill_all() -> None:
    """At once, without asking them to end."""
    reaper.kill_marked(_RUN)


def ending(code: int) -> str:
    """How a process ended."""
    if code >= 0:
        return f"exited with {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"  # a real-time signal has no name


class Process:
    """A process in a session of its own, so that Ctrl-C in a terminal reaches the runner alone."""

    def __init__(self, process: asyncio.subprocess.Process, mark: str) -> None:
        self._process = process
        self._mark = mark

    @classmethod
    async def start(cls, argv: list[str], environment: Mapping[str, str], stdout: Path, stderr: Path) -> "Process":
        with stdout.open("ab") as out, stderr.open("ab") as err:
            return await cls._spawn(argv, environment, out, err)

    @classmethod
    async def output(cls, argv: list[str], folder: Path) -> tuple[int, str, str]:
        """The exit code, stdout and stderr of a program that ends by itself."""
        process = await cls._spawn(argv, {}, subprocess.PIPE, subprocess.PIPE, folder)
        try:
            out, err = await process._process.communicate()
        finally:
            await process.kill()
        return process.code or 0, out.decode(errors="replace"), err.decode(errors="replace")

    @classmethod
    async def _spawn(
        cls, argv: list[str], more: Mapping[str, str], out: int | IO[bytes], err: int | IO[bytes], cwd: Path | None = None
    ) -> "Process":
        mark = f"{_RUN}{next(_numbers)}."
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, **more, reaper.VARIABLE: mark},
                cwd=cwd,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotStart(f"{argv[0]} cannot be started: {error.strerror}") from None
        return cls(process, mark)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """None while it runs; below 0 when a signal killed it."""
        return self._process.returncode

    async def wait(self) -> int:
        return await self._process.wait()

    async def stop(self) -> bool:
        """SIGTERM for it and its children, then SIGKILL for what is left. False when that was left itself."""
        clean = True
        if self.code is None:
            try:
                os.killpg(self.pid, signal.SIGTERM)
                await asyncio.wait_for(self.wait(), STOP_S)
            except ProcessLookupError:
                pass  # it has just ended
            except TimeoutError:
                clean = False
        await self.kill()
        return clean

    async def kill(self) -> None:
        if self.code is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)  # whatever it has done to its environment
            except ProcessLookupError:
                pass
        reaper.kill_marked(self._mark)
        await self.wait()
