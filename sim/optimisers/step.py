"""One optimiser step after another, as pure functions: a position in, the next position out.

The optimiser's state travels with the position, so that a second Adam step uses the moments of the first.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.network.two_layer import Gradient, gradient
from sim.optimisers.table import optimiser_named
from sim.optimisers.update import Update, learning_rate

__all__ = ["Position", "moved_weights", "start_position", "take_step", "update_matrix"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Position:
    """Where training stands.

    Attributes
    ----------
    W, a : the layers, on the backend; a never changes
    step : int, steps taken so far
    state : the optimiser's after `step` gradients; None at the start, and for one that remembers nothing
    gradient, D : of the last step, taken at the weights before it; None at the start
    """

    W: Array
    a: Array
    step: int
    state: Any = None
    gradient: Gradient | None = None
    D: Array | None = None


def start_position(draw: Draw, *, backend: Backend) -> Position:
    """W_0 and a as drawn, no step taken."""
    return Position(W=backend.asarray(draw.weights()), a=backend.asarray(draw.readout()), step=0)


def update_matrix(update: Update, state: Any, G: Array) -> tuple[Any, Array]:
    """The optimiser's next state and D, the matrix that eta multiplies; `state` is None before the first gradient."""
    return optimiser_named(update.optimiser).step(state, G, **update.options)


def moved_weights(W: Array, D: Array, eta: float) -> Array:
    """W - eta D in the dtype of W; entries that overflow become infinite, without a warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        return W - eta * D


def take_step(
    draw: Draw,
    position: Position,
    update: Update,
    *,
    backend: Backend,
    gradient_here: Gradient | None = None,
    block_rows: int | None = None,
) -> Position:
    """One full-batch step on the drawn training set.

    Parameters
    ----------
    draw : Draw
    position : Position
        It stays as it is; the result shares no array with it that either would write to.
    update : Update
        With an eta, which may change along a run (StepLR); the rest may not.
    backend : Backend
    gradient_here : Gradient, optional
        The gradient at `position.W` where it is known already; one gradient serves every update from there.
    block_rows : int, optional
        As for `sim.network.two_layer`.

    Returns
    -------
    Position
        With W - eta D; infinite or nan where the step diverged.
    """
    if gradient_here is None:
        with np.errstate(over="ignore", invalid="ignore"):
            gradient_here = gradient(draw, position.W, position.a, backend=backend, block_rows=block_rows)
    state, D = update_matrix(update, position.state, gradient_here.G)
    return Position(
        W=moved_weights(position.W, D, learning_rate(update)),
        a=position.a,
        step=position.step + 1,
        state=state,
        gradient=gradient_here,
        D=D,
    )
