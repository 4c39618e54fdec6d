"""What cannot be done is said in one line, with exit code 2; two runners in one tree do not disturb each other."""

import argparse
import json
import signal

from runner.cell import Cell
from runner.selection import selected
from runner.tests.harness import CELL, CELL_NAME, RunnerCase


class Usage(RunnerCase):
    def test_what_cannot_be_done(self) -> None:
        file = self.folder / "file"
        file.write_text("")
        cases = (
            (("--trap", "99"), "unknown trap '99'; there are 1 to 13"),
            (("--trap", "four"), "unknown trap 'four'"),
            (("--jobs", "0"), "'0' is not a number from 1 up"),
            (("--jobs", "-1"), "'-1' is not a number from 1 up"),
            (("--limit", "0"), "'0' is not a number of seconds above 0"),
            (("--limit", "soon"), "'soon' is not a number of seconds above 0"),
            (("--peers", "pond,perl"), "unknown peer 'perl'"),
            (("--require", "perl"), "unknown peer 'perl'"),
            (("--cell", "pond,pond"), "--cell takes three peers"),
            (("--pair", "pond"), "--pair takes two peers"),
            (("--record", "--cell", "pond,pond,pond"), "--record tests nothing"),
            (("--record", "--suite", "kad"), "--record tests nothing"),
            (("--suite", "transport", "--cell", "pond,pond,pond"), "no test is all that was asked for"),
            (("--peers", "js2", "--profile", "unified"), "no test is all that was asked for"),
            (("--cell", "pond,pond,pond", "--with", "go"), "no test is all that was asked for"),
            (("--json", f"{self.folder}/missing/outcomes.json"), "No such file or directory"),
            (("--json", str(self.folder)), "Is a directory"),
            (("--logs", f"{file}/logs"), "Not a directory"),
            (("--logs", "/proc/logs"), "cannot write /proc/logs: "),
        )
        for arguments, reason in cases:
            with self.subTest(arguments=arguments):
                code, text = self.run_to_end(*arguments)
                self.assertEqual(code, 2, text)
                self.assertRegex(text, r"^interop: .+\n$")
                self.assertIn(reason, text)
                self.assertEqual(text.count("\n"), 1, text)

    def test_a_required_peer_that_is_not_there(self) -> None:
        self.program("go", "#!/bin/sh\necho go version go1.19.8\n")
        code, text = self.run_to_end("--profile", "openpond", "--peers", "pond,go", "--require", "all")
        self.assertEqual(code, 1)
        self.assertRegex(text, r"^not tested: go\. .+\ninterop: go is required\n$")

    def test_a_cell_is_played_in_the_profiles_that_have_it(self) -> None:
        for cell, profiles in (
            (("pond", "pond", "pond"), ["openpond", "ipfs", "unified"]),
            (("py", "pond", "pond"), ["openpond", "unified"]),  # py is no bootstrap node in ipfs
            (("pond", "js3", "go"), ["openpond"]),
        ):
            with self.subTest(cell=cell):
                self.assertEqual(self.profiles_of(cell), profiles)
                self.assertEqual(self.profiles_of(cell, profile=["ipfs"]), ["ipfs"])

    def profiles_of(self, cell: tuple[str, ...], profile: list[str] | None = None) -> list[str]:
        unsaid = dict.fromkeys(("suite", "peers", "with_peer", "pair", "record", "trap"))
        args = argparse.Namespace(cell=list(cell), profile=profile, **unsaid)
        return [test.profile for test in selected(args) if isinstance(test, Cell)]

    def test_outcomes_as_json(self) -> None:
        file = self.folder / "outcomes.json"
        code, text = self.run_to_end(*CELL, "--json", str(file), fake="provider=exits")
        self.assertEqual(code, 1, text)
        row = json.loads(file.read_text())[0]
        self.assertEqual((row["name"], row["passed"], row["bootstrap"]), (CELL_NAME, False, "pond"))
        self.assertEqual(row["reason"], "provider (pond) exited with 1: nobody answers")

    def test_outcomes_that_cannot_be_written_when_they_are_there(self) -> None:
        code, text = self.run_to_end(*CELL, "--json", "/dev/full")
        self.assertEqual(code, 1, text)
        self.assertTrue(text.endswith("interop: cannot write /dev/full: No space left on device\n"), text)

    def test_a_folder_in_the_way_of_logs_is_cleared(self) -> None:
        (self.logs / CELL_NAME / "core").mkdir(parents=True)
        code, text = self.run_to_end(*CELL)
        self.assertEqual(code, 0, text)

    def test_logs_that_cannot_be_written_when_it_comes_to_them(self) -> None:
        self.logs.mkdir()
        (self.logs / CELL_NAME).write_text("a file where a folder has to be")
        code, text = self.run_to_end(*CELL)
        self.assertEqual(code, 1, text)
        self.assertRegex(text, rf"(?m)^FAIL {CELL_NAME}: .*File exists: '{self.logs}/{CELL_NAME}'$")

    def test_two_at_once_have_logs_of_their_own(self) -> None:
        first = self.start(*CELL, fake="querier=hangs")
        self.wait_for(lambda: "better times" in self.log("querier"), "the first is running")
        second = self.start(*CELL, fake="provider=exits")
        code, text = second.end()
        self.assertEqual(code, 1, text)
        other = f"{self.logs}-2"
        self.assertIn(f"interop: another run writes to {self.logs}; the logs of this one: {other}\n", text)
        self.assertIn(f"logs: {other}/{CELL_NAME}\n", text)
        self.assertIn("better times", self.log("querier"), "the first run's logs are still its own")
        first.signal(signal.SIGINT)
        self.assertEqual(first.end()[0], 128 + signal.SIGINT)
        self.assertEqual(self.survivors(), [])
        code, text = self.run_to_end(*CELL)
        self.assertEqual(code, 0, text)
        self.assertNotIn("another run", text)
