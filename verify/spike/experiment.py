"""The experiment of `verify.spike`: s_1 of W_1 along the learning rates, and spectra at a few of them."""

from collections.abc import Sequence

from verify.claims.spike.section import command_claims
from verify.measurements.spectra import leading_at, spectra_at
from verify.predictions.optimisers import missing_theory
from verify.predictions.spike import spike_of
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Design, every_request
from verify.running.measurement import Measurement
from verify.running.request import Request
from verify.sweep.experiment import Sweep

__all__ = ["SPIKE", "esd_updates", "leading_requests", "spectra_request"]


def leading_requests(
    problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]
) -> list[Request]:
    """Leading singular values after every update, of every seed."""
    return _measured(problem, cell, leading_at(updates), seeds)


def spectra_request(
    problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]
) -> Request:
    """Whole spectra of the first seed, at the learning rates whose ESD is drawn."""
    (request,) = _measured(problem, cell, spectra_at(esd_updates(problem, cell, updates)), seeds[:1])
    return request


def _measured(problem: Problem, cell: Cell, measurement: Measurement, seeds: Sequence[int]) -> list[Request]:
    return every_request(Design(problem=problem, cells=(cell,), measurement=measurement, paired=True), seeds)


def _requests(
    problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]
) -> list[Request]:
    return [
        *leading_requests(problem, cell, updates, seeds),
        spectra_request(problem, cell, updates, seeds),
    ]


def esd_updates(problem: Problem, cell: Cell, updates: Sequence[Update]) -> tuple[Update, ...]:
    """Etas whose ESD is drawn: below the threshold, the spike just out, and the largest; both ends without a theory."""
    if missing_theory(updates[0]):
        return tuple(dict.fromkeys([updates[0], updates[-1]]))
    at = {update: spike_of(problem, cell, update) for update in updates}
    below = [u for u in updates if not at[u].outlier]
    out = [u for u in updates if at[u].outlier and at[u].top > 1.05 * at[u].edge]
    chosen = [*below[:1], *out[:1], updates[-1]]
    return tuple(dict.fromkeys(chosen))


SPIKE = Sweep(claims=command_claims, requests=_requests)
