"""The outcome as text: for each bootstrap node a table, publishers down, readers across."""

from collections.abc import Iterable

from runner.cell import Cell
from runner.stage import Outcome
from runner.transport import Pair
from runner.traps import Trap

OK, FAILED, DEFECT, ABSENT = "ok", "FAIL", "(x)", "-"


def mark(outcome: Outcome[Cell] | Outcome[Pair] | None, known: bool) -> str:
    if outcome is None:
        return ABSENT
    if outcome.passed:
        return OK
    return DEFECT if known else FAILED


def cube(outcomes: Iterable[Outcome[Cell]], names: list[str], known: set[str]) -> str:
    by_cell = {(o.test.profile, o.test.bootstrap, o.test.provider, o.test.querier): o for o in outcomes}
    profiles = list(dict.fromkeys(profile for profile, *_ in by_cell))
    width = max(map(len, [*names, FAILED])) + 2
    lines: list[str] = []
    for profile in profiles:
        used = [name for name in names if any(key[0] == profile and name in key[1:] for key in by_cell)]
        lines.append(f"profile {profile}: publisher down, reader across")
        for bootstrap in used:
            lines.append(f"  bootstrap {bootstrap}".ljust(24) + "".join(reader.rjust(width) for reader in used))
            for publisher in used:
                cells = [by_cell.get((profile, bootstrap, publisher, reader)) for reader in used]
                marks = [mark(cell, cell is not None and cell.test.name in known) for cell in cells]
                lines.append("".ljust(12) + publisher.ljust(12) + "".join(one.rjust(width) for one in marks))
    return "\n".join(lines)


def pairs(outcomes: Iterable[Outcome[Pair]], names: list[str], known: set[str]) -> str:
    by_pair = {(o.test.transport, o.test.security, o.test.listener, o.test.dialer): o for o in outcomes}
    width = max(map(len, [*names, FAILED])) + 2
    lines: list[str] = []
    for over in dict.fromkeys(key[:2] for key in by_pair):
        lines.append(f"  {over[0]} + {over[1]} + yamux".ljust(24) + "".join(dialer.rjust(width) for dialer in names))
        for listener in names:
            row = [by_pair.get((*over, listener, dialer)) for dialer in names]
            marks = [mark(pair, pair is not None and pair.test.name in known) for pair in row]
            lines.append("".ljust(12) + listener.ljust(12) + "".join(one.rjust(width) for one in marks))
    return "\n".join(["transport: listener down, dialer across", *lines]) if lines else ""


def traps(outcomes: Iterable[Outcome[Trap]]) -> str:
    return "\n".join(f"  {o.test.title}: {OK if o.passed else FAILED}" for o in outcomes)
