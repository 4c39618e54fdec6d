"""Ends what a run has started, whatever ended the run.

Everything that a run starts bears its mark in the environment, and so does what that starts in turn, in whichever
session or process group. As a program, outside the runner's session, this waits for the end of its standard input,
which comes when the runner is gone, SIGKILL included; then it kills what bears the mark.
"""

import os
import signal
import sys
import time
from pathlib import Path

VARIABLE = "POND_INTEROP_RUN"
PATIENCE_S = 5.0  # for the kernel to take a killed process away
POLL_S = 0.01
FORK_S = 0.1  # what the runner was about to start as it died has no environment of its own before that


def kill_marked(mark: str) -> None:
    """SIGKILL for every process with this mark or a longer one, until they are gone, and what they forked meanwhile."""
    wanted = f"{VARIABLE}={mark}".encode()
    deadline = time.monotonic() + PATIENCE_S
    while (found := [pid for pid in _processes() if _is_marked(pid, wanted)]) and time.monotonic() < deadline:
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(POLL_S)


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _is_marked(pid: int, wanted: bytes) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False  # gone, or somebody else's
    return any(variable.startswith(wanted) for variable in environment.split(b"\0"))


def main(mark: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    kill_marked(mark)
    time.sleep(FORK_S)
    kill_marked(mark)


if __name__ == "__main__":
    main(sys.argv[1])
