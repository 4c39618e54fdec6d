"""Runs the interop peers against each other and prints what came of it: see interop/README.md, "The runner"."""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Mapping

from runner import peers as peer_list
from runner.board import Board, BoardError
from runner.options import options
from runner.output import say
from runner.peers import Broken, Missing, Peer
from runner.processes import kill_all, reaped
from runner.report import complaint, report, write_json
from runner.selection import selected
from runner.stage import Outcome, Test, perform


async def prepare(names: list[str], args: argparse.Namespace) -> tuple[dict[str, Peer], int]:
    """Those that can be had, and how many are broken. Raises Missing when one is missing that has to be there."""
    ready: dict[str, Peer] = {}
    broken = 0
    for name in names:
        try:
            ready[name] = await peer_list.prepare(name, args.pond)
        except Missing as missing:
            say(f"not tested: {name}. {missing}")
            if name in args.require:
                raise Missing(f"{name} is required") from None
        except Broken as error:
            say(f"FAIL {name} cannot be made ready: {error}")
            broken += 1
    return ready, broken


async def run_all(tests: list[Test], peers: Mapping[str, Peer], board: Board, args: argparse.Namespace) -> list[Outcome]:
    """The outcomes of those that ran: without the board there is no use in beginning another."""
    room = asyncio.Semaphore(args.jobs)
    outcomes: dict[str, Outcome] = {}

    async def run(test: Test) -> None:
        async with room:
            if board.lost.done():
                return
            folder = args.logs / test.name
            try:
                outcome = await perform(test, peers, board, folder, args.limit or test.limit)
            except asyncio.CancelledError:
                say(f"stopped {test.name}\n     logs: {folder}")
                raise
        outcomes[test.name] = outcome
        if why := complaint(outcome):
            say(f"FAIL {test.name}: {why}\n     logs: {outcome.logs}")

    async with asyncio.TaskGroup() as group:
        for test in tests:
            group.create_task(run(test))
    if board.lost.done():
        say(f"interop: {board.lost.result()}; its log: {board.log}")
    return [outcomes[test.name] for test in tests if test.name in outcomes]


async def main(args: argparse.Namespace) -> int:
    tests = selected(args)
    if not tests:
        say("interop: no test is all that was asked for (interop/run --help says what there is)")
        return 2
    names = [name for name in (*peer_list.ALL, peer_list.RECORDER) if any(name in test.peers for test in tests)]
    try:
        peers, broken = await prepare(names, args)
    except Missing as missing:
        say(f"interop: {missing}")
        return 1
    tests = [test for test in tests if set(test.peers) <= peers.keys()]
    if not tests:
        say("interop: nothing to run")
        return 1
    started = time.monotonic()
    try:
        async with Board.running(args.logs) as board:
            outcomes = await run_all(tests, peers, board, args)
    except (BoardError, OSError) as error:
        say(f"interop: {error}")
        return 1
    code = report(outcomes, list(peers), len(tests) - len(outcomes), time.monotonic() - started, broken)
    if args.json:
        try:
            write_json(outcomes, args.json)
        except OSError as error:
            say(f"interop: cannot write {args.json}: {error.strerror}")
            return 1
    return code


def entry() -> int:
    loop = asyncio.new_event_loop()
    task = loop.create_task(main(options(__doc__)))
    stopped: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        if stopped:
            kill_all()  # whoever asks twice does not want to wait for a peer that takes its time
        stopped.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    code = 0
    with reaped():
        try:
            code = loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
    if stopped:
        say(f"interop: stopped by {stopped[0].name}; every process has been ended")
        return 128 + stopped[0]
    return code


if __name__ == "__main__":
    sys.exit(entry())
