"""The peers: how each is made ready, and how it is started."""

import os
import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from runner.processes import CannotStart, Process

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "interop"
RUST_TARGET = BUILD / "rust"
GO_MIN = (1, 26)  # what go-libp2p asks for
CARGO_MIN = (1, 88)  # what rust-libp2p asks for
_GET_GO = (
    "Debian 12's package golang is 1.19: take a release archive of the Go project for linux, unpack it, and put its "
    "bin folder first in PATH"
)
_GET_CARGO = (
    "Debian 12's package cargo is 1.63: take rustup, the Rust project's installer, which puts the stable toolchain into "
    "~/.cargo/bin, and that folder first in PATH"
)
ALL = ("pond", "go", "rust", "js2", "js3", "py")
RECORDER = "recorder"  # pond's, for golden captures; no peer that a combination could name


class Missing(Exception):
    """The toolchain of a peer is not on this machine; the text says how to get it. The peer is not tested."""


class Broken(Exception):
    """A peer cannot be made ready though its toolchain is there: a failure like that of any test."""


@dataclass(frozen=True)
class Peer:
    name: str
    argv: list[str]
    environment: dict[str, str] = field(default_factory=dict)


async def prepare(name: str, pond: Path) -> Peer:
    """Builds or installs what is missing. Raises Missing or Broken, with what to do about it."""
    return await _HOW[name](pond)


async def _run(*argv: str, cwd: Path = ROOT) -> str:
    try:
        code, out, err = await Process.output(list(argv), cwd)
    except CannotStart as error:
        raise Broken(str(error)) from None
    if code != 0:
        tail = "\n".join(err.splitlines()[-15:])
        raise Broken(f"`{' '.join(argv)}` failed:\n{tail}")
    return out


async def _tool(program: str, minimum: tuple[int, int], version_argv: list[str], advice: str) -> None:
    wanted = f"{'.'.join(map(str, minimum))} or newer is needed. {advice}"
    if shutil.which(program) is None:
        raise Missing(f"{program} is not installed; {wanted}")
    text = await _run(program, *version_argv)
    found = re.search(r"(\d+)\.(\d+)", text)
    if found is None:
        raise Broken(f"`{program} {' '.join(version_argv)}` names no version: {text.strip()}")
    if (int(found[1]), int(found[2])) < minimum:
        raise Missing(f"{program} {found[0]} is too old; {wanted}")


def _built(program: Path, targets: str) -> str:
    if not program.is_file():
        raise Broken(f"{program} is not built: scripts/build release {targets}")
    if not os.access(program, os.X_OK):
        raise Broken(f"{program} is not executable")
    return str(program)


async def _pond(pond: Path) -> Peer:
    return Peer("pond", [_built(pond, "pond-kad-interop")])


async def _recorder(pond: Path) -> Peer:
    return Peer("pond", [_built(pond.with_name("pond-golden-recorder"), "pond-golden-recorder")])


async def need_go() -> None:
    await _tool("go", GO_MIN, ["version"], _GET_GO)


async def need_cargo() -> None:
    await _tool("cargo", CARGO_MIN, ["--version"], _GET_CARGO)


async def _go(_: Path) -> Peer:
    await need_go()
    program = BUILD / "go-peer"
    await _run("go", "build", "-trimpath", "-mod=readonly", "-o", str(program), ".", cwd=ROOT / "interop" / "go")
    return Peer("go", [str(program)])


async def _rust(_: Path) -> Peer:
    await need_cargo()
    await _run(
        "cargo", "build", "--release", "--locked", "--quiet", "--target-dir", str(RUST_TARGET), cwd=ROOT / "interop" / "rust"
    )
    return Peer("rust", [str(RUST_TARGET / "release" / "pond-interop-rust")])


async def _js(version: str) -> Peer:
    node = (await _run(str(ROOT / "scripts" / "node-for-interop"))).strip()
    return Peer(version, [node, str(ROOT / "interop" / version / "peer.mjs")])


async def _py(_: Path) -> Peer:
    await _run(str(ROOT / "interop" / "py" / "run"))
    return Peer("py", [str(BUILD / "py" / "bin" / "python"), str(ROOT / "interop" / "py" / "peer.py")])


_HOW: dict[str, Callable[[Path], Awaitable[Peer]]] = {
    "pond": _pond,
    "go": _go,
    "rust": _rust,
    "js2": lambda _: _js("js2"),
    "js3": lambda _: _js("js3"),
    "py": _py,
    RECORDER: _recorder,
}
