"""Files that are either whole or absent: written beside their place, flushed to disk, then moved."""

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from verify.errors import UsageError, quoted

__all__ = [
    "check_places",
    "ensure_directories",
    "ensure_directory",
    "remove_stale",
    "undone_on_mistake",
    "write_bytes",
    "write_text",
    "write_with",
]

SUFFIX = ".partial"
STALE_SECONDS = 24 * 3600.0  # a file takes seconds to write: a day also bridges clocks that differ
PARTIAL = re.compile(
    r"\..+\.([0-9a-f]{16}|[0-9]{1,7})\.partial", re.ASCII
)  # a process's number: as they once were called
LONGEST_PATH = 300  # of one that a message says back

_made: ContextVar[list[Path] | None] = ContextVar("made", default=None)


def write_with(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file beside `path`, then move it there; on any error nothing is left behind.

    Raises
    ------
    UsageError
        The file cannot be written: its path and the system's reason.
    """
    partial = _partial(path.parent, path.name)
    try:
        write(partial)
        with partial.open("rb+") as handle:
            os.fsync(handle.fileno())
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {_said(path)}: {_reason(error)}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically."""

    def write(partial: Path) -> None:
        partial.write_bytes(data)

    write_with(path, write)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, in UTF-8."""
    write_bytes(path, text.encode())


def ensure_directory(path: Path, option: str) -> Path:
    """Create `path` and prove that a file can be written there; UsageError naming `option` otherwise."""
    probe = _partial(path, "probe")
    try:
        made = _made.get()
        if made is not None:
            made += reversed([part for part in (path, *path.parents) if not part.exists()])
        path.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except (
        OSError,
        ValueError,
        RecursionError,
    ) as error:  # a path that no file system has; one of a thousand levels
        raise UsageError(
            f"{option}: must be a directory that can be written; got {_said(path)} ({_reason(error)})"
        ) from None
    return path


def ensure_directories(wanted: Sequence[tuple[Path, str]]) -> list[Path]:
    """`ensure_directory` for each (path, option); when one is refused, those just made are removed again."""
    with undone_on_mistake():
        for path, option in wanted:
            ensure_directory(path, option)
    for path, _ in wanted:
        remove_stale(path)
    return [path for path, _ in wanted]


@contextmanager
def undone_on_mistake() -> Iterator[None]:
    """Directories that `ensure_directory` makes in here go again, where they are still empty, if this ends in an error."""
    outer, made = _made.get(), list[Path]()
    token = _made.set(made)
    try:
        yield
        if outer is not None:
            outer += made
    except BaseException:
        for part in reversed(made):
            with suppress(OSError):
                part.rmdir()
        raise
    finally:
        _made.reset(token)


def check_places(directory: Path, names: Sequence[str], option: str = "--out") -> None:
    """UsageError where something that is no file stands in the place of a file that will be written."""
    for name in names:
        path = directory / name
        if path.exists() and not path.is_file():
            raise UsageError(
                f"{option}: must have room for the file {name}; {_said(path)} is in its way and no file, remove it"
            )


def remove_stale(directory: Path) -> None:
    """Remove what somebody left half-written in `directory` a day ago or earlier.

    Its age says so, not whether its process lives: the writer may be on another machine, or in another container.
    """
    for partial in directory.glob(f".*{SUFFIX}"):
        with suppress(OSError):
            ours = PARTIAL.fullmatch(partial.name) and partial.is_file() and not partial.is_symlink()
            if ours and time.time() - partial.lstat().st_mtime > STALE_SECONDS:
                partial.unlink()


def _partial(directory: Path, name: str) -> Path:
    """A name that no other writer has, wherever it runs."""
    return directory / f".{name}.{os.urandom(8).hex()}{SUFFIX}"


def _said(path: Path) -> str:
    return quoted(str(path), LONGEST_PATH)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "too many levels"
    return getattr(error, "strerror", None) or str(error)
