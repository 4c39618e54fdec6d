"""Combinations that cannot work because of another library's defect, each with its reason.

They run all the same, and must fail: one that passes is reported, so that the list cannot outlive its reasons.
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

    def covers(self, cell: Cell) -> bool:
        pairs = ((cell.profile, self.profile), (cell.bootstrap, self.bootstrap), (cell.provider, self.provider))
        return all(fnmatchcase(*pair) for pair in (*pairs, (cell.querier, self.querier)))


_JS2_PINGS_RUST = (
    "js-libp2p 2 takes a server into its table only when it answers a kad PING; rust-libp2p closes the stream on one "
    "(trap 10)"
)

DEFECTS: tuple[Defect, ...] = (
    Defect("openpond", "rust", "js2", "*", _JS2_PINGS_RUST),
    Defect("openpond", "rust", "*", "js2", _JS2_PINGS_RUST),
)


def reason_for(test: Test) -> str | None:
    if not isinstance(test, Cell):
        return None  # every pair with pond works, and every peer can be recorded
    return next((defect.reason for defect in DEFECTS if defect.covers(test)), None)
