"""The gradient-descent update: the gradient itself."""

from sim.optimisers.adam import Array

__all__ = ["gd_update"]


def gd_update(state: None, G: Array) -> tuple[None, Array]:
    """D = G: gradient descent has no state."""
    return state, G
