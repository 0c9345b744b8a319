"""Files that are either whole or absent: written beside their place, flushed to disk, then moved."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from verify.errors import UsageError

__all__ = [
    "ensure_directories",
    "ensure_directory",
    "remove_stale",
    "write_bytes",
    "write_text",
    "write_with",
]

SUFFIX = ".partial"


def write_with(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file beside `path`, then move it there; on any error nothing is left behind."""
    partial = path.with_name(f".{path.name}.{os.getpid()}{SUFFIX}")
    try:
        write(partial)
        with partial.open("rb+") as handle:
            os.fsync(handle.fileno())
        partial.replace(path)
    finally:
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
    probe = path / f".probe.{os.getpid()}{SUFFIX}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"{option}: must be a directory that can be written; got {str(path)!r} ({reason})"
        ) from None
    return path


def ensure_directories(wanted: Sequence[tuple[Path, str]]) -> list[Path]:
    """`ensure_directory` for each (path, option); when one is refused, those just made are removed again."""
    made: list[Path] = []
    try:
        for path, option in wanted:
            missing = [part for part in (path, *path.parents) if not part.exists()]
            made += reversed(missing)
            ensure_directory(path, option)
    except UsageError:
        for part in reversed(made):
            with suppress(OSError):
                part.rmdir()
        raise
    for path, _ in wanted:
        remove_stale(path)
    return [path for path, _ in wanted]


def remove_stale(directory: Path) -> None:
    """Remove what a killed process of this machine left half-written in `directory`."""
    for partial in directory.glob(f".*{SUFFIX}"):
        pid = partial.name.removesuffix(SUFFIX).rsplit(".", 1)[-1]
        if pid.isdigit() and not _alive(int(pid)):
            partial.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
