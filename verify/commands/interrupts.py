"""Ctrl-C before a command has begun: one line and exit code 130, where Python would print a traceback of its imports."""

import os
import signal
import sys
import threading
from types import FrameType

__all__ = ["INTERRUPTED", "hand_back", "take_over"]

INTERRUPTED = "interrupted; finished cells are kept, the same command goes on from there"
SCRIPT = "bulkspike"


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, f"{_command()}: {INTERRUPTED}\n".encode())
    os._exit(130)


def _command() -> str:
    words = sys.orig_argv
    return words[words.index("-m") + 1] if "-m" in words[:-1] else SCRIPT


def take_over() -> None:
    """Until `hand_back`, an interrupt ends the process with its line; only while a command of ours is starting.

    While `python -m verify...` imports this package sys.argv[0] is "-m"; anyone else's import changes nothing.
    """
    starting = sys.argv[:1] == ["-m"] or os.path.basename(sys.argv[0] if sys.argv else "") == SCRIPT
    ours = starting and threading.current_thread() is threading.main_thread()
    if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def hand_back() -> None:
    """From here on an interrupt is a KeyboardInterrupt, which the command turns into its exit code itself."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)
