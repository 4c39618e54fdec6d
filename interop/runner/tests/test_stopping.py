"""Signals to the runner, at any time: nothing stays, and what was running is named."""

import signal
import subprocess
import time

from runner.processes import STOP_S
from runner.tests.harness import CELL, CELL_NAME, Runner, RunnerCase

HANGING = "bootstrap=forks provider=forks querier=hangs"
PLAYING = 9  # processes of such a cell: three, and two times three children
GO = """#!/bin/sh
case $1 in
version) echo go version go1.26.0 linux/amd64 ;;
build) sleep 1000 & sleep 1000 ;;
esac
"""


class Stopping(RunnerCase):
    def assert_ended_by(self, number: signal.Signals, runner: Runner) -> str:
        code, text = runner.end()
        self.assertNotIn("Traceback", text)
        if number == signal.SIGKILL:  # it can wait for nothing, and say nothing
            self.assertEqual(code, -number)
            self.wait_for(lambda: not self.survivors(), f"everything is gone: {self.survivors()}")
        else:
            self.assertEqual(self.survivors(), [])
            self.assertEqual(code, 128 + number, text)
            self.assertTrue(text.endswith(f"interop: stopped by {number.name}; every process has been ended\n"), text)
        return text

    def test_while_peers_run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                runner = self.start(*CELL, fake=HANGING)
                self.wait_for_processes(PLAYING, PROFILE="openpond")
                runner.signal(number)
                text = self.assert_ended_by(number, runner)
                self.assert_logs_kept(text, CELL_NAME, ("bootstrap", "provider", "querier"))

    def test_at_every_step_of_a_start(self) -> None:
        peers = [("", {"PROFILE": "openpond"}, count) for count in (1, 2, 3, PLAYING)]
        steps = [("reaper.py", {}, 1), ("redis-server", {}, 1), *peers]
        for number in (signal.SIGINT, signal.SIGKILL):
            for command, environment, count in steps:
                with self.subTest(signal=number.name, command=command, count=count):
                    runner = self.start(*CELL, fake=HANGING)
                    self.wait_for_processes(count, command, **environment)
                    runner.signal(number)
                    self.assert_ended_by(number, runner)

    def test_while_a_peer_is_built(self) -> None:
        self.program("go", GO)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(signal=number.name):
                runner = self.start("--profile", "openpond", "--cell", "go,go,go")
                self.wait_for_processes(2, "sleep 1000")
                runner.signal(number)
                self.assert_ended_by(number, runner)

    def test_twice_does_not_wait_for_a_peer_that_takes_its_time(self) -> None:
        runner = self.start(*CELL, fake="bootstrap=ignores-sigterm provider=hangs")
        self.wait_for(lambda: "deaf" in self.log("bootstrap"), "the bootstrap node ignores SIGTERM")
        self.wait_for_processes(1, ROLE="querier")
        begun = time.monotonic()
        runner.signal(signal.SIGINT)
        self.wait_for(lambda: not self.processes(ROLE="provider"), "the provider has been ended")
        bootstrap = self.processes(ROLE="bootstrap")
        runner.signal(signal.SIGINT)
        self.assert_ended_by(signal.SIGINT, runner)
        self.assertEqual(len(bootstrap), 1, "the second signal came too late to show anything")
        self.assertLess(time.monotonic() - begun, STOP_S)

    def test_when_nobody_reads_what_it_says(self) -> None:
        runner = self.start("--peers", "pond", "--jobs", "3", fake="provider=exits", stdout=subprocess.PIPE)
        assert runner.process.stdout
        runner.process.stdout.close()
        code, text = runner.end()
        self.assertEqual((code, text), (128 + signal.SIGHUP, ""))
        self.assertEqual(self.survivors(), [])
