"""What a run comes to, by the outcomes of its tests."""

import contextlib
import io
import unittest
from pathlib import Path

from runner.cell import Cell
from runner.defects import DEFECTS
from runner.report import complaint, report
from runner.stage import Outcome

IMPOSSIBLE = Cell("openpond", "rust", "js2", "pond")
AS_FORETOLD = "provider (js2) exited with 1: the bootstrap node did not enter the routing table"


def outcome(reason: str, played: bool = True, cell: Cell = IMPOSSIBLE) -> Outcome[Cell]:
    return Outcome(cell, reason, 1.0, Path("/nowhere"), played)


def reported(*outcomes: Outcome[Cell]) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = report(list(outcomes), ["pond", "rust", "js2"], 0, 2.0)
    return code, out.getvalue()


class Impossible(unittest.TestCase):
    def test_a_cell_that_fails_as_foretold(self) -> None:
        code, text = reported(outcome(AS_FORETOLD))
        self.assertEqual(code, 0, text)
        self.assertIn("0 passed, 0 failed, 1 impossible", text)
        self.assertEqual(complaint(outcome(AS_FORETOLD)), "")

    def test_a_cell_that_fails_otherwise(self) -> None:
        for reason in (
            "querier (pond) exited with 1: get_value: nobody has the value",
            "querier (pond) was killed by SIGSEGV: routing table",
            "no outcome within 120 s; waiting for: bootstrap: no word",
        ):
            with self.subTest(reason=reason):
                code, text = reported(outcome(reason))
                self.assertEqual(code, 1, text)
                self.assertIn("0 passed, 1 failed, 0 impossible", text)
                self.assertRegex(complaint(outcome(reason)), r"^fails, but not with /.+/: ")

    def test_a_cell_that_passes(self) -> None:
        code, text = reported(outcome(""))
        self.assertEqual(code, 1, text)
        self.assertIn("passes, though it is listed as impossible", text)

    def test_a_cell_that_could_not_be_played(self) -> None:
        lost = outcome("redis-server is gone", played=False)
        self.assertEqual(complaint(lost), "redis-server is gone")
        self.assertEqual(reported(lost)[0], 1)

    def test_each_names_who_fails_and_how(self) -> None:
        for defect in DEFECTS:
            self.assertRegex(defect.fails, r"^\^(bootstrap|provider|querier) ")


if __name__ == "__main__":
    unittest.main()
