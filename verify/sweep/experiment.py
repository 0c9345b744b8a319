"""One cell, one optimiser, many learning rates: what `verify.spike` and `verify.overlap` run, beside their claims."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from verify.commands.described import first_look, judged, of_users_problem, problem_of, rule_of, session_of
from verify.commands.spec import Options
from verify.errors import UsageError
from verify.judging.claim import Claim
from verify.judging.finding import Finding
from verify.predictions.optimisers import missing_theory
from verify.predictions.spike import inputs_of, threshold_of
from verify.problem.cells import Cell, own_sizes
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.progress import Progress
from verify.running.request import Request
from verify.session.session import Account, Session

__all__ = [
    "FACTORS",
    "Sweep",
    "SweepResult",
    "SweepStudy",
    "conduct",
    "etas_of",
    "experiment",
    "prepare",
    "setup",
]

FACTORS = (0.25, 0.5, 0.9, 1.2, 1.6, 2.0, 3.0, 6.0, 20.0)  # etas by default, in units of the predicted eta_c
MOST_ETAS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a command runs along the learning rates.

    Attributes
    ----------
    claims : callable (problem, cell, updates, *, seeds) -> claims
    requests : callable (problem, cell, updates, seeds) -> requests
        What its table and its figure need beside the claims.
    """

    claims: Callable[..., Sequence[Claim]]
    requests: Callable[[Problem, Cell, tuple[Update, ...], Sequence[int]], Sequence[Request]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStudy:
    """A run that has been checked and not begun; `seeds` are those of the first look."""

    options: Options
    sweep: Sweep
    problem: Problem
    cell: Cell
    updates: tuple[Update, ...]
    claims: tuple[Claim, ...]
    seeds: int

    def requests(self, seeds: Sequence[int]) -> Sequence[Request]:
        """What the table and the figure need."""
        return self.sweep.requests(self.problem, self.cell, self.updates, seeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """Findings, the session that holds the records behind them, and how they came about."""

    study: SweepStudy
    findings: tuple[Finding, ...]
    session: Session
    account: Account


def prepare(options: Options, sweep: Sweep) -> SweepStudy:
    """Check everything that can be checked before anything is run or written.

    Raises
    ------
    UsageError
        What cannot be run.
    """
    seeds = first_look(options)
    problem, cell, updates = setup(options)
    claims = of_users_problem(sweep.claims(problem, cell, updates, seeds=seeds))
    return SweepStudy(
        options=options, sweep=sweep, problem=problem, cell=cell, updates=updates, claims=claims, seeds=seeds
    )


def conduct(study: SweepStudy, session: Session) -> SweepResult:
    """Run a study, look by look, and judge its claims; the table is made where nothing is certain, too."""
    findings = judged(study.claims, study.options, session, seeds=study.seeds, more=study.requests)
    if not study.claims:
        first = study.options["first_seed"]
        session.looks, session.seeds = 1, range(first, first + study.seeds)
        session.obtain(study.requests(session.seeds))
    return SweepResult(study=study, findings=tuple(findings), session=session, account=session.account)


def experiment(options: Options, sweep: Sweep, progress: Progress | None = None) -> SweepResult:
    """`run` with the session and the bookkeeping beside the findings."""
    return conduct(prepare(options, sweep), session_of(options, progress))


def setup(options: Options) -> tuple[Problem, Cell, tuple[Update, ...]]:
    """Problem, cell and updates that the options describe.

    Raises
    ------
    UsageError
        More than one cell; no signal; a learning rate that is no step; none for an optimiser that theory does not know.
    """
    sizes = options["sizes"]
    if len(sizes) != 1:
        raise UsageError(f"--sizes: must be one cell n,N,d in this command; got {len(sizes)}")
    (cell,) = own_sizes(sizes)
    if min(cell.N, cell.d) < 4:
        raise UsageError(f"--sizes: must have N and d of at least 4, or W_1 has no bulk; got {cell.label}")
    problem = problem_of(options)
    rule = rule_of(options)
    missing = missing_theory(rule)
    student = problem.signal_noise(cell, {"readout_sum": 0.0}).student
    if not missing and abs(student.mu_1) <= 1e-9 * math.sqrt(student.mu_1**2 + student.var_prime):
        raise UsageError(
            f"--student: must have E sigma'(z) != 0, or there is no signal whose spike is predicted; got {student.name}"
        )
    if missing and not options["eta"]:
        raise UsageError(f"--eta: must name the learning rates, {missing} and so no eta_c; got none")
    etas = options["eta"] or etas_of(problem, cell, rule)
    if len(etas) > MOST_ETAS:
        raise UsageError(f"--eta: must be at most {MOST_ETAS} learning rates; got {len(etas)}")
    if min(etas) <= 0.0:
        raise UsageError(f"--eta: must be above 0, or there is no step; got {min(etas):g}")
    return problem, cell, tuple(replace(rule, eta=float(eta)) for eta in sorted(set(etas)))


def etas_of(problem: Problem, cell: Cell, rule: Update) -> tuple[float, ...]:
    """The default learning rates: `FACTORS` times the predicted eta_c (edge/||D||_2, where there is none)."""
    unit = threshold_of(problem, cell, rule)
    if not math.isfinite(unit):
        inputs = inputs_of(problem, cell, rule)
        edge = math.sqrt(inputs.initial_variance) * (math.sqrt(cell.N) + math.sqrt(cell.d))
        unit = edge / inputs.update_norm
    return tuple(float(f"{factor * unit:.3g}") for factor in FACTORS)
