"""The experiment of `verify.scaling`: cells on and off the ray, look by look, and the claims on norms."""

from collections.abc import Sequence
from dataclasses import dataclass

from verify.claims.norms.section import norm_claims
from verify.commands.described import (
    first_look,
    judged,
    of_users_problem,
    problem_of,
    resources_of,
    rule_of,
    session_of,
)
from verify.commands.spec import Options
from verify.errors import UsageError
from verify.judging.claim import Claim
from verify.judging.finding import Finding
from verify.problem.cells import Cell, scaling_cells
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Design, every_request
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import backend_of, check_memory
from verify.running.runs import Run
from verify.session.session import Account, Session

__all__ = ["ScalingResult", "ScalingStudy", "conduct", "experiment", "prepare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingStudy:
    """A run that has been checked and not begun.

    Attributes
    ----------
    claims : tuple of Claim
        Each with the cells that it is judged on.
    seeds : int
        Of the first look.
    """

    options: Options
    problem: Problem
    update: Update
    cells: tuple[Cell, ...]
    claims: tuple[Claim, ...]
    seeds: int

    def requests(self, seeds: Sequence[int]) -> list[Request]:
        """Norms of the update at every cell and seed: what the table and the figure are made of."""
        every = Design(
            problem=self.problem, cells=self.cells, groups=("update-norms",), updates=(self.update,)
        )
        return every_request(every, seeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingResult:
    """What an experiment gives: findings, the runs behind them, and how they came about."""

    study: ScalingStudy
    findings: tuple[Finding, ...]
    runs: tuple[Run, ...]
    account: Account


def prepare(options: Options) -> ScalingStudy:
    """Check everything that can be checked before anything is run or written.

    Raises
    ------
    UsageError
        What cannot be run.
    """
    sizes, design = options["sizes"], options["design"]
    if sizes and design == "off-ray":
        raise UsageError(
            "--sizes: has no cells in --design off-ray; use --design both or ray, or leave one out"
        )
    problem, update = problem_of(options), rule_of(options)
    cells = scaling_cells(
        design=design or ("ray" if sizes else "both"),
        scales=options["scales"],
        base=options["base"],
        sizes=sizes,
    )
    claims = norm_claims(problem, update, cells)
    seeds = first_look(options, max(claim.seeds for claim in claims))
    resources = resources_of(options)
    check_memory(problem, cells, options["dtype"], resources, backend_of(resources))
    return ScalingStudy(
        options=options,
        problem=problem,
        update=update,
        cells=cells,
        claims=of_users_problem(claims),
        seeds=seeds,
    )


def conduct(study: ScalingStudy, session: Session) -> ScalingResult:
    """Run a study's cells, look by look, and judge its claims, all on the seeds of the table."""
    findings = judged(
        study.claims, study.options, session, seeds=study.seeds, more=study.requests, all_at_once=True
    )
    return ScalingResult(
        study=study,
        findings=tuple(findings),
        runs=session.runs(study.requests(session.seeds)),
        account=session.account,
    )


def experiment(options: Options, progress: Progress | None = None) -> ScalingResult:
    """`run` with the runs and the bookkeeping beside the findings."""
    return conduct(prepare(options), session_of(options, progress))
