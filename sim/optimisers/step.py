"""One optimiser step after another, as pure functions: a position in, the next position out.

The optimiser's state travels with the position, so that a second Adam step uses the moments of the first.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.network.two_layer import Gradient, gradient
from sim.optimisers.adam import AdamState, adam_update
from sim.optimisers.gd import gd_update

__all__ = ["Position", "Update", "moved_weights", "start_position", "take_step", "update_matrix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Which step is taken.

    Parameters
    ----------
    optimiser : {"adam", "gd"}
    eta : float, finite, >= 0
        Learning rate.
    adam : {"corrected", "uncorrected"}
        Adam's bias correction; without meaning for GD.
    eps : float, finite, >= 0
        Added to sqrt(V); 0 makes the first step the exact sign. Without meaning for GD.
    """

    optimiser: Literal["adam", "gd"]
    eta: float
    adam: Literal["corrected", "uncorrected"] = "corrected"
    eps: float = 0.0

    def __post_init__(self) -> None:
        if self.optimiser not in ("adam", "gd"):
            raise ValueError(f'optimiser must be "adam" or "gd", got {self.optimiser!r}')
        if self.adam not in ("corrected", "uncorrected"):
            raise ValueError(f'adam must be "corrected" or "uncorrected", got {self.adam!r}')
        for name in ("eta", "eps"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
                raise TypeError(f"{name} must be a number, got {value!r}")
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{name} must be finite and at least 0, got {value!r}")
            object.__setattr__(self, name, float(value))

    @property
    def rule(self) -> tuple[str, str, float]:
        """What fixes D given the gradient: all but eta."""
        return ("gd", "", 0.0) if self.optimiser == "gd" else ("adam", self.adam, self.eps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Position:
    """Where training stands.

    Attributes
    ----------
    W, a : the layers, on the backend; a never changes
    step : int, steps taken so far
    state : AdamState after `step` gradients; None for GD and at the start
    gradient, D : of the last step, taken at the weights before it; None at the start
    """

    W: Array
    a: Array
    step: int
    state: AdamState | None = None
    gradient: Gradient | None = None
    D: Array | None = None


def start_position(draw: Draw, *, backend: Backend) -> Position:
    """W_0 and a as drawn, no step taken."""
    return Position(W=backend.asarray(draw.weights()), a=backend.asarray(draw.readout()), step=0)


def update_matrix(update: Update, state: AdamState | None, G: Array) -> tuple[AdamState | None, Array]:
    """The optimiser's next state and D, the matrix that eta multiplies."""
    if update.optimiser == "gd":
        return gd_update(None, G)
    return adam_update(state, G, adam=update.adam, eps=update.eps)


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
        Adam's rule (correction, eps) may not change along a run; eta may (StepLR).
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
        W=moved_weights(position.W, D, update.eta),
        a=position.a,
        step=position.step + 1,
        state=state,
        gradient=gradient_here,
        D=D,
    )
