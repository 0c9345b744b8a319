"""`python -m verify.scaling`: do the norms of the first update grow like sqrt(N d), with which constant?

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from verify.claim import Claim, Finding, Verdict
from verify.designs import PAPER_BASE, scaling_cells
from verify.errors import UsageError
from verify.options import check_values, parse_options
from verify.problem import Convention, Direction, Optimiser, Parametrisation, Precision

__all__ = ["ScalingResult", "ScalingStudy", "conduct", "experiment", "main", "prepare", "run"]

NAMES = (
    "scales", "base", "sizes", "design", "seeds", "first_seed", "max_seeds", "student", "teacher", "teacher_direction",
    "parametrisation", "noise", "optimiser", "adam", "eps", "dtype", "backend", "error_rate", "memory_limit", "threads",
    "out", "store", "fresh", "quick", "dry_run", "quiet", "json",
)  # fmt: skip
PYTHON_NAMES = tuple(name for name in NAMES if name not in ("out", "quick", "dry_run", "quiet", "json"))
QUICK: dict[str, Any] = {"scales": (1, 2, 3), "seeds": 3}
DESCRIPTION = (
    "Checks Theorem 4.1: whether ||D_0||_F and ||D_0||_2 of the first full-batch Adam update (or the norms of the first "
    "gradient, --optimiser gd) grow like sqrt(N d), with which constant, on the paper's ray and on a design off the ray."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingResult:
    """What an experiment gives: findings, the runs behind them, and how they came about."""

    findings: tuple[Finding, ...]
    runs: tuple[Any, ...]  # of verify.runs.Run
    plan: Any  # verify.runs.Plan, of the last look
    looks: int
    computed: int
    reused: int
    refused: tuple[str, ...] = field(default_factory=tuple)


def run(**options: Any) -> list[Finding]:
    """Findings on the norms of the first update.

    Parameters
    ----------
    **options
        The command's options by their names in Python, all optional: ``scales``, ``base``, ``sizes``, ``design``,
        ``seeds``, ``first_seed``, ``max_seeds``, ``student``, ``teacher``, ``teacher_direction``,
        ``parametrisation``, ``noise``, ``optimiser``, ``adam``, ``eps``, ``dtype``, ``backend``, ``error_rate``,
        ``memory_limit``, ``threads``, ``store`` (a directory; None keeps nothing), ``fresh``.

    Returns
    -------
    findings : list of Finding

    Raises
    ------
    UsageError
        An unknown option or a value outside its domain; a ValueError whose message is one line.

    Examples
    --------
    >>> findings = run(sizes=[(200, 150, 100)], design="ray", seeds=2, store=None)
    >>> findings[0].claim, str(findings[0].verdict)
    ('T4.1.F', 'supported')
    """
    return list(experiment(**check_values(PYTHON_NAMES, options)).findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingStudy:
    """A run that has been checked and not begun."""

    problem: Any  # verify.problem.Problem
    update: Any  # verify.problem.Update
    cells: tuple[Any, ...]  # of verify.designs.Cell
    schedule: tuple[int, ...]  # seeds at each look
    first_seed: int
    claims: tuple[Claim, ...]
    error_rate: float
    dtype: Precision
    resources: Any  # verify.runs.Resources

    def plan(self, seeds: int) -> Any:
        """The verify.runs.Plan of one look."""
        from verify.runs import Plan

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
    optimiser: Optimiser = "adam",
    adam: Convention = "corrected",
    eps: float = 0.0,
    dtype: Precision = "float32",
    backend: str = "auto",
    error_rate: float = 1e-4,
    memory_limit: int | None = None,
    threads: int | None = None,
) -> ScalingStudy:
    """Check everything that can be checked before anything is run or written; UsageError otherwise."""
    from verify.claims.norms import ADAM_SEEDS, GD_SEEDS, norm_claims
    from verify.problem import Update, make_problem
    from verify.runs import Resources, backend_of, check_memory
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
    from verify.runs import Progress
    from verify.store import Store

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
    from verify.claims.norm_weak import NO_PREDICTION

    return finding.verdict is Verdict.INCONCLUSIVE and not finding.note.startswith(NO_PREDICTION)


def experiment(
    *, store: Path | str | None = None, fresh: bool = False, progress: Any = None, **options: Any
) -> ScalingResult:
    """`run` with the runs and the bookkeeping beside the findings; `options` are those of `prepare`."""
    return conduct(prepare(**options), store=store, fresh=fresh, progress=progress)


def _directory(store: Path | str) -> Path:
    from verify.atomic import ensure_directory

    return ensure_directory(Path(store), "--store")


def _look(
    study: ScalingStudy, plan: Any, store: Any, fresh: bool, progress: Any, held: dict[Any, Any]
) -> tuple[list[Any], list[Finding]]:
    """Run what is missing of a plan and judge every claim on its own cells, at its share of the error rate."""
    from verify.claims.norms import cells_of_claim
    from verify.runs import execute, sample_of

    runs = execute(plan, store=store, fresh=fresh, progress=progress, held=held)
    findings = []
    for claim in study.claims:
        judged_cells = cells_of_claim(claim, plan.cells)
        sample = sample_of(claim, plan.problem, [run for run in runs if run.cell in judged_cells])
        judged = replace(claim, error_rate=study.error_rate / len(study.schedule))
        findings.append(judged.judge(judged, sample))
    return runs, findings


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.scaling_report import dry_run, report

    options = parse_options(argv, prog="verify.scaling", description=DESCRIPTION, names=NAMES, quick=QUICK)
    return dry_run(options) if options["dry_run"] else report(options)


if __name__ == "__main__":
    from verify.command import shell
    from verify.scaling import main as command  # the module by its name, so that its classes exist once

    sys.exit(shell("verify.scaling", command))
