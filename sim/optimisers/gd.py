"""The gradient-descent update: the gradient itself."""

from typing import TYPE_CHECKING

from sim.optimisers.optimiser import Optimiser

if TYPE_CHECKING:
    from sim.backend import Array

__all__ = ["OPTIMISER", "gd_update"]


def gd_update(state: None, G: "Array") -> "tuple[None, Array]":
    """D = G: gradient descent has no state."""
    return state, G


OPTIMISER = Optimiser(name="gd", title="GD", step=gd_update, is_gradient=True)
