"""The experiment of `verify.scaling`: cells on and off the ray, look by look, and the claims on norms."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from verify.errors import UsageError
from verify.judging.claim import Claim
from verify.judging.finding import Finding
from verify.problem.cells import PAPER_BASE, scaling_cells
from verify.problem.problem import Direction, Parametrisation, Precision
from verify.problem.update import Convention
from verify.statistics.verdict import Verdict

__all__ = ["ScalingResult", "ScalingStudy", "prepare", "conduct", "experiment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingResult:
    """What an experiment gives: findings, the runs behind them, and how they came about."""

    findings: tuple[Finding, ...]
    runs: tuple[Any, ...]  # of verify.session.plan.Run
    plan: Any  # verify.session.plan.Plan, of the last look
    looks: int
    computed: int
    reused: int
    refused: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingStudy:
    """A run that has been checked and not begun."""

    problem: Any  # verify.problem.Problem
    update: Any  # verify.problem.Update
    cells: tuple[Any, ...]  # of verify.problem.cells.Cell
    schedule: tuple[int, ...]  # seeds at each look
    first_seed: int
    claims: tuple[Claim, ...]
    error_rate: float
    dtype: Precision
    resources: Any  # verify.running.resources.Resources

    def plan(self, seeds: int) -> Any:
        """The verify.session.plan.Plan of one look."""
        from verify.session.plan import Plan

        return Plan(
            problem=self.problem,
            cells=self.cells,
            seeds=tuple(range(self.first_seed, self.first_seed + seeds)),
            update=self.update,
            dtype=self.dtype,
            resources=self.resources,
        )


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
    from verify.claims.norms.gradient import GD_SEEDS
    from verify.claims.norms.section import norm_claims
    from verify.claims.norms.update import ADAM_SEEDS
    from verify.problem.problem import make_problem
    from verify.problem.update import Update
    from verify.running.resources import Resources, backend_of, check_memory
    from verify.statistics import look_schedule

    if sizes and design == "off-ray":
        raise UsageError(
            "--sizes: has no cells in --design off-ray; use --design both or ray, or leave one out"
        )
    first = seeds or (GD_SEEDS if optimiser == "gd" else ADAM_SEEDS)
    if first < 2:
        raise UsageError(f"--seeds: must be at least 2, an interval needs repeats; got {first}")
    if max_seeds is not None and max_seeds < first:
        raise UsageError(f"--max-seeds: must be at least --seeds ({first}); got {max_seeds}")
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
    check_memory(problem, cells, dtype, resources, backend_of(resources))
    return ScalingStudy(
        problem=problem,
        update=update,
        cells=cells,
        schedule=look_schedule(first, max_seeds or first),
        first_seed=first_seed,
        claims=norm_claims(problem, update, cells),
        error_rate=error_rate,
        dtype=dtype,
        resources=resources,
    )


def conduct(
    study: ScalingStudy, *, store: Path | str | None, fresh: bool = False, progress: Any = None
) -> ScalingResult:
    """Run a study's cells, look by look, and judge its claims."""
    from verify.running.progress import Progress
    from verify.running.store import Store

    progress = progress or Progress()
    kept = Store(_directory(store)) if store is not None else None
    held: dict[Any, Any] = {}
    for looks, count in enumerate(study.schedule, start=1):  # noqa: B007 - read after the loop
        plan = study.plan(count)
        runs, findings = _look(study, plan, kept, fresh, progress, held)
        if not any(map(_more_seeds_may_tell, findings)):
            break
    return ScalingResult(
        findings=tuple(findings),
        runs=tuple(runs),
        plan=plan,
        looks=looks,
        computed=progress.computed,
        reused=progress.reused,
        refused=tuple(dict.fromkeys(progress.refused)),
    )


def _more_seeds_may_tell(finding: Finding) -> bool:
    from verify.claims.norms.weak import NO_PREDICTION

    return finding.verdict is Verdict.INCONCLUSIVE and not finding.note.startswith(NO_PREDICTION)


def experiment(
    *, store: Path | str | None = None, fresh: bool = False, progress: Any = None, **options: Any
) -> ScalingResult:
    """`run` with the runs and the bookkeeping beside the findings; `options` are those of `prepare`."""
    return conduct(prepare(**options), store=store, fresh=fresh, progress=progress)


def _directory(store: Path | str) -> Path:
    from verify.files.atomic import ensure_directory

    return ensure_directory(Path(store), "--store")


def _look(
    study: ScalingStudy, plan: Any, store: Any, fresh: bool, progress: Any, held: dict[Any, Any]
) -> tuple[list[Any], list[Finding]]:
    """Run what is missing of a plan and judge every claim on its own cells, at its share of the error rate."""
    from verify.claims.norms.section import cells_of_claim
    from verify.session.plan import execute, sample_of

    runs = execute(plan, store=store, fresh=fresh, progress=progress, held=held)
    findings = []
    for claim in study.claims:
        judged_cells = cells_of_claim(claim, plan.cells)
        sample = sample_of(claim, plan.problem, [run for run in runs if run.cell in judged_cells])
        judged = replace(claim, error_rate=study.error_rate / len(study.schedule))
        findings.append(judged.judge(judged, sample))
    return runs, findings
