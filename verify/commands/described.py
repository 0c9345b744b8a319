"""What options describe: a problem, an update, what a run may use, a session with its store, seeds and looks."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sim.optimisers.update import update_of
from verify.commands.spec import Options
from verify.errors import UsageError
from verify.files.atomic import ensure_directory
from verify.judging.claim import Claim
from verify.judging.finding import Finding
from verify.problem.problem import Problem, make_problem
from verify.problem.update import Update
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import Resources
from verify.running.store import Store
from verify.session.session import Session, judge_together

__all__ = [
    "first_look",
    "judged",
    "of_users_problem",
    "problem_of",
    "resources_of",
    "session_of",
    "store_of",
    "rule_of",
]

PROBLEM = ("student", "teacher", "teacher_direction", "parametrisation", "noise")


def problem_of(options: Options) -> Problem:
    """Student, teacher, parametrisation, noise.

    Raises
    ------
    UsageError
        A function that is not known or has no moments.
    """
    return make_problem(**{name: options[name] for name in PROBLEM})


def rule_of(options: Options) -> Update:
    """The optimiser's update with the options that mean something to it, without a learning rate."""
    return update_of(options["optimiser"], options)


def resources_of(options: Options) -> Resources:
    """What the run may use."""
    return Resources(
        backend=options["backend"], memory_limit=options["memory_limit"], threads=options["threads"]
    )


def store_of(options: Options) -> Store | None:
    """The store, made where it is not there; None where nothing is kept.

    Raises
    ------
    UsageError
        A path that is no directory and cannot become one.
    """
    path = options["store"]
    return None if path is None else Store(ensure_directory(Path(path), "--store"))


def session_of(options: Options, progress: Progress | None = None) -> Session:
    """A session that keeps its records where the options say."""
    return Session(
        store=store_of(options),
        fresh=options["fresh"],
        resources=resources_of(options),
        progress=progress or Progress(),
        dtype=options.get("dtype"),
    )


def first_look(options: Options, own: int | None = None) -> int:
    """Seeds of the first look: those of the options, or where these leave it open the claims' own.

    Raises
    ------
    UsageError
        Fewer than two, or more than at the last look.
    """
    first, most = options["seeds"] or own or 0, options["max_seeds"]
    if first < 2:
        raise UsageError(f"--seeds: must be at least 2, an interval needs repeats; got {first}")
    if most is not None and most < first:
        raise UsageError(f"--max-seeds: must be at least --seeds ({first}); got {most}")
    return int(first)


def of_users_problem(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims as those of a command, on whatever problem and cells its user asks for."""
    return tuple(replace(claim, users_problem=True) for claim in claims)


def judged(
    claims: Sequence[Claim],
    options: Options,
    session: Session,
    *,
    seeds: int | None,
    more: Callable[[Sequence[int]], Sequence[Request]] = lambda seeds: (),
    all_at_once: bool = False,
) -> list[Finding]:
    """The claims judged as the options say (see `judge_together`); None leaves seeds and error rate each claim's own."""
    rate = options["error_rate"]
    return judge_together(
        claims if rate is None else [replace(claim, error_rate=rate) for claim in claims],
        seeds_of=lambda claim: seeds or claim.seeds,
        first_seed=options["first_seed"],
        max_seeds=options["max_seeds"],
        session=session,
        more=more,
        all_at_once=all_at_once,
    )
