"""The experiment of `verify.overlap`: overlaps and sim(W_1, beta) along the learning rates."""

from collections.abc import Sequence

from verify.claims.overlap.section import command_claims
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Design, every_request
from verify.running.request import Request
from verify.sweep.experiment import Sweep

__all__ = ["OVERLAP", "requests_at"]


def requests_at(
    problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]
) -> list[Request]:
    """Top vectors after every update, of every seed."""
    design = Design(problem=problem, cells=(cell,), groups=("top",), updates=updates, paired=True)
    return every_request(design, seeds)


OVERLAP = Sweep(claims=command_claims, requests=requests_at)
