"""The experiment of `verify.scaling`: cells on and off the ray, look by look, and the claims on norms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from verify.errors import UsageError
from verify.files.atomic import ensure_directory
from verify.judging.claim import Claim
from verify.judging.finding import Finding
from verify.problem.cells import PAPER_BASE, Cell, scaling_cells
from verify.problem.problem import Direction, Parametrisation, Precision, Problem, make_problem
from verify.problem.update import Convention, Update
from verify.running.design import Design, requests_of
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import Resources, backend_of, check_memory
from verify.running.runs import Run
from verify.running.store import Store
from verify.session.session import Account, Session, judge_together

__all__ = ["ScalingResult", "ScalingStudy", "prepare", "conduct", "experiment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingResult:
    """What an experiment gives: findings, the runs behind them, and how they came about."""

    findings: tuple[Finding, ...]
    study: "ScalingStudy"
    runs: tuple[Run, ...]
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingStudy:
    """A run that has been checked and not begun.

    Attributes
    ----------
    seeds, max_seeds : int
        Of the first look, and of the last.
    claims : tuple of Claim
        Each with the cells that it is judged on.
    """

    problem: Problem
    update: Update
    cells: tuple[Cell, ...]
    seeds: int
    max_seeds: int
    first_seed: int
    claims: tuple[Claim, ...]
    dtype: Precision
    resources: Resources

    def requests(self, seeds: Sequence[int]) -> list[Request]:
        """Norms of the update at every cell and seed: what the table and the figure are made of."""
        every = Design(
            problem=self.problem, cells=self.cells, groups=("update-norms",), updates=(self.update,)
        )
        return [request for requests in requests_of(every, seeds).values() for request in requests]


def prepare(
    *,
    scales: Sequence[int] = tuple(range(1, 9)),
    base: tuple[int, int, int] = PAPER_BASE,
    sizes: Sequence[tuple[int, int, int]] = (),
    design: str | None = None,
    seeds: int | None = None,
    first_seed: int = 0,
    max_seeds: int | None = None,
    student: str = "tanh",
    teacher: str = "softplus",
    teacher_direction: Direction = "sphere",
    parametrisation: Parametrisation = "ntk",
    noise: float = 0.3,
    optimiser: str = "adam",
    adam: Convention = "corrected",
    eps: float = 0.0,
    dtype: Precision = "float32",
    backend: str = "auto",
    error_rate: float = 1e-4,
    memory_limit: int | None = None,
    threads: int | None = None,
) -> ScalingStudy:
    """Check everything that can be checked before anything is run or written; UsageError otherwise."""
    from verify.claims.norms.section import norm_claims

    if sizes and design == "off-ray":
        raise UsageError(
            "--sizes: has no cells in --design off-ray; use --design both or ray, or leave one out"
        )
    if seeds is not None and seeds < 2:
        raise UsageError(f"--seeds: must be at least 2, an interval needs repeats; got {seeds}")
    problem = make_problem(
        student=student,
        teacher=teacher,
        teacher_direction=teacher_direction,
        parametrisation=parametrisation,
        noise=noise,
    )
    update = Update(optimiser=optimiser, adam=adam, eps=eps)
    cells = scaling_cells(
        design=design or ("ray" if sizes else "both"), scales=scales, base=base, sizes=sizes
    )
    resources = Resources(backend=backend, memory_limit=memory_limit, threads=threads)
    claims = norm_claims(problem, update, cells)
    first = seeds or max(claim.seeds for claim in claims)
    if max_seeds is not None and max_seeds < first:
        raise UsageError(f"--max-seeds: must be at least --seeds ({first}); got {max_seeds}")
    check_memory(problem, cells, dtype, resources, backend_of(resources))
    return ScalingStudy(
        problem=problem,
        update=update,
        cells=cells,
        seeds=first,
        max_seeds=max_seeds or first,
        first_seed=first_seed,
        claims=tuple(replace(claim, error_rate=error_rate, users_problem=True) for claim in claims),
        dtype=dtype,
        resources=resources,
    )


def conduct(
    study: ScalingStudy,
    *,
    store: Path | str | None,
    fresh: bool = False,
    progress: Progress | None = None,
) -> ScalingResult:
    """Run a study's cells, look by look, and judge its claims."""
    session = Session(
        store=Store(ensure_directory(Path(store), "--store")) if store is not None else None,
        fresh=fresh,
        resources=study.resources,
        progress=progress or Progress(),
        dtype=study.dtype,
    )
    findings = judge_together(
        study.claims,
        seeds_of=lambda claim: study.seeds,
        first_seed=study.first_seed,
        max_seeds=study.max_seeds,
        session=session,
        more=study.requests,
        all_at_once=True,
    )
    return ScalingResult(
        findings=tuple(findings),
        study=study,
        runs=session.runs(study.requests(session.seeds)),
        account=session.account,
    )


def experiment(
    *,
    store: Path | str | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> ScalingResult:
    """`run` with the runs and the bookkeeping beside the findings; `options` are those of `prepare`."""
    return conduct(prepare(**options), store=store, fresh=fresh, progress=progress)
