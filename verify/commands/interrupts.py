"""Ctrl-C before a command has begun: one line and exit code 130, where Python would print a traceback of its imports."""

import os
import signal
import threading
from types import FrameType

from verify.shadows import command_name, starts_a_command

__all__ = ["INTERRUPTED", "hand_back", "take_over"]

INTERRUPTED = "interrupted; finished cells are kept, the same command goes on from there"


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, f"{command_name()}: {INTERRUPTED}\n".encode())
    os._exit(130)


def take_over() -> None:
    """Until `hand_back`, an interrupt ends the process with its line; only while a command of ours is starting."""
    ours = starts_a_command() and threading.current_thread() is threading.main_thread()
    if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def hand_back() -> None:
    """From here on an interrupt is a KeyboardInterrupt, which the command turns into its exit code itself."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)
