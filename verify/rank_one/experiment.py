"""The experiment of `verify.rank_one`: the first gradient beside its rank-one matrices at rising d."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from verify.claims.gradient.rank_one import rank_one_claims
from verify.commands.described import first_look, judged, of_users_problem, problem_of, session_of
from verify.commands.spec import Options
from verify.errors import UsageError
from verify.judging.claim import Claim
from verify.judging.finding import Finding
from verify.problem.cells import Cell, own_sizes, ray
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Design, every_request
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.runs import Run
from verify.session.session import Account, Session

__all__ = ["GRADIENT", "RankOneResult", "RankOneStudy", "cells_of", "conduct", "experiment", "prepare"]

GRADIENT = Update(optimiser="gd")  # whose update G_0 is


@dataclass(frozen=True, slots=True, kw_only=True)
class RankOneStudy:
    """A run that has been checked and not begun; `seeds` are those of the first look."""

    options: Options
    problem: Problem
    cells: tuple[Cell, ...]
    claims: tuple[Claim, ...]
    seeds: int

    def requests(self, seeds: Sequence[int]) -> list[Request]:
        """The gradient of every cell and seed: what the table and the figure are made of."""
        return every_request(Design(problem=self.problem, cells=self.cells, groups=("gradient",)), seeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankOneResult:
    """What an experiment gives: findings, the runs behind them, and how they came about."""

    study: RankOneStudy
    findings: tuple[Finding, ...]
    runs: tuple[Run, ...]
    account: Account


def cells_of(
    scales: Sequence[int], base: tuple[int, int, int], sizes: Sequence[tuple[int, int, int]] = ()
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


def prepare(options: Options) -> RankOneStudy:
    """Check everything that can be checked before anything is run or written.

    Raises
    ------
    UsageError
        What cannot be run.
    """
    problem = problem_of(options)
    cells = cells_of(options["scales"], options["base"], options["sizes"])
    seeds = first_look(options)
    claims = of_users_problem(rank_one_claims(problem, cells, seeds=seeds))
    return RankOneStudy(options=options, problem=problem, cells=cells, claims=claims, seeds=seeds)


def conduct(study: RankOneStudy, session: Session) -> RankOneResult:
    """Run a study's cells, look by look, and judge its claims."""
    findings = judged(study.claims, study.options, session, seeds=study.seeds)
    runs = session.runs(study.requests(session.seeds))
    return RankOneResult(
        study=study,
        findings=tuple(findings),
        runs=tuple(replace(run, update=GRADIENT) for run in runs),
        account=session.account,
    )


def experiment(options: Options, progress: Progress | None = None) -> RankOneResult:
    """`run` with the runs and the bookkeeping beside the findings."""
    return conduct(prepare(options), session_of(options, progress))
