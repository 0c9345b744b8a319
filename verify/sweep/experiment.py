"""One cell, one optimiser, many learning rates: what `verify.spike` and `verify.overlap` run, beside their claims."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.optimisers.table import optimiser_named
from verify.errors import UsageError
from verify.files.atomic import ensure_directory
from verify.judging.claim import Claim
from verify.judging.finding import Finding
from verify.predictions.optimisers import missing_theory
from verify.problem.cells import Cell, own_sizes
from verify.problem.problem import Problem, make_problem
from verify.problem.update import Update
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import Resources
from verify.running.store import Store
from verify.session.session import Account, Session, judge_together

__all__ = [
    "DEFAULTS", "EXPERIMENT_NAMES", "FACTORS", "NAMES", "PROBLEM_NAMES", "PYTHON_NAMES", "QUICK", "SweepResult", "etas_of",
    "setup", "sweep",
]  # fmt: skip

PROBLEM_NAMES = ("student", "teacher", "teacher_direction", "parametrisation", "noise")
EXPERIMENT_NAMES = (
    *PROBLEM_NAMES, "sizes", "optimiser", "adam", "eps", "eta", "seeds", "first_seed", "max_seeds", "dtype", "backend",
    "error_rate", "memory_limit", "threads", "fresh",
)  # fmt: skip
PYTHON_NAMES = (*EXPERIMENT_NAMES, "store")
NAMES = (*EXPERIMENT_NAMES, "out", "store", "quick", "dry_run", "quiet", "json")
PAPER_SIZES, SMALL_SIZES, SEEDS = (2000, 1500, 1000), (400, 300, 200), 40
DEFAULTS: dict[str, Any] = {"sizes": (PAPER_SIZES,), "seeds": SEEDS}
QUICK: dict[str, Any] = {"sizes": (SMALL_SIZES,)}
FACTORS = (0.25, 0.5, 0.9, 1.2, 1.6, 2.0, 3.0, 6.0, 20.0)  # etas by default, in units of the predicted eta_c
MOST_ETAS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """Findings, the session that holds the records behind them, and how they came about."""

    problem: Problem
    cell: Cell
    updates: tuple[Update, ...]
    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    session: Session  # which holds all that was obtained
    account: Account


def setup(options: Mapping[str, Any]) -> tuple[Problem, Cell, tuple[Update, ...]]:
    """Problem, cell and updates that the options describe.

    Raises
    ------
    UsageError
        More than one cell; no signal; a learning rate that is no step; none for an optimiser that theory does not know.
    """
    sizes = tuple(options.get("sizes") or (PAPER_SIZES,))
    if len(sizes) != 1:
        raise UsageError(f"--sizes: must be one cell n,N,d in this command; got {len(sizes)}")
    (cell,) = own_sizes(sizes)
    if min(cell.N, cell.d) < 4:
        raise UsageError(f"--sizes: must have N and d of at least 4, or W_1 has no bulk; got {cell.label}")
    problem = make_problem(**{name: options[name] for name in PROBLEM_NAMES if name in options})
    rule = _rule(options)
    missing = missing_theory(rule)
    student = problem.signal_noise(cell, {"readout_sum": 0.0}).student
    if not missing and abs(student.mu_1) <= 1e-9 * math.sqrt(student.mu_1**2 + student.var_prime):
        raise UsageError(
            f"--student: must have E sigma'(z) != 0, or there is no signal whose spike is predicted; got {student.name}"
        )
    if missing and not options.get("eta"):
        raise UsageError(f"--eta: must name the learning rates, {missing} and so no eta_c; got none")
    etas = options.get("eta") or etas_of(problem, cell, rule)
    if len(etas) > MOST_ETAS:
        raise UsageError(f"--eta: must be at most {MOST_ETAS} learning rates; got {len(etas)}")
    if min(etas) <= 0.0:
        raise UsageError(f"--eta: must be above 0, or there is no step; got {min(etas):g}")
    return problem, cell, tuple(replace(rule, eta=float(eta)) for eta in sorted(set(etas)))


def _rule(options: Mapping[str, Any]) -> Update:
    """The update without its eta; an option that means nothing to its optimiser is left out."""
    optimiser = options.get("optimiser", "adam")
    meant = optimiser_named(optimiser).options
    return Update(optimiser=optimiser, **{name: options[name] for name in meant if name in options})


def etas_of(problem: Problem, cell: Cell, rule: Update) -> tuple[float, ...]:
    """The default learning rates: `FACTORS` times the predicted eta_c (edge/||D||_2, where there is none)."""
    from verify.predictions.spike import inputs_of, threshold_of

    unit = threshold_of(problem, cell, rule)
    if not math.isfinite(unit):
        inputs = inputs_of(problem, cell, rule)
        edge = math.sqrt(inputs.initial_variance) * (math.sqrt(cell.N) + math.sqrt(cell.d))
        unit = edge / inputs.update_norm
    return tuple(float(f"{factor * unit:.3g}") for factor in FACTORS)


def sweep(
    make_claims: Callable[..., Sequence[Claim]],
    more: Callable[[Problem, Cell, tuple[Update, ...], Sequence[int]], Sequence[Request]],
    *,
    store: Path | str | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> SweepResult:
    """Judge the claims on the sweep; `more` names requests beside theirs (tables and figures)."""
    first, most = options.get("seeds") or SEEDS, options.get("max_seeds")
    if first < 2:
        raise UsageError(f"--seeds: must be at least 2, an interval needs repeats; got {first}")
    if most is not None and most < first:
        raise UsageError(f"--max-seeds: must be at least --seeds ({first}); got {most}")
    problem, cell, updates = setup(options)
    claims = tuple(make_claims(problem, cell, updates, seeds=first))
    session = Session(
        store=Store(ensure_directory(Path(store), "--store")) if store is not None else None,
        fresh=bool(options.get("fresh")),
        resources=Resources(
            backend=options.get("backend", "auto"),
            memory_limit=options.get("memory_limit"),
            threads=options.get("threads"),
        ),
        progress=progress or Progress(),
        dtype=options.get("dtype", "float32"),
    )
    start = options.get("first_seed", 0)
    findings = judge_together(
        [replace(claim, error_rate=options.get("error_rate", 1e-4)) for claim in claims],
        seeds_of=lambda claim: first,
        first_seed=start,
        max_seeds=most,
        session=session,
        more=lambda seeds: more(problem, cell, updates, seeds),
    )
    if not claims:  # nothing is certain here: the table is made all the same
        session.looks, session.seeds = 1, range(start, start + first)
        session.obtain(more(problem, cell, updates, session.seeds))
    return SweepResult(
        problem=problem,
        cell=cell,
        updates=updates,
        findings=tuple(findings),
        claims=claims,
        session=session,
        account=session.account,
    )
