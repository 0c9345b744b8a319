"""The experiment of `verify.rank_one`: the first gradient beside its rank-one matrices at rising d."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from verify.errors import UsageError
from verify.files.atomic import ensure_directory
from verify.judging.claim import Claim
from verify.judging.finding import Finding
from verify.problem.cells import Cell, own_sizes, ray
from verify.problem.problem import Direction, Parametrisation, Precision, Problem, make_problem
from verify.problem.update import Update
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import Resources
from verify.running.runs import Run
from verify.running.store import Store
from verify.session.session import Account, Session, judge_together

__all__ = ["BASE", "GRADIENT", "SCALES", "SEEDS", "RankOneResult", "cells_of", "experiment"]

SCALES, BASE, SEEDS = (1, 2, 4, 8, 16), (100, 75, 50), 80
GRADIENT = Update(optimiser="gd")  # whose update G_0 is


@dataclass(frozen=True, slots=True, kw_only=True)
class RankOneResult:
    """What an experiment gives: findings, the runs behind them, and how they came about."""

    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    problem: Problem
    cells: tuple[Cell, ...]
    runs: tuple[Run, ...]
    account: Account


def cells_of(
    scales: Sequence[int] = SCALES,
    base: tuple[int, int, int] = BASE,
    sizes: Sequence[tuple[int, int, int]] = (),
) -> tuple[Cell, ...]:
    """The cells: a user's own sizes where given, else the ray.

    Raises
    ------
    UsageError
        Fewer than three different d: no slope is to be had.
    """
    cells = own_sizes(sizes) if sizes else ray(scales, base)
    if len({cell.d for cell in cells}) < 3:
        option = "--sizes" if sizes else "--scales"
        raise UsageError(
            f"{option}: must give at least three different d for a slope; got {len(cells)} cells"
        )
    return cells


def experiment(
    *,
    scales: Sequence[int] = SCALES,
    base: tuple[int, int, int] = BASE,
    sizes: Sequence[tuple[int, int, int]] = (),
    seeds: int | None = SEEDS,
    first_seed: int = 0,
    max_seeds: int | None = None,
    student: str = "tanh",
    teacher: str = "softplus",
    teacher_direction: Direction = "sphere",
    parametrisation: Parametrisation = "ntk",
    noise: float = 0.3,
    dtype: Precision = "float32",
    backend: str = "auto",
    error_rate: float = 1e-4,
    memory_limit: int | None = None,
    threads: int | None = None,
    store: Path | str | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
) -> RankOneResult:
    """Run the cells and judge the claims; `run` with the runs and the bookkeeping beside the findings."""
    from verify.claims.gradient.rank_one import rank_one_claims

    problem = make_problem(
        student=student, teacher=teacher, teacher_direction=teacher_direction, parametrisation=parametrisation,
        noise=noise,
    )  # fmt: skip
    cells, first = cells_of(scales, base, sizes), seeds or SEEDS
    if first < 2:
        raise UsageError(f"--seeds: must be at least 2, an interval needs repeats; got {first}")
    if max_seeds is not None and max_seeds < first:
        raise UsageError(f"--max-seeds: must be at least --seeds ({first}); got {max_seeds}")
    claims = rank_one_claims(problem, cells, seeds=first)
    session = Session(
        store=Store(ensure_directory(Path(store), "--store")) if store is not None else None,
        fresh=fresh,
        resources=Resources(backend=backend, memory_limit=memory_limit, threads=threads),
        progress=progress or Progress(),
        dtype=dtype,
    )
    findings = judge_together(
        [replace(claim, error_rate=error_rate) for claim in claims],
        seeds_of=lambda claim: first,
        first_seed=first_seed,
        max_seeds=max_seeds,
        session=session,
    )
    return RankOneResult(
        findings=tuple(findings),
        claims=claims,
        problem=problem,
        cells=cells,
        runs=_runs(problem, cells, session),
        account=session.account,
    )


def _runs(problem: Problem, cells: Sequence[Cell], session: Session) -> tuple[Run, ...]:
    """The gradient of every cell and seed: what the table and the figure are made of. It is GD's update."""
    asked = [
        Request(problem=problem, cell=cell, seed=seed, group="gradient")
        for cell in cells
        for seed in session.seeds
    ]
    return tuple(replace(run, update=GRADIENT) for run in session.runs(asked))
