"""The peers: how each is made ready, and how it is started."""

import asyncio
import os
import re
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "interop"
GO_MIN = (1, 26)  # what go-libp2p asks for
CARGO_MIN = (1, 88)  # what rust-libp2p asks for
ALL = ("pond", "go", "rust", "js2", "js3", "py")


class Missing(Exception):
    """What a peer needs is not on this machine; the text says how to get it."""


@dataclass(frozen=True)
class Peer:
    name: str
    argv: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    transport_program: str | None = None  # where that is another one

    @property
    def transport_argv(self) -> list[str]:
        return [self.transport_program] if self.transport_program else self.argv


async def prepare(name: str, pond: Path) -> Peer:
    """Builds or installs what is missing. Raises Missing, with what to do about it."""
    return await _HOW[name](pond)


async def _run(*argv: str, cwd: Path = ROOT) -> str:
    process = await asyncio.create_subprocess_exec(
        *argv, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        tail = "\n".join(err.decode(errors="replace").splitlines()[-15:])
        raise Missing(f"`{' '.join(argv)}` failed:\n{tail}")
    return out.decode()


async def _tool(program: str, minimum: tuple[int, int], version_argv: list[str], advice: str) -> None:
    if shutil.which(program) is None:
        raise Missing(f"{program} is not installed: {advice}")
    text = await _run(program, *version_argv)
    found = re.search(r"(\d+)\.(\d+)", text)
    if found is None or (int(found[1]), int(found[2])) < minimum:
        wanted = ".".join(map(str, minimum))
        raise Missing(f"{program} {found[0] if found else '?'} is too old, {wanted} is needed: {advice}")


async def _pond(pond: Path) -> Peer:
    if not pond.is_file():
        raise Missing(f"{pond} is not built: scripts/build release pond-kad-interop pond-transport-interop")
    return Peer("pond", [str(pond)], transport_program=str(pond.with_name("pond-transport-interop")))


async def _go(_: Path) -> Peer:
    await _tool("go", GO_MIN, ["version"], "a release of the Go project, unpacked, with its bin folder in PATH")
    program = BUILD / "go-peer"
    await _run("go", "build", "-trimpath", "-mod=readonly", "-o", str(program), ".", cwd=ROOT / "interop" / "go")
    return Peer("go", [str(program)])


async def _rust(_: Path) -> Peer:
    await _tool("cargo", CARGO_MIN, ["--version"], "rustup, or a release of the Rust project, with its bin folder in PATH")
    folder = BUILD / "rust"
    await _run(
        "cargo", "build", "--release", "--locked", "--quiet", "--target-dir", str(folder), cwd=ROOT / "interop" / "rust"
    )
    return Peer("rust", [str(folder / "release" / "pond-interop-rust")])


async def _js(version: str) -> Peer:
    node = (await _run(str(ROOT / "scripts" / "node-for-interop"))).strip()
    return Peer(version, [node, str(ROOT / "interop" / version / "peer.mjs")])


async def _py(_: Path) -> Peer:
    await _run(str(ROOT / "interop" / "py" / "run"))
    return Peer("py", [str(BUILD / "py" / "bin" / "python"), str(ROOT / "interop" / "py" / "peer.py")])


_HOW = {
    "pond": _pond,
    "go": _go,
    "rust": _rust,
    "js2": lambda _: _js("js2"),
    "js3": lambda _: _js("js3"),
    "py": _py,
}
