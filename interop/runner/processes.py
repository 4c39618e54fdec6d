"""Child processes that never outlive the runner, whatever ends it."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

STOP_S = 6.0  # every peer promises to exit within 5 s of SIGTERM


class Process:
    """A process in a session of its own, so that a stop reaches its children too.

    `setpriv --pdeathsig` has the kernel kill it should the runner die without a word.
    """

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._name = name

    @classmethod
    async def start(cls, argv: list[str], environment: dict[str, str], stdout: Path, stderr: Path) -> "Process":
        setpriv = shutil.which("setpriv")
        bound = [setpriv, "--pdeathsig", "KILL", "--", *argv] if setpriv else argv
        with stdout.open("ab") as out, stderr.open("ab") as err:
            process = await asyncio.create_subprocess_exec(
                *bound,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        return cls(process, Path(argv[0]).name)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    @property
    def code(self) -> int | None:
        return self._process.returncode

    async def wait(self) -> int:
        return await self._process.wait()

    async def stop(self) -> bool:
        """SIGTERM, then SIGKILL for the whole session. False when it had to be killed."""
        clean = True
        if self.running:
            self._signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_S)
            except TimeoutError:
                clean = False
        self._signal(signal.SIGKILL)
        await self._process.wait()
        return clean

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass
