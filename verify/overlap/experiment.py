"""The experiment of `verify.overlap`: overlaps and sim(W_1, beta) along the learning rates."""

from collections.abc import Sequence
from typing import Any

from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.request import Request
from verify.sweep.experiment import SweepResult, sweep

__all__ = ["experiment", "requests_at"]


def experiment(**options: Any) -> SweepResult:
    """`run` with the records and the bookkeeping beside the findings."""
    from verify.claims.overlap.section import command_claims

    return sweep(
        command_claims, requests_at, **{key: value for key, value in options.items() if value is not None}
    )


def requests_at(
    problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]
) -> list[Request]:
    """Top vectors after every update, of every seed."""
    return [
        Request(problem=problem, cell=cell, seed=seed, group="top", update=update, paired=True)
        for seed in seeds
        for update in updates
    ]
