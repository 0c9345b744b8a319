"""The experiment of `verify.overlap`: overlaps and sim(W_1, beta) along the learning rates."""

from collections.abc import Sequence
from typing import Any

from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.sweep.experiment import SweepResult, sweep

__all__ = ["experiment"]


def experiment(**options: Any) -> SweepResult:
    """`run` with the records and the bookkeeping beside the findings."""
    from verify.claims.overlap.section import command_claims

    return sweep(
        command_claims, _requests, **{key: value for key, value in options.items() if value is not None}
    )


def _requests(problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]) -> list[Any]:
    from verify.running.request import Request

    return [
        Request(problem=problem, cell=cell, seed=seed, group="top", update=update, paired=True)
        for seed in seeds
        for update in updates
    ]
