"""Students written into arrays that are there already: at many steps making new ones costs as much as the arithmetic.

To the last bit as `Activation.pair` gives them on the host.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sim.backend import get_backend
from sim.functions import elementary
from sim.functions.activations import Activation
from sim.functions.elementary import Pair

__all__ = ["IN_PLACE", "InPlace", "in_place", "one_less_square"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlace:
    """Value and derivative of an array z, one after the other, in its own room.

    Attributes
    ----------
    value : callable (z, room) -> array
        sigma(z), in z itself or in `room`, an array like z; what is left in z is `slope`'s.
    slope : callable (z) -> None
        Makes sigma' of what `value` left in z.
    """

    value: Callable[[NDArray, NDArray], NDArray]
    slope: Callable[[NDArray], None]


def _tanh(z: NDArray, room: NDArray) -> NDArray:
    return np.tanh(z, out=z)


def one_less_square(t: NDArray) -> None:
    """tanh' of tanh's values, in their place."""
    np.multiply(t, t, out=t)
    np.subtract(1, t, out=t)


def _erf(z: NDArray, room: NDArray) -> NDArray:
    from scipy.special import erf

    erf(z, out=room)
    return room


def _gaussian(z: NDArray) -> None:
    np.multiply(-z, z, out=z)
    np.exp(z, out=z)
    z *= 2 / math.sqrt(math.pi)


def _sin(z: NDArray, room: NDArray) -> NDArray:
    return np.sin(z, out=room)


def _cos(z: NDArray) -> None:
    np.cos(z, out=z)


def _itself(z: NDArray, room: NDArray) -> NDArray:
    return z


def _ones(z: NDArray) -> None:
    z[...] = 1


IN_PLACE: Mapping[Pair, InPlace] = MappingProxyType(
    {
        elementary.tanh: InPlace(value=_tanh, slope=one_less_square),
        elementary.erf: InPlace(value=_erf, slope=_gaussian),
        elementary.sin: InPlace(value=_sin, slope=_cos),
        elementary.linear: InPlace(value=_itself, slope=_ones),
    }
)


def in_place(sigma: Activation) -> InPlace:
    """The entry of an activation, or its pair with the derivative copied over z."""
    found = IN_PLACE.get(sigma.pair)
    if found is not None:
        return found
    backend = get_backend("numpy")

    def value(z: NDArray, room: NDArray) -> NDArray:
        room[...], z[...] = sigma.value_and_derivative(backend, z)
        return room

    return InPlace(value=value, slope=lambda z: None)
