"""Combinations that cannot work because of another library's defect, each with its reason.

They run all the same, and must fail as foretold: one that passes is reported, so that the list cannot outlive its
reasons, and so is one that fails otherwise, which may be pond's doing.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from runner.cell import Cell
from runner.stage import Test


@dataclass(frozen=True)
class Defect:
    profile: str
    bootstrap: str
    provider: str
    querier: str
    reason: str
    fails: str  # what the reason of the failure must match

    def covers(self, cell: Cell) -> bool:
        pairs = ((cell.profile, self.profile), (cell.bootstrap, self.bootstrap), (cell.provider, self.provider))
        return all(fnmatchcase(*pair) for pair in (*pairs, (cell.querier, self.querier)))


_JS2_PINGS_RUST = (
    "js-libp2p 2 takes a server into its table only when it answers a kad PING; rust-libp2p closes the stream on one "
    "(trap 10)"
)

_PROVIDER = r"^provider \(js2\) exited with 1: .*routing table"
_QUERIER = r"^querier \(js2\) exited with 1: .*routing table"

DEFECTS: tuple[Defect, ...] = (
    Defect("openpond", "rust", "js2", "*", _JS2_PINGS_RUST, _PROVIDER),
    Defect("openpond", "rust", "*", "js2", _JS2_PINGS_RUST, _QUERIER),
)


def defect_of(test: Test) -> Defect | None:
    if not isinstance(test, Cell):
        return None  # every pair with pond works, and every peer can be recorded
    return next((defect for defect in DEFECTS if defect.covers(test)), None)
