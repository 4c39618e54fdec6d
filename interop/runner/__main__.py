"""Runs the interop peers against each other and prints what came of it: see interop/README.md, "The runner"."""

import argparse
import asyncio
import itertools
import json
import signal
import sys
import time
from pathlib import Path

from runner import peers as peer_list
from runner import table
from runner.board import Board, BoardError
from runner.cell import Cell, Outcome, run_cell
from runner.defects import reason_for
from runner.golden import PARTS, Recording, run_recording
from runner.golden import PEERS as GOLDEN_PEERS
from runner.peers import BUILD, ROOT, Missing, Peer
from runner.trap_list import TRAPS
from runner.traps import Trap, run_trap
from runner.transport import SECURITIES, TRANSPORTS, Pair, run_pair

PROFILES = {
    "openpond": ("pond", "go", "rust", "js2", "js3"),
    "ipfs": ("pond", "go", "rust"),
    "unified": ("pond", "py"),
}
TRANSPORT_PEERS = ("pond", "go", "rust", "js2", "js3", "py")
POND = ROOT / "build" / "release" / "interop" / "pond" / "pond-kad-interop"
SUITES = ("kad", "transport", "traps")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="interop/run", description=__doc__)
    parser.add_argument("--suite", choices=SUITES, action="append", help="this suite alone; may be repeated")
    parser.add_argument("--profile", choices=PROFILES, action="append", help="kad: this profile alone; may be repeated")
    parser.add_argument("--peers", help="these peers alone, with commas between them")
    parser.add_argument("--with", dest="with_peer", help="only what this peer is part of")
    parser.add_argument("--cell", help="one cell: BOOTSTRAP,PUBLISHER,READER")
    parser.add_argument("--pair", help="one pair: LISTENER,DIALER")
    parser.add_argument(
        "--record", action="store_true", help="test nothing: record what the peers send anew, into tests/golden"
    )
    parser.add_argument("--trap", type=int, action="append", help="the tests of this trap alone; may be repeated")
    parser.add_argument("--jobs", type=int, default=4, help="cells at once (default: 4; they wait more than they compute)")
    parser.add_argument("--require", default="", help="peers that must be there, with commas between them, or 'all'")
    parser.add_argument("--pond", type=Path, default=POND, help="the pond-kad-interop to test")
    parser.add_argument("--logs", type=Path, default=BUILD / "logs")
    parser.add_argument("--json", type=Path, help="write the outcomes to this file")
    args = parser.parse_args()
    if args.cell and len(args.cell.split(",")) != 3:
        parser.error("--cell takes three peers: BOOTSTRAP,PUBLISHER,READER")
    if args.pair and len(args.pair.split(",")) != 2:
        parser.error("--pair takes two peers: LISTENER,DIALER")
    named = [name for names in (args.cell, args.pair, args.peers, args.with_peer) if names for name in names.split(",")]
    for name in named:
        if name not in peer_list.ALL:
            parser.error(f"unknown peer {name}; there are {', '.join(peer_list.ALL)}")
    return args


def wanted_cells(args: argparse.Namespace) -> list[Cell]:
    if args.pair or args.trap or "kad" not in (args.suite or SUITES):
        return []
    cells = []
    for profile in args.profile or PROFILES:
        names = args.peers.split(",") if args.peers else PROFILES[profile]
        cube = [args.cell.split(",")] if args.cell else itertools.product(names, repeat=3)
        cells += [Cell(profile, *three) for three in cube]
    return cells


def wanted_recordings(args: argparse.Namespace) -> list[Recording]:
    names = args.peers.split(",") if args.peers else GOLDEN_PEERS
    return [Recording(name, part) for name in names if name in GOLDEN_PEERS for part in PARTS]


def wanted_pairs(args: argparse.Namespace) -> list[Pair]:
    if args.cell or args.profile or args.trap or "transport" not in (args.suite or SUITES):
        return []
    names = args.peers.split(",") if args.peers else TRANSPORT_PEERS
    # What other libraries do with each other over a transport is theirs to test.
    twos = [args.pair.split(",")] if args.pair else [two for two in itertools.product(names, repeat=2) if "pond" in two]
    return [Pair(*over, *two) for over in itertools.product(TRANSPORTS, SECURITIES) for two in twos]


def wanted_traps(args: argparse.Namespace) -> list[Trap]:
    """For --with pond all of them: a contrast without pond shows why its neighbour is one."""
    if args.cell or args.pair or args.profile or "traps" not in (args.suite or SUITES):
        return []
    names = args.peers.split(",") if args.peers else peer_list.ALL
    wanted = [trap for trap in TRAPS if set(trap.peers) <= set(names) and trap.number in (args.trap or [trap.number])]
    return [trap for trap in wanted if args.with_peer in (None, "pond", *trap.peers)]


