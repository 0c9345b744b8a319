"""`python -m verify.rank_one`: is the first gradient a matrix of rank one, and which? Error against d, slope, last value.

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from verify.claim import Claim, Finding
from verify.designs import Cell, own_sizes, ray
from verify.errors import UsageError
from verify.options import check_values, parse_options
from verify.problem import Direction, Parametrisation, Precision

__all__ = ["BASE", "SCALES", "RankOneResult", "cells_of", "experiment", "main", "run"]

NAMES = (
    "scales", "base", "sizes", "seeds", "first_seed", "max_seeds", "student", "teacher", "teacher_direction",
    "parametrisation", "noise", "dtype", "backend", "error_rate", "memory_limit", "threads", "out", "store", "fresh",
    "quick", "dry_run", "quiet", "json",
)  # fmt: skip
PYTHON_NAMES = tuple(name for name in NAMES if name not in ("out", "quick", "dry_run", "quiet", "json"))
SCALES, BASE, SEEDS = (1, 2, 4, 8, 16), (100, 75, 50), 80
DEFAULTS: dict[str, Any] = {"scales": SCALES, "base": BASE, "seeds": SEEDS}
QUICK: dict[str, Any] = {"scales": (1, 2, 4)}
DESCRIPTION = (
    "Checks Lemma B.4: the distance ||G_0 - A||_2/||G_0||_2 of the first gradient to its two rank-one candidates (A from "
    "the labels, A from the residuals) against d, with slope and last value, beside its prediction; and the share of equal "
    "signs. Defaults here: scales 1,2,4,8,16 of base 100,75,50, 80 seeds; --quick: scales 1,2,4."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankOneResult:
    """What an experiment gives: findings, the runs behind them, and how they came about."""

    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    runs: tuple[Any, ...]  # of verify.runs.Run
    plan: Any  # verify.runs.Plan, of the last look
    looks: int
    computed: int
    reused: int
    refused: tuple[str, ...]


def run(**options: Any) -> list[Finding]:
    """Findings on the error of both rank-one matrices.

    Parameters
    ----------
    **options
        The command's options by their names in Python, all optional: ``scales``, ``base``, ``sizes``, ``seeds``,
        ``first_seed``, ``max_seeds``, ``student``, ``teacher``, ``teacher_direction``, ``parametrisation``, ``noise``,
        ``dtype``, ``backend``, ``error_rate``, ``memory_limit``, ``threads``, ``store`` (a directory; None keeps
        nothing), ``fresh``.

    Returns
    -------
    findings : list of Finding

    Raises
    ------
    UsageError
        An unknown option or a value outside its domain; a ValueError whose message is one line.

    Examples
    --------
    >>> findings = run(scales=[1, 2, 4], base=(40, 30, 20), seeds=8, store=None)
    >>> [finding.claim for finding in findings]
    ['L.B4.label', 'L.B4.label.limit', 'L.B4.residual', 'L.B4.residual.rate']
    """
    return list(experiment(**check_values(PYTHON_NAMES, options)).findings)


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
    progress: Any = None,
) -> RankOneResult:
    """Run the cells and judge the claims; `run` with the runs and the bookkeeping beside the findings."""
    from verify.atomic import ensure_directory
    from verify.claims.gradient_rank_one import rank_one_claims
    from verify.problem import Update, make_problem
    from verify.runs import Plan, Progress, Resources
    from verify.session import Session, judge_together
    from verify.store import Store

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
    plan = Plan(
        problem=problem, cells=cells, seeds=tuple(session.seeds), update=Update(optimiser="gd"), dtype=dtype,
        resources=session.resources,
    )  # fmt: skip
    return RankOneResult(
        findings=tuple(findings),
        claims=claims,
        runs=_runs(plan, session),
        plan=plan,
        looks=session.looks,
        computed=session.progress.computed,
        reused=session.progress.reused,
        refused=tuple(dict.fromkeys(session.progress.refused)),
    )


def _runs(plan: Any, session: Any) -> tuple[Any, ...]:
    """The gradient of every cell and seed: what the table and the figure are made of."""
    from verify.request import Request
    from verify.runs import Run

    asked = [
        Request(problem=plan.problem, cell=cell, seed=seed, group="gradient", dtype=plan.dtype)
        for cell in plan.cells
        for seed in plan.seeds
    ]
    return tuple(Run(cell=r.cell, seed=r.seed, update=plan.update, record=session.held[r]) for r in asked)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.rank_one_report import dry_run, report

    options = parse_options(
        argv, prog="verify.rank_one", description=DESCRIPTION, names=NAMES, defaults=DEFAULTS, quick=QUICK
    )
    return dry_run(options) if options["dry_run"] else report(options)


if __name__ == "__main__":
    from verify.command import shell
    from verify.rank_one import main as command  # the module by its name, so that its classes exist once

    sys.exit(shell("verify.rank_one", command))
