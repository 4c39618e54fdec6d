"""Runs the runner as a process, with fake peers, and sees what it leaves behind."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).parent
RUN = TESTS.parents[1] / "run"
PATIENCE_S = 60.0  # for what takes no second where nothing is broken
MARK = "RUNNER_TEST"
CELL = ("--profile", "openpond", "--cell", "pond,pond,pond")
CELL_NAME = "pond_x_pond_x_pond.openpond"


class RunnerCase(unittest.TestCase):
    def setUp(self) -> None:
        self._temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self._temporary.cleanup)
        self.folder = Path(self._temporary.name)
        self.logs = self.folder / "logs"
        self.programs = self.folder / "programs"  # first in PATH
        self.programs.mkdir()
        self.pond = self.folder / "pond-kad-interop"
        self.pond.symlink_to(TESTS / "fake_peer.py")
        self.mark = uuid.uuid4().hex
        self.path = f"{self.programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.addCleanup(self._kill_survivors)

    def program(self, name: str, text: str) -> None:
        """A program that the runner finds before any other of that name."""
        file = self.programs / name
        file.write_text(text)
        file.chmod(0o755)

    def start(self, *arguments: str, fake: str = "", stdout: int | None = None) -> "Runner":
        environment = {**os.environ, MARK: self.mark, "FAKE": fake, "PATH": self.path}
        return Runner(self.folder / uuid.uuid4().hex, [*self.defaults(), *arguments], environment, stdout)

    def defaults(self) -> list[str]:
        return ["--pond", str(self.pond), "--logs", str(self.logs)]

    def run_to_end(self, *arguments: str, fake: str = "") -> tuple[int, str]:
        """Exit code and everything printed. Nothing may be left of such a run, at once."""
        runner = self.start(*arguments, fake=fake)
        code, text = runner.end()
        self.assertEqual(self.survivors(), [], text)
        self.assertNotIn("Traceback", text)
        return code, text

    def survivors(self) -> list[str]:
        """The command lines of whatever this test's runners have left."""
        return [_command_line(pid) for pid in self.processes()]

    def processes(self, command: str = "", **environment: str) -> list[int]:
        """Of this test, those with that in their command line and environment."""
        wanted = {f"{name}={value}".encode() for name, value in ({MARK: self.mark} | environment).items()}
        return [pid for pid in _all_processes() if wanted <= _environment(pid) and command in _command_line(pid)]

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"{what} within {PATIENCE_S:.0f} s")
            time.sleep(0.01)

    def wait_for_processes(self, count: int, command: str = "", **environment: str) -> list[int]:
        self.wait_for(lambda: len(self.processes(command, **environment)) >= count, f"{count} × {command} {environment}")
        return self.processes(command, **environment)

    def log(self, role: str, cell: str = CELL_NAME) -> str:
        file = self.logs / cell / f"{role}.err"
        return file.read_text() if file.exists() else ""

    def assert_failed(self, text: str, name: str, reason: str, roles: tuple[str, ...] = ("bootstrap",)) -> None:
        """The combination is named with the reason (a pattern), and its logs are where the line behind says."""
        self.assertRegex(text, rf"(?m)^FAIL {re.escape(name)}: {reason}$")
        self.assert_logs_kept(text, name, roles)

    def assert_logs_kept(self, text: str, name: str, roles: tuple[str, ...]) -> None:
        found = re.search(rf"(?m)^(?:FAIL|stopped) {re.escape(name)}.*\n     logs: (.+)$", text)
        assert found, text
        for role in roles:
            self.assertTrue((Path(found[1]) / f"{role}.err").is_file(), f"{role}.err in {found[1]}")

    def _kill_survivors(self) -> None:
        while pids := self.processes():
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass


class Runner:
    """One runner in a session of its own, as in a terminal of its own."""

    def __init__(self, output: Path, arguments: list[str], environment: dict[str, str], stdout: int | None) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [str(RUN), *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file if stdout is None else stdout,
                stderr=file,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self._output.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """As a terminal does it: to the whole foreground process group."""
        os.killpg(self.process.pid, number)

    def end(self) -> tuple[int, str]:
        try:
            return self.process.wait(PATIENCE_S), self.text
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the runner goes on:\n{self.text}") from None


def _all_processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _environment(pid: int) -> set[bytes]:
    return set(_read(pid, "environ").split(b"\0"))


def _command_line(pid: int) -> str:
    return _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()


def _read(pid: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:
        return b""  # it has just ended