async def prepare(names: list[str], args: argparse.Namespace) -> dict[str, Peer]:
    required = peer_list.ALL if args.require == "all" else args.require.split(",")
    ready: dict[str, Peer] = {}
    for name in names:
        try:
            ready[name] = await peer_list.prepare(name, args.pond)
        except Missing as missing:
            print(f"not tested: {name}. {missing}", flush=True)
            if name in required:
                raise SystemExit(f"interop: {name} is required") from None
    return ready


def recorder_of(args: argparse.Namespace) -> Path:
    return args.pond.with_name("pond-golden-recorder")


async def run_all(
    tests: list[Cell | Pair | Trap | Recording], peers: dict[str, Peer], board: Board, args: argparse.Namespace
) -> list[Outcome]:
    room = asyncio.Semaphore(args.jobs)

    async def run(test: Cell | Pair | Trap | Recording) -> Outcome:
        match test:
            case Cell():
                return await run_cell(test, peers, board, args.logs)
            case Pair():
                return await run_pair(test, peers, board, args.logs)
            case Trap():
                return await run_trap(test, peers, board, args.logs)
            case Recording():
                return await run_recording(test, peers, board, args.logs, recorder_of(args))

    async def one(test: Cell | Pair | Trap | Recording) -> Outcome:
        async with room:
            outcome = await run(test)
        if not outcome.passed and reason_for(test) is None:
            print(f"FAIL {test.name}: {outcome.reason}\n     logs: {outcome.logs}", flush=True)
        return outcome

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(test)) for test in tests]
    return [task.result() for task in tasks]


def report(outcomes: list[Outcome], names: list[str], seconds: float, args: argparse.Namespace) -> int:
    known = {o.cell.name: reason for o in outcomes if (reason := reason_for(o.cell))}
    cells = [o for o in outcomes if isinstance(o.cell, Cell)]
    pairs = [o for o in outcomes if isinstance(o.cell, Pair)]
    traps = [o for o in outcomes if isinstance(o.cell, Trap)]
    recorded = [f"recorded {o.cell.name}" for o in outcomes if isinstance(o.cell, Recording) and o.passed]
    for text in (table.cube(cells, names, set(known)), table.pairs(pairs, names, set(known)), table.traps(traps), *recorded):
        if text:
            print(text)
    for reason in dict.fromkeys(known.values()):
        print(f"(x) {reason}: {', '.join(name for name, why in known.items() if why == reason)}")
    healed = [o.cell.name for o in outcomes if o.passed and o.cell.name in known]
    for name in healed:
        print(f"FAIL {name}: passes, though it is listed as impossible; mend interop/runner/defects.py")
    broken = [o for o in outcomes if not o.passed and o.cell.name not in known]
    impossible = len(known) - len(healed)
    failed = len(broken) + len(healed)
    passed = len(outcomes) - failed - impossible
    print(f"interop: {passed} passed, {failed} failed, {impossible} impossible, in {seconds:.0f} s")
    if args.json:
        rows = [
            {"name": o.cell.name, **vars(o.cell), "passed": o.passed, "seconds": round(o.seconds, 1), "reason": o.reason} for o in outcomes
        ]
        args.json.write_text(json.dumps(rows, indent=1, default=vars) + "\n")
    return 1 if failed else 0


async def main(args: argparse.Namespace) -> int:
    tests: list[Cell | Pair | Trap | Recording] = (
        [*wanted_recordings(args)] if args.record else [*wanted_cells(args), *wanted_pairs(args), *wanted_traps(args)]
    )
    tests = [test for test in tests if args.with_peer is None or args.with_peer in test.peers or isinstance(test, Trap)]
    if args.record and not recorder_of(args).is_file():
        print(f"interop: {recorder_of(args)} is not built: scripts/build release pond-golden-recorder")
        return 1
    names = [name for name in peer_list.ALL if any(name in test.peers for test in tests)]
    peers = await prepare(names, args)
    tests = [test for test in tests if set(test.peers) <= peers.keys()]
    if not tests:
        print("interop: nothing to run")
        return 1
    args.logs.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        board = await Board.start(args.logs)
    except BoardError as error:
        print(f"interop: {error}")
        return 1
    try:
        outcomes = await run_all(tests, peers, board, args)
    finally:
        await board.stop()
    return report(outcomes, list(peers), time.monotonic() - started, args)


def entry() -> int:
    loop = asyncio.new_event_loop()
    task = loop.create_task(main(options()))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    try:
        return loop.run_until_complete(task)
    except asyncio.CancelledError:
        print("interop: stopped; every process has been ended")
        return 130


if __name__ == "__main__":
    sys.exit(entry())
