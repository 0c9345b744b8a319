"""Requests -> records: what the store already holds is taken, the rest is simulated and kept as it is finished."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from verify.claim import Case, Claim, Sample
from verify.designs import Cell
from verify.errors import UsageError
from verify.problem import Precision, Problem, Update
from verify.request import Request
from verify.resources import bytes_text, usable_cores
from verify.simulate import simulate
from verify.store import Record, Store

if TYPE_CHECKING:
    from sim.backend import Backend

__all__ = [
    "Plan",
    "Progress",
    "Resources",
    "Run",
    "backend_of",
    "check_memory",
    "execute",
    "flops",
    "memory_of",
    "obtain",
    "sample_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a run may use."""

    backend: str = "auto"
    memory_limit: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Norms of one update at every cell and seed, each cell's seeds drawn independently of other cells'."""

    problem: Problem
    cells: tuple[Cell, ...]
    seeds: tuple[int, ...]
    update: Update
    dtype: Precision = "float32"
    resources: Resources = Resources()

    def request(self, cell: Cell, seed: int) -> Request:
        """The record wanted of one cell and seed."""
        return Request(
            problem=self.problem,
            cell=cell,
            seed=seed,
            group="update-norms",
            update=self.update,
            dtype=self.dtype,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One cell, seed and update with its record."""

    cell: Cell
    seed: int
    update: Update
    record: Record


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a run is; `show` is called with the share of the work done, 0 to 1."""

    show: Callable[[float, str], None] = lambda share, text: None
    computed: int = 0
    reused: int = 0
    refused: list[str] = field(default_factory=list)

    def finished(self, share: float, text: str, records: int) -> None:
        """Some more records are there."""
        self.computed += records
        self.show(share, text)


def flops(cell: Cell) -> float:
    """Floating-point operations of one first gradient's two matrix products."""
    return 4.0 * cell.n * cell.N * cell.d


def memory_of(problem: Problem, cells: Sequence[Cell], dtype: Precision) -> dict[Cell, int]:
    """Bytes that each cell needs."""
    from sim.network import memory_needed

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
    """Hold every BLAS to `threads` threads (default: usable cores)."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=threads or usable_cores()):
        yield


def obtain(
    requests: Sequence[Request],
    *,
    store: Store | None,
    fresh: bool = False,
    resources: Resources | None = None,
    progress: Progress | None = None,
    held: dict[Request, Record] | None = None,
) -> dict[Request, Record]:
    """A record for every request, from the store or simulated; what is finished is kept before the next begins.

    Parameters
    ----------
    store : Store or None
        None keeps nothing on disk.
    fresh : bool
        Compute everything again, whatever the store holds.
    held : dict, optional
        Records that this run has got already: they are taken as they are, and new ones are added.

    Raises
    ------
    UsageError
        Too little memory; a backend that is not to be had.
    """
    progress, resources = progress or Progress(), resources or Resources()
    asked = list(dict.fromkeys(requests))
    held = {} if held is None else held
    wanted = [request for request in asked if request not in held]
    found: dict[Request, Record] = {}
    if store is not None and not fresh:
        loaded = {request: store.load(request.key()) for request in wanted}
        found = {request: record for request, record in loaded.items() if record is not None}
        progress.refused += [f"{path.name}: {reason}" for path, reason in store.refused]
    progress.reused += len(found)
    missing = [request for request in wanted if request not in found]
    if missing:
        backend = backend_of(resources)
        for problem, dtype in {(request.problem, request.dtype) for request in missing}:
            here = {
                request.cell for request in missing if (request.problem, request.dtype) == (problem, dtype)
            }
            check_memory(problem, sorted(here, key=lambda cell: cell.sizes), dtype, resources, backend)
        allowed = backend.free_memory() if resources.memory_limit is None else resources.memory_limit
        with thread_limit(resources.threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what is not finite is recorded as such
            found |= simulate(
                missing,
                store=store,
                finished=progress.finished,
                backend=backend,
                threads=resources.threads,
                memory=allowed,
            )
    held |= found
    return {request: held[request] for request in asked}


def execute(
    plan: Plan,
    *,
    store: Store | None,
    fresh: bool = False,
    progress: Progress | None = None,
    held: dict[Request, Record] | None = None,
) -> list[Run]:
    """Every run of the plan, in the order of cells and seeds."""
    requests = {(cell, seed): plan.request(cell, seed) for cell in plan.cells for seed in plan.seeds}
    records = obtain(
        list(requests.values()),
        store=store,
        fresh=fresh,
        resources=plan.resources,
        progress=progress,
        held=held,
    )
    return [
        Run(cell=cell, seed=seed, update=plan.update, record=records[request])
        for (cell, seed), request in requests.items()
    ]


def sample_of(claim: Claim, problem: Problem, runs: Sequence[Run]) -> Sample:
    """The runs as a claim sees them: measured value beside prediction, case by case."""
    cases = [
        Case(
            problem=problem,
            cell=run.cell,
            update=run.update,
            observed={name: value for name, (value, _) in run.record.observables.items()},
        )
        for run in runs
    ]
    return Sample(
        cases=tuple(cases),
        seeds=tuple(run.seed for run in runs),
        values=tuple(case.observed.get(claim.observable, math.nan) for case in cases),
        predictions=tuple(claim.predict(case) for case in cases),
    )
