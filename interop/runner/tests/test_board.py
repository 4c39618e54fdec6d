"""A redis-server that is missing, dies, falls silent, or finds its port taken."""

import os
import re
import shutil
import signal
import sys

from runner.tests.harness import CELL, CELL_NAME, RunnerCase

CELLS = ("pond_x_pond_x_pond.openpond", "pond_x_pond_x_pond.ipfs", "pond_x_pond_x_pond.unified")
HANGING = "bootstrap=hangs provider=hangs querier=hangs"  # so that none of them notices

# The first time, somebody else comes first to the port.
OVERTAKEN = """#!/usr/bin/env bash
if [ ! -e {seen} ]; then
  echo "$4" >{seen}
  {other} >/dev/null &
  until (exec 3<>"/dev/tcp/127.0.0.1/$4") 2>/dev/null; do :; done
fi
exec {redis} "$@"
"""


class AwayBoard(RunnerCase):
    def test_one_that_is_killed(self) -> None:
        self._loses(signal.SIGKILL, "was killed by SIGKILL")

    def test_one_that_ends(self) -> None:
        self._loses(signal.SIGTERM, "exited with 0")

    def test_one_that_falls_silent(self) -> None:
        self._loses(signal.SIGSTOP, r"has not answered for \d+ s")

    def _loses(self, number: signal.Signals, how: str) -> None:
        """Three cells are running, four pairs are yet to come. No limit may be waited for."""
        runner = self.start("--peers", "pond", "--jobs", "3", fake=HANGING)
        self.wait_for_processes(3, ROLE="querier")
        os.kill(self.processes("redis-server")[0], number)
        code, text = runner.end()
        self.assertEqual(code, 1, text)
        for name in CELLS:
            self.assert_failed(text, name, f"redis-server {how}", ("bootstrap", "provider", "querier"))
        self.assertRegex(text, f"(?m)^interop: redis-server {how}; its log: {self.logs}/redis.log$")
        self.assertRegex(text, r"interop: 0 passed, 3 failed, 0 impossible, 4 not run, in \d+ s\n$")
        self.assertEqual(self.survivors(), [])

    def test_one_whose_silence_the_peers_notice_first(self) -> None:
        """They exit with errors of their own, which must not be taken for the reason."""
        runner = self.start(*CELL, fake="bootstrap=hangs querier=hangs")
        provider = self.wait_for_processes(1, ROLE="provider")[0]
        self.wait_for_processes(1, ROLE="querier")
        os.kill(self.processes("redis-server")[0], signal.SIGSTOP)
        self.wait_for(lambda: provider not in self.processes(), "the provider gives up")
        self.assertEqual(runner.text, "")
        code, text = runner.end()
        self.assertEqual(code, 1, text)
        self.assert_failed(text, CELL_NAME, r"redis-server (has not answered for \d+ s|does not answer)")
        self.assertEqual(self.survivors(), [])


class NoBoard(RunnerCase):
    def test_one_that_is_missing(self) -> None:
        for name in ("bash", "dirname", "env"):
            (self.programs / name).symlink_to(str(shutil.which(name)))
        (self.programs / "python3").symlink_to(sys.executable)
        self.path = str(self.programs)
        code, text = self.run_to_end(*CELL)
        self.assertEqual((code, text), (1, "interop: redis-server is missing: apt-get install redis-server\n"))

    def test_one_that_does_not_start(self) -> None:
        self.program("redis-server", "#!/bin/sh\necho no memory\nexit 1\n")
        code, text = self.run_to_end(*CELL)
        log = self.logs / "redis.log"
        self.assertEqual((code, text), (1, f"interop: redis-server does not start: no memory; its log: {log}\n"))

    def test_one_whose_log_cannot_be_written(self) -> None:
        (self.logs / "redis.log").mkdir(parents=True)
        code, text = self.run_to_end(*CELL)
        self.assertEqual((code, text), (1, f"interop: [Errno 21] Is a directory: '{self.logs}/redis.log'\n"))

    def test_one_that_is_no_program(self) -> None:
        self.program("redis-server", "")
        code, text = self.run_to_end(*CELL)
        self.assertEqual(code, 1)
        self.assertEqual(text, f"interop: {self.programs}/redis-server cannot be started: Exec format error\n")

    def test_one_whose_port_is_taken_takes_another(self) -> None:
        redis = shutil.which("redis-server")
        others = {
            "another redis-server": f"{redis} --bind 127.0.0.1 --port $4 --save '' --set-proc-title no",
            "one that never answers": f"{sys.executable} -c 'import socket, signal; s = socket.create_server"
            """(("127.0.0.1", '$4')); signal.pause()'""",
        }
        for what, other in others.items():
            with self.subTest(other=what):
                seen = self.folder / what
                self.program("redis-server", OVERTAKEN.format(seen=f"'{seen}'", redis=redis, other=other))
                code, text = self.run_to_end(*CELL)
                self.assertEqual(code, 0, text)
                ports = re.findall(r"port=(\d+)\.\n", (self.logs / "redis.log").read_text())
                self.assertNotEqual(seen.read_text().strip(), ports[-1])
