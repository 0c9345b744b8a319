"""An array in a file that is not read yet, and a reader's errors as one line."""

import lzma
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from verify.errors import UsageError, quoted
from verify.running.resources import bytes_text

__all__ = ["ArraySource", "check_size", "one_line_errors", "path_said"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArraySource:
    """An array in a file.

    Attributes
    ----------
    file : Path
    layer : str
        Its name in the file; the file's own where it holds one array.
    shape : tuple of int
    dtype : str
        As it is stored.
    read : callable () -> ndarray
    """

    file: Path
    layer: str
    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], NDArray[Any]]


@contextmanager
def one_line_errors(path: Path) -> Iterator[None]:
    """What a reader raises of a file, as a user's mistake that names it."""
    try:
        yield
    except UsageError:
        raise
    except (OSError, ValueError, TypeError, EOFError, KeyError, RuntimeError, NotImplementedError) as error:
        raise _mistake(path, error) from None
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, tokenize.TokenError) as error:
        raise _mistake(path, error) from None
    except (SyntaxError, RecursionError, OverflowError, IndexError, AttributeError) as error:
        raise _mistake(path, error) from None


def _mistake(path: Path, error: BaseException) -> UsageError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return UsageError(f"{path_said(path)}: cannot be read as {path.suffix.lower()}: {reason}")


def path_said(path: Path) -> str:
    return quoted(str(path), 300)


def check_size(path: Path, layer: str, shape: tuple[int, ...], itemsize: int, memory: int | None) -> None:
    needed = prod(shape) * itemsize
    if memory is not None and needed > memory:
        raise UsageError(
            f"{path_said(path)}: array {quoted(layer)} of shape {shape} takes {bytes_text(needed)} bytes; "
            f"{bytes_text(memory)} are free or allowed (--memory-limit)"
        )
