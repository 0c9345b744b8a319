"""The training loss after the step, as it is and over the one before it."""

import numpy as np

from sim.measures.readout import Blocks
from sim.observables.group import NAN, Group, Reading, State

__all__ = ["GROUP"]


def training_readings(state: State) -> list[Reading]:
    """Mean squared residual over the training samples; nan where W diverged."""
    assert state.blocks is not None
    loss = NAN if state.W is None else _training_loss(state, state.blocks("train"))
    before = state.gradient.loss
    return [
        Reading(observable="training_loss", value=loss),
        Reading(observable="relative_training_loss", value=loss / before if before > 0.0 else NAN),
    ]


def _training_loss(state: State, blocks: Blocks) -> float:
    xp, setting, backend = state.backend.xp, state.draw.setting, state.backend
    a, total = xp.astype(state.gradient.a, xp.float64) / setting.N**0.5, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for products, y in blocks():
            for rows in backend.chunks(products.shape[0], products.shape[1]):
                sigma = setting.sigma.value(backend, products[rows, :] * setting.input_scale)
                r = xp.astype(sigma, xp.float64) @ a - xp.astype(y[rows], xp.float64)
                total += float(xp.sum(r * r))
    return total / setting.n


GROUP = Group(
    name="training_loss",
    observables=("training_loss", "relative_training_loss"),
    of="weights",
    measure=training_readings,
    work=lambda sizes: 2300.0 * sizes.n * sizes.N,
    samples=("train",),
)
