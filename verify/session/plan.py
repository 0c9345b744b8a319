"""The runs of `verify.scaling`: norms of one update at every cell and seed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from verify.judging.claim import Claim
from verify.judging.sample import Case, Sample
from verify.problem.cells import Cell
from verify.problem.problem import Precision, Problem
from verify.problem.update import Update
from verify.running.obtain import obtain
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import Resources
from verify.running.store import Record, Store

__all__ = ["Plan", "Run", "execute", "sample_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Norms of one update at every cell and seed, each cell's seeds drawn independently of other cells'."""

    problem: Problem
    cells: tuple[Cell, ...]
    seeds: tuple[int, ...]
    update: Update
    dtype: Precision = "float32"
    resources: Resources = field(default_factory=Resources)

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
