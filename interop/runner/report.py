"""What is printed when a run has ended, and the exit code that it comes to."""

import json
import re
from pathlib import Path

from runner import table
from runner.cell import Cell
from runner.defects import defect_of
from runner.golden import Recording
from runner.output import say
from runner.stage import Outcome
from runner.transport import Pair
from runner.traps import Trap


def foretold(outcome: Outcome) -> str | None:
    """Why the test has failed as it had to, or has passed though it had to fail."""
    defect = defect_of(outcome.test)
    as_foretold = defect is not None and (outcome.passed or re.search(defect.fails, outcome.reason) is not None)
    return defect.reason if defect is not None and outcome.played and as_foretold else None


def complaint(outcome: Outcome) -> str:
    """What is wrong with a test that has failed, empty when that was foretold."""
    if outcome.passed or foretold(outcome):
        return ""
    defect = defect_of(outcome.test)
    otherwise = f"fails, but not with /{defect.fails}/: " if defect is not None and outcome.played else ""
    return otherwise + outcome.reason


def report(outcomes: list[Outcome], names: list[str], not_run: int, seconds: float, broken: int = 0) -> int:
    """`broken`: peers that could not be made ready."""
    known = {o.test.name: reason for o in outcomes if (reason := foretold(o))}
    cells = [o for o in outcomes if isinstance(o.test, Cell)]
    pairs = [o for o in outcomes if isinstance(o.test, Pair)]
    traps = [o for o in outcomes if isinstance(o.test, Trap)]
    recorded = [f"recorded {o.test.capture}" for o in outcomes if isinstance(o.test, Recording) and o.passed]
    cube, square = table.cube(cells, names, set(known)), table.pairs(pairs, names, set(known))
    for text in (cube, square, table.traps(traps), *recorded):
        if text:
            say(text)
    for reason in dict.fromkeys(known.values()):
        say(f"(x) {reason}: {', '.join(name for name, why in known.items() if why == reason)}")
    healed = [o.test.name for o in outcomes if o.passed and o.test.name in known]
    for name in healed:
        say(f"FAIL {name}: passes, though it is listed as impossible; mend interop/runner/defects.py")
    failed = sum(not o.passed and o.test.name not in known for o in outcomes) + len(healed)
    impossible = len(known) - len(healed)
    passed = len(outcomes) - failed - impossible
    failed += broken
    missed = f", {not_run} not run" if not_run else ""
    say(f"interop: {passed} passed, {failed} failed, {impossible} impossible{missed}, in {seconds:.0f} s")
    return 1 if failed or not_run else 0


def write_json(outcomes: list[Outcome], path: Path) -> None:
    rows = [
        {"name": o.test.name, **vars(o.test), "passed": o.passed, "seconds": round(o.seconds, 1), "reason": o.reason}
        for o in outcomes
    ]
    path.write_text(json.dumps(rows, indent=1, default=vars) + "\n")
