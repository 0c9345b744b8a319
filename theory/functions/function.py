"""A student or teacher as a mathematical object: value, derivative, a sympy expression if there is one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["NAMES", "Function"]


NAMES = ("tanh", "erf", "sin", "linear", "softplus", "silu", "relu", "gelu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A student sigma or a teacher sigma_* of one real variable.

    Parameters
    ----------
    name : str
        "tanh", "centred-softplus", "hermite:0,1,0.5", "expr:tanh(z)+z/2", "module:object".
    value, derivative : callable
        float64 arrays to float64 arrays of one shape; `derivative` is the pointwise one that a gradient uses.
    build_expression : callable or None
        Builds the sympy expression in the real symbol z when called; None for one known by values only.
    kinks : tuple of float
        Points where value or derivative jump.
    """

    name: str
    value: Callable[[NDArray], NDArray]
    derivative: Callable[[NDArray], NDArray]
    build_expression: Callable[[], Any] | None
    kinks: tuple[float, ...] = ()
