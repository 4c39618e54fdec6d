"""Peers that misbehave: the runner names the combination, keeps its logs, and leaves nothing running."""

import os
import signal

from runner.tests.harness import CELL, CELL_NAME, RunnerCase

ROLES = ("bootstrap", "provider", "querier")


class Peers(RunnerCase):
    def test_peers_that_keep_the_contract_pass(self) -> None:
        code, text = self.run_to_end("--peers", "pond")
        self.assertEqual(code, 0, text)
        self.assertRegex(text, r"interop: 7 passed, 0 failed, 0 impossible, in \d+ s$")

    def test_one_that_exits_with_an_error(self) -> None:
        for role in ROLES:
            with self.subTest(role=role):
                code, text = self.run_to_end(*CELL, fake=f"{role}=exits")
                self.assertEqual(code, 1, text)
                self.assert_failed(text, CELL_NAME, rf"{role} \(pond\) exited with 1: nobody answers", ROLES)

    def test_a_listener_that_exits_with_an_error(self) -> None:
        code, text = self.run_to_end("--pair", "pond,pond", fake="listener=exits")
        self.assertEqual(code, 1, text)
        reason = r"listener \(pond\) exited with 1: nobody answers"
        self.assert_failed(text, "pond_x_pond.ws.tls", reason, ("listener", "dialer"))
        self.assertIn("0 passed, 4 failed", text)

    def test_one_that_exits_without_the_outcome(self) -> None:
        _, text = self.run_to_end(*CELL, fake="querier=says-nothing")
        self.assert_failed(text, CELL_NAME, r"querier \(pond\) exited with 0, but printed no status: pass: no word")
        _, text = self.run_to_end("--pair", "pond,pond", fake="dialer=says-nothing")
        reason = r"dialer \(pond\) exited with 0, but printed no ping_rtt: no word"
        self.assert_failed(text, "pond_x_pond.tcp.tls", reason, ("dialer",))

    def test_one_that_a_signal_kills(self) -> None:
        for number in (signal.SIGKILL, signal.SIGSEGV):
            with self.subTest(signal=number.name):
                runner = self.start(*CELL, fake="querier=hangs")
                self.wait_for_processes(1, ROLE="querier")
                os.kill(self.processes(ROLE="provider")[0], number)
                code, text = runner.end()
                self.assertEqual(code, 1, text)
                self.assert_failed(text, CELL_NAME, rf"provider \(pond\) was killed by {number.name}: no word", ROLES)
                self.assertEqual(self.survivors(), [])

    def test_one_that_hangs(self) -> None:
        code, text = self.run_to_end(*CELL, "--limit", "2.5", fake="querier=hangs")
        self.assertEqual(code, 1, text)
        waiting = r"bootstrap: no word; provider: no word; querier: (waiting for better times|no word)"
        self.assert_failed(text, CELL_NAME, rf"no outcome within 2\.5 s; waiting for: {waiting}", ROLES)

    def test_one_that_ignores_sigterm(self) -> None:
        code, text = self.run_to_end(*CELL, fake="provider=ignores-sigterm")
        self.assertEqual(code, 1, text)
        self.assert_failed(text, CELL_NAME, "provider did not exit within 5 s of SIGTERM", ROLES)

    def test_the_children_of_one_are_ended(self) -> None:
        for roles in (("bootstrap", "provider"), ("querier",)):
            with self.subTest(roles=roles):
                code, text = self.run_to_end(*CELL, fake=" ".join(f"{role}=forks" for role in roles))
                self.assertEqual(code, 0, text)

    def test_the_children_of_one_are_ended_with_its_cell(self) -> None:
        runner = self.start("--peers", "pond", "--jobs", "1", fake="bootstrap=forks querier=forks dialer=hangs")
        self.wait_for_processes(1, IS_DIALER="true")
        self.assertEqual(self.processes(PROFILE="unified"), [], "the last of the cells is over")
        runner.signal(signal.SIGINT)
        self.assertEqual(runner.end()[0], 128 + signal.SIGINT)

    def test_one_whose_port_is_taken(self) -> None:
        code, text = self.run_to_end("--pair", "pond,pond", fake="listener=wants-a-taken-port")
        self.assertEqual(code, 1, text)
        reason = r"listener \(pond\) exited with 1: Address already in use.*"
        self.assert_failed(text, "pond_x_pond.tcp.noise", reason, ("listener",))

    def test_a_program_that_is_not_there(self) -> None:
        self.pond.unlink()
        code, text = self.run_to_end(*CELL)
        self.assertEqual(code, 1, text)
        missing = rf"FAIL pond cannot be made ready: {self.pond} is not built: scripts/build \S+ .+"
        self.assertRegex(text, rf"^{missing}\ninterop: nothing to run\n$")

    def test_a_program_that_is_not_executable(self) -> None:
        self.pond.unlink()
        self.pond.write_text("")
        code, text = self.run_to_end(*CELL)
        self.assertEqual(code, 1, text)
        self.assertEqual(text, f"FAIL pond cannot be made ready: {self.pond} is not executable\ninterop: nothing to run\n")

    def test_one_that_does_not_build_fails_the_run(self) -> None:
        self.program("go", "#!/bin/sh\n[ $1 = version ] && echo go version go1.26.8 linux/amd64 && exit\necho no way >&2\nexit 1\n")
        code, text = self.run_to_end("--profile", "openpond", "--peers", "pond,go")
        self.assertEqual(code, 1, text)
        self.assertRegex(text, r"(?m)^FAIL go cannot be made ready: `go build .+` failed:\nno way$")
        self.assertRegex(text, r"interop: 1 passed, 1 failed, 0 impossible, in \d+ s\n$")

    def test_one_whose_toolchain_is_too_old_is_passed_over(self) -> None:
        for tool, peer, old, wanted in (("go", "go", "1.19", "1.26"), ("cargo", "rust", "1.63", "1.88")):
            with self.subTest(tool=tool):
                self.program(tool, f"#!/bin/sh\necho {tool} {old}.8\n")
                code, text = self.run_to_end("--profile", "openpond", "--peers", f"pond,{peer}")
                self.assertEqual(code, 0, text)
                said = rf"not tested: {peer}\. {tool} {old} is too old; {wanted} or newer is needed\. Debian 12's .+ {old}: .+"
                self.assertRegex(text, rf"(?m)^{said}$")
                self.assertRegex(text, r"interop: 1 passed, 0 failed, 0 impossible, in \d+ s\n$")

    def test_a_program_that_is_none(self) -> None:
        self.pond.unlink()
        self.pond.write_text("")
        self.pond.chmod(0o755)
        code, text = self.run_to_end(*CELL)
        self.assertEqual(code, 1, text)
        self.assert_failed(text, CELL_NAME, rf"bootstrap \(pond\): {self.pond} cannot be started: Exec format error", ())
