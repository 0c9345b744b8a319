"""Normalised gradient descent: the gradient over its Frobenius norm."""

from typing import TYPE_CHECKING

from sim.optimisers.optimiser import Optimiser

if TYPE_CHECKING:
    from sim.backend import Array

__all__ = ["OPTIMISER", "normalised_gd_update"]


def normalised_gd_update(state: None, G: "Array") -> "tuple[None, Array]":
    """D = G/||G||_F; a gradient of zeros stays one."""
    from array_api_compat import array_namespace

    xp = array_namespace(G)
    largest = float(xp.max(xp.abs(G)))
    if largest == 0.0:
        return state, G
    scaled = G / largest  # squares of small entries underflow in float32
    return state, scaled / float(xp.sum(xp.astype(scaled, xp.float64) ** 2)) ** 0.5


OPTIMISER = Optimiser(name="normalised-gd", title="normalised GD", step=normalised_gd_update)
