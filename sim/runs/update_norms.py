"""Norms of first updates: one gradient, then every update asked for, its Frobenius norm and its top singular value."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.measures.norms import top_singular_triplets
from sim.measures.triplet import is_finite
from sim.network.two_layer import first_gradient
from sim.optimisers.step import update_matrix
from sim.optimisers.update import Update

__all__ = ["UpdateNorms", "first_update", "update_norms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateNorms:
    """What was measured of one update D.

    Attributes
    ----------
    observables : dict of str to (value, bound)
        frobenius_norm, operator_norm (bound: a singular value lies that near; nan when the iteration has not
        converged), operator_failure_probability, zeros (exact zeros of G_0, as a float), operator_steps,
        operator_converged (1.0 or 0.0), readout_sum (sum_i a_i/sqrt N, NTK's N(0,1); under mean-field
        sum_i a_i/sqrt N too), initial_loss (mean r^2 at W_0).
    timings : dict of str to float
        Wall seconds of the stages gradient (draws included; shared by all updates) and norms.
    """

    observables: dict[str, tuple[float, float | None]]
    timings: dict[str, float]


def first_update(G: Array, update: Update) -> Array:
    """D_0 of the update; its eta is not asked for."""
    return update_matrix(update, None, G)[1]


def update_norms(draw: Draw, updates: Sequence[Update], *, backend: Backend) -> list[UpdateNorms]:
    """Norms of each first update D_0, all from one gradient.

    Parameters
    ----------
    draw : Draw
    updates : sequence of Update
        Their etas do not matter.
    backend : Backend

    Returns
    -------
    norms : list of UpdateNorms, one per update
        An update that is not finite has norms nan.
    """
    started = time.perf_counter()
    gradient = first_gradient(draw, backend=backend)
    G, loss, zeros = gradient.G, gradient.residual_2, gradient.zeros
    del gradient  # W_0 goes: the norms need its room
    backend.synchronize()
    seconds = time.perf_counter() - started
    shared = {
        "readout_sum": (float(draw.readout().astype("float64").sum()) / math.sqrt(draw.setting.N), None),
        "initial_loss": (loss, None),
        "zeros": (float(zeros), None),
    }
    return [_measured(draw, G, update, shared, seconds, backend) for update in updates]


def _measured(
    draw: Draw,
    G: Array,
    update: Update,
    shared: Mapping[str, tuple[float, float | None]],
    gradient_seconds: float,
    backend: Backend,
) -> UpdateNorms:
    started = time.perf_counter()
    D = first_update(G, update)
    norms: dict[str, tuple[float, float | None]] = {
        "frobenius_norm": (math.nan, None),
        "operator_norm": (math.nan, None),
    }
    if is_finite(D, backend):  # otherwise divergence is a value, not an error
        top = top_singular_triplets(D, k=1, start=draw.start_vector(draw.setting.d), backend=backend)
        norms = {
            "frobenius_norm": (top.frobenius, None),
            "operator_norm": (float(top.values[0]) if top.converged else math.nan, float(top.bounds[0])),
            "operator_failure_probability": (top.failure_probability, None),
            "operator_steps": (float(top.steps), None),
            "operator_converged": (float(top.converged), None),
        }
    timings = {"gradient": gradient_seconds, "norms": time.perf_counter() - started}
    return UpdateNorms(observables={**norms, **shared}, timings=timings)
