"""Which tests a command line asks for."""

import argparse
import itertools
from collections.abc import Iterator

from runner import golden, peers
from runner.cell import Cell
from runner.stage import Test
from runner.transport import SECURITIES, TRANSPORTS, Pair
from runner.trap_list import TRAPS

PROFILES = {
    "openpond": ("pond", "go", "rust", "js2", "js3", "py"),
    "ipfs": ("pond", "go", "rust", "py"),
    "unified": ("pond", "py"),
}
# A py server takes no /pk record, whose key is no text: in `ipfs` it publishes and reads alone.
_BOOTSTRAPS = {"ipfs": ("pond", "go", "rust")}
TRANSPORT_PEERS = ("pond", "go", "rust", "js2", "js3", "py")
# Who names something that only one suite has means that suite.
_SUITE_OF = {"cell": "kad", "profile": "kad", "pair": "transport", "trap": "traps"}


def selected(args: argparse.Namespace) -> list[Test]:
    suites = set(args.suite or SUITES)
    for option, suite in _SUITE_OF.items():
        if getattr(args, option):
            suites &= {suite}
    how = [_recordings] if args.record else [listed for suite, listed in _TESTS_OF.items() if suite in suites]
    every = itertools.chain.from_iterable(listed(args) for listed in how)
    wanted = (test for test in every if args.with_peer is None or test.concerns(args.with_peer))
    return list({test.name: test for test in wanted}.values())  # one asked for twice would meet itself on the board


def _cells(args: argparse.Namespace) -> Iterator[Test]:
    for profile in args.profile or PROFILES:
        cube = list(_cube(profile, args.peers))
        if args.cell:
            # Who names the profile too gets the cell whatever comes of it.
            cube = [three for three in [tuple(args.cell)] if args.profile or three in cube]
        yield from (Cell(profile, *three) for three in cube)


def _cube(profile: str, named: list[str] | None) -> Iterator[tuple[str, ...]]:
    names = [name for name in PROFILES[profile] if named is None or name in named]
    bootstraps = [name for name in names if name in _BOOTSTRAPS.get(profile, names)]
    return itertools.product(bootstraps, names, names)


def _pairs(args: argparse.Namespace) -> Iterator[Test]:
    # What other libraries do with each other over a transport is theirs to test.
    square = itertools.product(args.peers or TRANSPORT_PEERS, repeat=2)
    twos = [args.pair] if args.pair else [two for two in square if "pond" in two]
    yield from (Pair(*over, *two) for over in itertools.product(TRANSPORTS, SECURITIES) for two in twos)


def _traps(args: argparse.Namespace) -> Iterator[Test]:
    names = set(args.peers or peers.ALL)
    return (trap for trap in TRAPS if set(trap.peers) <= names and trap.number in (args.trap or [trap.number]))


def _recordings(args: argparse.Namespace) -> Iterator[Test]:
    names = [name for name in args.peers or golden.PEERS if name in golden.PEERS]
    return (golden.Recording(name, part) for name in names for part in golden.PARTS)


_TESTS_OF = {"kad": _cells, "transport": _pairs, "traps": _traps}
SUITES = tuple(_TESTS_OF)
