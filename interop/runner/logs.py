"""Where a run keeps its logs, and what they say."""

import fcntl
import itertools
import os
import re
import shutil
from pathlib import Path


def claim(folder: Path) -> Path:
    """This folder, or one beside it where another run writes to it: nobody else's until the runner ends."""
    for number in itertools.count(1):
        mine = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        mine.mkdir(parents=True, exist_ok=True)
        lock = os.open(mine / ".lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return mine  # with the lock open, for closing it would give the folder away
    raise AssertionError("there is always one more number")


def empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def read_details(path: Path) -> dict[str, str]:
    """The `name: value` lines of a YAML file that are not indented."""
    lines = (line.partition(": ") for line in read(path).splitlines())
    return {name: value for name, _, value in lines if re.fullmatch(r"\w+", name)}


def last_words(folder: Path, role: str) -> str:
    out = read_details(folder / f"{role}.out")
    failed = [f"{name}: {value}" for name, value in out.items() if name not in ("status", "error") and value != "ok"]
    words = "; ".join([*failed, out.get("error", "")]).strip("; ")
    if words:
        return words
    return last_line(folder / f"{role}.err")


def last_line(path: Path) -> str:
    lines = read(path).strip().splitlines()
    return lines[-1] if lines else "no word"


def read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
