"""Runs the cube of peers and prints it: see interop/README.md, "The runner"."""

import argparse
import asyncio
import itertools
import json
import signal
import sys
import time
from pathlib import Path

from runner import peers as peer_list
from runner.board import Board, BoardError
from runner.cell import Cell, Outcome, run_cell
from runner.defects import reason_for
from runner.peers import BUILD, ROOT, Missing, Peer
from runner.table import matrix

PROFILES = {"openpond": ("pond", "go", "rust", "js2", "js3"), "ipfs": ("pond", "go", "rust"), "unified": ("pond", "py")}
POND = ROOT / "build" / "release" / "interop" / "pond" / "pond-kad-interop"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="interop/run", description=__doc__)
    parser.add_argument("--profile", choices=PROFILES, action="append", help="this profile alone; may be repeated")
    parser.add_argument("--peers", help="these peers alone, with commas between them")
    parser.add_argument("--with", dest="with_peer", help="only cells that this peer is part of")
    parser.add_argument("--cell", help="one cell: BOOTSTRAP,PUBLISHER,READER")
    parser.add_argument("--jobs", type=int, default=4, help="cells at once (default: 4; they wait more than they compute)")
    parser.add_argument("--require", help="peers that must be there, with commas between them; 'all' for every one")
    parser.add_argument("--pond", type=Path, default=POND, help="the pond-kad-interop to test")
    parser.add_argument("--logs", type=Path, default=BUILD / "logs")
    parser.add_argument("--json", type=Path, help="write the outcomes to this file")
    return parser.parse_args()


def wanted_cells(args: argparse.Namespace) -> list[Cell]:
    cells = []
    for profile in args.profile or PROFILES:
        names = args.peers.split(",") if args.peers else PROFILES[profile]
        cube = itertools.product(names, repeat=3) if args.cell is None else [tuple(args.cell.split(","))]
        cells += [Cell(profile, *three) for three in cube if args.with_peer is None or args.with_peer in three]
    return cells


async def prepare(names: list[str], args: argparse.Namespace) -> dict[str, Peer]:
    required = set(peer_list.ALL if args.require == "all" else (args.require or "").split(","))
    ready: dict[str, Peer] = {}
    for name in names:
        try:
            ready[name] = await peer_list.prepare(name, args.pond)
        except Missing as missing:
            print(f"not tested: {name}. {missing}", flush=True)
            if name in required:
                raise SystemExit(f"{name} is required") from None
    return ready


async def run_all(cells: list[Cell], peers: dict[str, Peer], board: Board, args: argparse.Namespace) -> list[Outcome]:
    room = asyncio.Semaphore(args.jobs)

    async def one(cell: Cell) -> Outcome:
        async with room:
            outcome = await run_cell(cell, peers, board, args.logs)
        if not outcome.passed and reason_for(cell) is None:
            print(f"FAIL {cell.name}: {outcome.reason}\n     logs: {outcome.logs}", flush=True)
        return outcome

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(cell)) for cell in cells]
    return [task.result() for task in tasks]


def report(outcomes: list[Outcome], names: list[str], seconds: float, args: argparse.Namespace) -> int:
    known = {o.cell.name: reason for o in outcomes if (reason := reason_for(o.cell))}
    print(matrix(outcomes, names, set(known)))
    for reason in dict.fromkeys(known.values()):
        cells = ", ".join(name for name, why in known.items() if why == reason)
        print(f"(x) {reason}: {cells}")
    healed = [o.cell.name for o in outcomes if o.passed and o.cell.name in known]
    for name in healed:
        print(f"FAIL {name}: passes, though it is listed as impossible; mend interop/runner/defects.py")
    failed = sum(not o.passed and o.cell.name not in known for o in outcomes) + len(healed)
    expected = sum(not o.passed for o in outcomes) - (failed - len(healed))
    passed = len(outcomes) - failed - expected
    print(f"interop: {passed} passed, {failed} failed, {expected} impossible, in {seconds:.0f} s")
    if args.json:
        rows = [
            {**vars(o.cell), "passed": o.passed, "seconds": round(o.seconds, 1), "reason": o.reason} for o in outcomes
        ]
        args.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 1 if failed else 0


async def main() -> int:
    args = options()
    cells = wanted_cells(args)
    names = [name for name in peer_list.ALL if any(name in (c.bootstrap, c.provider, c.querier) for c in cells)]
    peers = await prepare(names, args)
    cells = [cell for cell in cells if {cell.bootstrap, cell.provider, cell.querier} <= peers.keys()]
    if not cells:
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
        outcomes = await run_all(cells, peers, board, args)
    finally:
        await board.stop()
    return report(outcomes, list(peers), time.monotonic() - started, args)


def entry() -> int:
    runner = asyncio.new_event_loop()
    task = runner.create_task(main())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        runner.add_signal_handler(number, task.cancel)
    try:
        return runner.run_until_complete(task)
    except asyncio.CancelledError:
        print("interop: stopped; every process has been ended")
        return 130


if __name__ == "__main__":
    sys.exit(entry())
