"""What the runner prints."""

import os
import signal
import sys


def say(text: str) -> None:
    try:
        print(text, flush=True)
    except OSError:
        # Nobody reads on: the terminal is gone, or `head` has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.raise_signal(signal.SIGHUP)
