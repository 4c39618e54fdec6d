"""Runs the peers' own tests: those of interop/go, interop/rust and interop/py, each with its own tool.

A peer whose toolchain is missing is named and passed over; with INTEROP_REQUIRE=all, or its name in it, that is a failure. What
cannot be run otherwise, or runs no test, counts as one failed test.
"""

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from runner.output import say
from runner.peers import ROOT, RUST_TARGET, Broken, Missing, need_cargo, need_go
from runner.processes import CannotStart, Process, reaped

INTEROP = ROOT / "interop"
TAIL_LINES = 60


async def _nothing() -> None:
    """py-libp2p: interop/py/run installs what is missing."""


@dataclass(frozen=True)
class Suite:
    peer: str
    argv: tuple[str, ...]
    passed: str  # for each test that passed, or with a group that is their number
    failed: str
    need: Callable[[], Awaitable[None]] = _nothing


SUITES = (
    Suite("go", ("go", "test", "-mod=readonly", "-v", "./..."), r"^--- PASS", r"^--- FAIL", need_go),
    Suite(
        "rust",
        ("cargo", "test", "--release", "--locked", "--target-dir", str(RUST_TARGET)),
        r"^test result: .* (\d+) passed;",
        r"^test result: .* (\d+) failed;",
        need_cargo,
    ),
    Suite(
        "py", (str(INTEROP / "py" / "run"), "-m", "unittest", "discover", "-s", "tests", "-t", ".", "-v"),
        r"\.\.\. ok$", r"\.\.\. (?:FAIL|ERROR)$"
    ),
)


def count(pattern: str, text: str) -> int:
    found = re.findall(pattern, text, re.MULTILINE)
    return sum(int(number) if number.isdecimal() else 1 for number in found)


async def run(suite: Suite, required: list[str]) -> tuple[int, int]:
    """How many passed and failed, after a line about them."""
    folder = f"interop/{suite.peer}"
    try:
        await suite.need()
        code, out, err = await Process.output(list(suite.argv), INTEROP / suite.peer)
    except Missing as missing:
        say(f"not tested: {folder}. {missing}")
        return 0, int(suite.peer in required or "all" in required)
    except (Broken, CannotStart) as error:
        say(f"FAIL {folder}: {error}")
        return 0, 1
    text = out + err
    passed, failed = count(suite.passed, text), count(suite.failed, text)
    if failed == 0 and (code != 0 or passed == 0):
        failed = 1  # it did not build, or there was nothing to run
    if failed:
        say("\n".join(text.splitlines()[-TAIL_LINES:]))
    say(f"{passed} passed, {failed} failed ({folder})")
    return passed, failed


async def main() -> int:
    required = os.environ.get("INTEROP_REQUIRE", "").split(",")
    outcomes = [await run(suite, required) for suite in SUITES]
    passed, failed = (sum(numbers) for numbers in zip(*outcomes))
    say(f"own tests: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    with reaped():
        sys.exit(asyncio.run(main()))
