"""Usable cores, and texts like 4G turned into bytes and back."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.errors import UsageError, quoted
from verify.problem.cells import Cell
from verify.problem.problem import Precision, Problem

if TYPE_CHECKING:
    from sim.backend import Backend

__all__ = [
    "bytes_text",
    "parse_bytes",
    "Resources",
    "memory_of",
    "check_memory",
    "backend_of",
]

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def parse_bytes(text: str, option: str = "--memory-limit") -> int:
    """Bytes of texts such as `4G`, `800M`, `1.5G` or `2000000000` (powers of 1024)."""
    match = re.fullmatch(r"([0-9]{1,18}(?:\.[0-9]{1,6})?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None or float(match[1]) == 0:
        raise UsageError(
            f"{option}: must be a positive number of bytes such as 4G or 800M; got {quoted(text)}"
        )
    return int(float(match[1]) * UNITS[match[2].upper()])


def bytes_text(count: float) -> str:
    """A number of bytes for people."""
    for unit, size in (("G", 2**30), ("M", 2**20), ("K", 2**10)):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return f"{count:.0f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a run may use."""

    backend: str = "auto"
    memory_limit: int | None = None
    threads: int | None = None


def memory_of(problem: Problem, cells: Sequence[Cell], dtype: Precision) -> dict[Cell, int]:
    """Bytes that each cell needs."""
    from sim.network.two_layer import memory_needed

    return {cell: memory_needed(problem.setting(cell), dtype) for cell in cells}


def check_memory(
    problem: Problem, cells: Sequence[Cell], dtype: Precision, resources: Resources, backend: "Backend"
) -> None:
    """UsageError with both numbers when the largest cell needs more memory than there is or is allowed."""
    allowed = backend.free_memory() if resources.memory_limit is None else resources.memory_limit
    needed = memory_of(problem, cells, dtype)
    worst = max(needed, key=lambda cell: needed[cell])
    if allowed is not None and needed[worst] > allowed:
        raise UsageError(
            f"--memory-limit: {worst.label} needs about {bytes_text(needed[worst])} bytes, {bytes_text(allowed)} are "
            "allowed; run smaller cells (by --quick, --scales or --sizes, as the command has them) or raise --memory-limit"
        )


def backend_of(resources: Resources) -> "Backend":
    """The backend; UsageError with the reason where it is not to be had."""
    from sim.backend import BackendError, get_backend

    try:
        return get_backend(resources.backend, threads=resources.threads)
    except BackendError as error:
        raise UsageError(f"--backend: {error}") from None


@contextmanager
def thread_limit(threads: int | None) -> Iterator[None]:
    """Hold every BLAS to `threads` threads (default: `sim.host.default_threads`)."""
    from threadpoolctl import threadpool_limits

    from sim.host import default_threads

    with threadpool_limits(limits=threads or default_threads()):
        yield
