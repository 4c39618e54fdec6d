"""The command line."""

import argparse
from pathlib import Path
from typing import NoReturn

from runner import logs, peers
from runner.output import say
from runner.peers import BUILD, ROOT
from runner.selection import PROFILES, SUITES
from runner.trap_list import TRAPS

POND = ROOT / "build" / "release" / "interop" / "pond" / "pond-kad-interop"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """In one line; argparse would put the whole usage before it."""
        self.exit(2, f"interop: {message} (interop/run --help says what there is)\n")


def options(about: str | None) -> argparse.Namespace:
    """What was asked for; where that cannot be done, the end of the program, with exit code 2."""
    parser = _Parser(prog="interop/run", description=about)
    parser.add_argument("--suite", choices=SUITES, action="append", help="this suite alone; may be repeated")
    parser.add_argument("--profile", choices=PROFILES, action="append", help="kad: this profile alone; may be repeated")
    parser.add_argument("--peers", type=_peers, help="these peers alone, with commas between them")
    parser.add_argument("--with", dest="with_peer", choices=peers.ALL, help="only what this peer is part of")
    parser.add_argument("--cell", type=_peers, help="one cell: BOOTSTRAP,PUBLISHER,READER; without --profile, in those that have it")
    parser.add_argument("--pair", type=_peers, help="one pair: LISTENER,DIALER")
    parser.add_argument(
        "--record", action="store_true", help="test nothing: record what the peers send anew, into tests/golden"
    )
    parser.add_argument("--trap", type=_trap, action="append", help="the tests of this trap alone; may be repeated")
    parser.add_argument(
        "--jobs", type=_count, default=4, help="cells at once (default: 4; they wait more than they compute)"
    )
    parser.add_argument(
        "--limit", type=_seconds, metavar="SECONDS", help="the patience with each test (a cell's own: 120)"
    )
    parser.add_argument("--require", type=_required, default=[], help="peers that must be there, with commas, or 'all'")
    parser.add_argument("--pond", type=Path, default=POND, help="the pond-kad-interop to test")
    parser.add_argument("--logs", type=Path, default=BUILD / "logs", help="the folder for the logs")
    parser.add_argument("--json", type=Path, help="write the outcomes to this file")
    args = parser.parse_args()
    if args.cell and len(args.cell) != 3:
        parser.error("--cell takes three peers: BOOTSTRAP,PUBLISHER,READER")
    if args.pair and len(args.pair) != 2:
        parser.error("--pair takes two peers: LISTENER,DIALER")
    if args.record and (args.suite or args.profile or args.cell or args.pair or args.trap):
        parser.error("--record tests nothing: of what there is to choose it takes --peers and --with alone")
    args.pond = args.pond.absolute()
    try:
        if args.json:
            args.json.open("a").close()  # rather now than after three minutes of tests
        args.logs = _claimed(args.logs)
    except OSError as error:
        parser.error(f"cannot write {error.filename}: {error.strerror}")
    return args


def _claimed(folder: Path) -> Path:
    mine = logs.claim(folder)
    if mine != folder:
        say(f"interop: another run writes to {folder}; the logs of this one: {mine}")
    return mine


def _peers(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in peers.ALL:
            raise argparse.ArgumentTypeError(f"unknown peer {name!r}; there are {', '.join(peers.ALL)}")
    return names


def _required(text: str) -> list[str]:
    if text == "all":
        return list(peers.ALL)
    return _peers(text) if text else []


def _trap(text: str) -> int:
    numbers = sorted({trap.number for trap in TRAPS})
    if not text.isdecimal() or int(text) not in numbers:
        raise argparse.ArgumentTypeError(f"unknown trap {text!r}; there are {numbers[0]} to {numbers[-1]}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds
