"""The shell around every command: exit codes, one-line errors, an interrupted run, progress on stderr."""

import errno
import io
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from verify.commands.interrupts import INTERRUPTED, hand_back
from verify.errors import ExitCode, HelpShownError, UsageError, quoted
from verify.files.atomic import undone_on_mistake
from verify.files.provenance import check_packages
from verify.running.progress import Progress

__all__ = ["default_store", "progress_bar", "shell", "start"]

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO)


def start(package: str, *, named: str | None = None) -> NoReturn:
    """Be the program `python -m package`: its `main`, imported once `sim` and `theory` are known to be ours."""
    sys.exit(shell(named or package, lambda words: int(import_module(package).main(words))))


def shell(command: str, main: Callable[[Sequence[str]], int], argv: Sequence[str] | None = None) -> int:
    """Run `main` and turn whatever ends it into an exit code and at most one line on stderr.

    0, 1, 3 are main's own; 2 a user's mistake; 4 an unexpected error, with a log file; 130 interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _open_streams()
    _set_variables()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        hand_back()
        check_packages()
        with undone_on_mistake():
            code = _helped(main, words)
            sys.stdout.flush()  # here, where what keeps it from being written is told like any other mistake
        return code
    except UsageError as error:
        return _say(f"{command}: error: {error}", ExitCode.USAGE)
    except KeyboardInterrupt:
        return _interrupted(command)
    except BrokenPipeError:  # the reader of stdout has gone: nothing is left to say to it
        _drop_output()
        return int(ExitCode.PIPE)
    except MemoryError:
        print(
            f"{command}: error: --memory-limit: out of memory while running; run smaller cells",
            file=sys.stderr,
        )
        return int(ExitCode.USAGE)
    except BaseException as error:  # anything else is ours: one line, and the traceback in a file
        return _unexpected(command, error)


def _helped(main: Callable[[Sequence[str]], int], words: Sequence[str]) -> int:
    """The exit code of `main`; 0 where it has shown its help."""
    try:
        return main(words)
    except HelpShownError:
        return int(ExitCode.SUPPORTED)


def _unexpected(command: str, error: BaseException) -> int:
    """The end by an error that no part of ours raised on purpose: the system's limits are named, the rest goes to a log."""
    if _was_interrupt(error):
        return _interrupted(command)
    if _lacks_files(error):
        return _say(
            f"{command}: error: the limit on open files is too low; raise it (ulimit -n 256)",
            ExitCode.USAGE,
        )
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        if error.filename is None:  # our files say their own (verify/files/atomic.py)
            _drop_output()
        where = "standard output" if error.filename is None else quoted(error.filename)
        return _say(f"{command}: error: cannot write {where}: {error.strerror}", ExitCode.USAGE)
    log = _write_log(command)
    print(
        f"{command}: unexpected error: {type(error).__name__}: {_one_line(error)} (traceback in {log})",
        file=sys.stderr,
    )
    return int(ExitCode.UNEXPECTED)


def _set_variables() -> None:
    """Variables that libraries read when they are imported, whose values are another program's or no values at all."""
    os.environ["MPLBACKEND"] = "agg"  # a notebook's commands inherit its own, which may be missing here
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "0")
    if not (epoch.isascii() and epoch.isdigit() and len(epoch) < 12):
        del os.environ["SOURCE_DATE_EPOCH"]  # a number of seconds; numpy and matplotlib stop at anything else


def _drop_output() -> None:
    """What is still to be written to stdout goes nowhere, or the interpreter would try again when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_streams() -> None:
    """Streams that the caller has closed become devnull; characters that a terminal lacks are escaped."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for the life of the process
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _say(line: str, code: ExitCode) -> int:
    """Print one line on stderr, if it can be, and return the exit code."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
    return int(code)


def _interrupted(command: str) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the way out
    return _say(f"{command}: {INTERRUPTED}", ExitCode.INTERRUPTED)


def _was_interrupt(error: BaseException) -> bool:
    """Whether an interrupt is behind an error: an import that it hits wraps it."""
    return any(isinstance(one, KeyboardInterrupt) for one in _behind(error))


def _lacks_files(error: BaseException) -> bool:
    """Whether an error comes from the limit on open files, however a library puts it."""
    return any(
        getattr(one, "errno", None) in (errno.EMFILE, errno.ENFILE) or "Too many open files" in str(one)
        for one in _behind(error)
    )


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that led to it."""
    for _ in range(20):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


def _write_log(command: str) -> str:
    name = f"bulkspike-{command.replace(' ', '-').replace('.', '-')}-{os.getpid()}.log"
    for folder in (lambda: "bulkspike-out", tempfile.gettempdir):
        try:
            directory = Path(folder())
            directory.mkdir(parents=True, exist_ok=True)
            path = directory / name
            path.write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return str(path)
    return "no file: no directory could be written"


def default_store() -> Path:
    """BULKSPIKE_STORE, or bulkspike-out/store below the current directory."""
    return Path(os.environ.get("BULKSPIKE_STORE") or Path("bulkspike-out") / "store")


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """A Progress drawn by tqdm on stderr from the first second on, if stderr is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    from tqdm import tqdm

    started = time.monotonic()
    bar: Any = None

    def show(share: float, text: str) -> None:
        nonlocal bar
        if bar is None and time.monotonic() - started > 1.0 and share < 1.0:
            bar = tqdm(
                total=100.0,
                file=sys.stderr,
                leave=False,
                bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}",
            )
        if bar is not None:
            bar.set_postfix_str(text, refresh=False)
            bar.update(100.0 * share - bar.n)

    try:
        yield Progress(show=show)
    finally:
        if bar is not None:
            bar.close()
