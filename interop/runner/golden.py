"""Golden captures: each peer in two roles with pond-golden-recorder at the other end, into tests/golden."""

import re
from dataclasses import dataclass

from runner.peers import RECORDER, ROOT
from runner.stage import Stage, Test

PEERS = ("go", "rust", "js2", "js3", "py")
FOLDER = ROOT / "tests" / "golden"
# The recorder's part, and the role of the peer whose counterpart it is.
PARTS = {"dialer": ("querier", "bootstrap"), "listener": ("bootstrap", "provider")}


# The library of each peer, and where its version is pinned.
_LIBRARIES = {
    "go": ("go-libp2p", "go/go.mod", r"github\.com/libp2p/go-libp2p v(\S+)"),
    "rust": ("rust-libp2p", "rust/Cargo.lock", r'name = "libp2p"\nversion = "(.+?)"'),
    "js2": ("js-libp2p", "js2/package-lock.json", r'"node_modules/libp2p": \{\s*"version": "(.+?)"'),
    "js3": ("js-libp2p", "js3/package-lock.json", r'"node_modules/libp2p": \{\s*"version": "(.+?)"'),
    "py": ("py-libp2p", "py/requirements.txt", r"(?m)^libp2p==(\S+)"),
}


def library_of(peer: str) -> str:
    """`go-libp2p 0.51.0`"""
    name, file, pattern = _LIBRARIES[peer]
    version = re.search(pattern, (ROOT / "interop" / file).read_text())
    return f"{name} {version[1] if version else '?'}"


@dataclass(frozen=True)
class Recording(Test):
    peer: str
    part: str  # the recorder's

    roles = ("peer", "recorder")
    limit = 130.0

    @property
    def capture(self) -> str:
        return f"{self.peer}.{self.part}"

    @property
    def name(self) -> str:
        return f"golden.{self.capture}"

    @property
    def peers(self) -> tuple[str, ...]:
        return (self.peer, RECORDER)

    async def play(self, stage: Stage) -> None:
        """The file in tests/golden is replaced when the peer did its whole part, else left alone."""
        ours, theirs = PARTS[self.part]
        capture = stage.folder / "capture.txt"
        what = (self.peer, library_of(self.peer), str(capture))
        await stage.start("peer", stage.peers[self.peer], ROLE=theirs, PROFILE="openpond")
        await stage.start("recorder", stage.peers[RECORDER], *what, stays=False, ROLE=ours, PROFILE="openpond")
        await stage.until("recorder")
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{self.capture}.txt").write_bytes(capture.read_bytes())
