"""The experiment of `verify.overlap`: overlaps and sim(W_1, beta) along the learning rates."""

from collections.abc import Sequence

from verify.claims.overlap.section import command_claims
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.request import Request
from verify.sweep.experiment import Sweep

__all__ = ["OVERLAP", "requests_at"]


def requests_at(
    problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]
) -> list[Request]:
    """Top vectors after every update, of every seed."""
    return [
        Request(problem=problem, cell=cell, seed=seed, group="top", update=update, paired=True)
        for seed in seeds
        for update in updates
    ]


OVERLAP = Sweep(claims=command_claims, requests=requests_at)
