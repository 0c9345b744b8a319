"""Powered gradient descent: every entry of the gradient to a power, with its sign; between sign descent and GD."""

from typing import TYPE_CHECKING

from sim.optimisers.constant import Constant
from sim.optimisers.optimiser import Optimiser

if TYPE_CHECKING:
    from sim.backend import Array

__all__ = ["OPTIMISER", "POWER", "powerball_update"]

POWER = Constant(
    name="power", default=0.5, most=1.0, metavar="P", meaning="powerball's exponent; 0: the sign, 1: GD"
)


def powerball_update(state: None, G: "Array", *, power: float) -> "tuple[None, Array]":
    """D = sign(G) |G|^power, entry by entry; a zero stays one."""
    from array_api_compat import array_namespace

    POWER.checked(power)
    xp = array_namespace(G)
    return state, xp.sign(G) * xp.abs(G) ** power


OPTIMISER = Optimiser(name="powerball", title="powerball", step=powerball_update, constants=(POWER,))
