"""The experiment of `verify.spike`: s_1 of W_1 along the learning rates, and spectra at a few of them."""

from collections.abc import Sequence
from typing import Any

from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.sweep.experiment import SweepResult, sweep

__all__ = ["experiment", "esd_updates"]


def experiment(**options: Any) -> SweepResult:
    """`run` with the records and the bookkeeping beside the findings."""
    from verify.claims.spike.section import command_claims

    return sweep(
        command_claims, _requests, **{key: value for key, value in options.items() if value is not None}
    )


def _requests(problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]) -> list[Any]:
    """Leading values of every update and seed, and whole spectra of the first seed for the figure."""
    from verify.measurements.spectra import leading_at, spectra_at
    from verify.running.request import Request

    def request(seed: int, custom: str) -> Request:
        return Request(problem=problem, cell=cell, seed=seed, group="custom", custom=custom, paired=True)

    return [
        *(request(seed, leading_at(updates)) for seed in seeds),
        request(seeds[0], spectra_at(esd_updates(problem, cell, updates))),
    ]


def esd_updates(problem: Problem, cell: Cell, updates: Sequence[Update]) -> tuple[Update, ...]:
    """Three etas whose ESD is drawn: below the threshold, the spike just out, and the largest."""
    from verify.predictions.spike import spike_of

    at = {update: spike_of(problem, cell, update) for update in updates}
    below = [u for u in updates if not at[u].outlier]
    out = [u for u in updates if at[u].outlier and at[u].top > 1.05 * at[u].edge]
    chosen = [*below[:1], *out[:1], updates[-1]]
    return tuple(dict.fromkeys(chosen))
