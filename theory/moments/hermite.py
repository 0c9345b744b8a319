"""Hermite coefficients E[f(z) He_k(z)] to any order, with errors, and what they leave of E f^2."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.functions.activations import Function, parity
from theory.functions.narrow import marks_of
from theory.numerics.quadrature import Moment, check_growth, integrate_panels, moment, normal_density

__all__ = ["HermiteCoefficients", "hermite_coefficients", "hermite_tail"]

_LARGEST_DEGREE = (
    400  # He_k's oscillation is resolved by the adaptive panels far beyond what any prediction needs
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HermiteCoefficients:
    """E[f He_k], k = 0..degree; divided by sqrt(k!), as in an orthonormal basis, if `normalised`."""

    name: str
    normalised: bool
    values: tuple[float, ...]
    errors: tuple[float, ...]


def hermite_coefficients(f: Function, degree: int, *, normalised: bool = False) -> HermiteCoefficients:
    """E[f(z) He_k(z)] for k = 0..degree, He_k the probabilists' polynomials.

    Parameters
    ----------
    f : Function
    degree : int in [0, 400]
        Beyond 170 only with `normalised`: k! leaves float64.
    normalised : bool
        Divide by sqrt(k!): then sum_k values[k]**2 = E f^2 (Parseval).

    Raises
    ------
    ValueError
        If the degree is outside its range. MomentError if E f^2 does not exist.

    Examples
    --------
    >>> from theory.functions.activations import named
    >>> [round(c, 6) for c in hermite_coefficients(named("tanh"), 3).values]
    [0.0, 0.605706, 0.0, -0.363595]
    """
    if isinstance(degree, bool) or not isinstance(degree, int):
        raise TypeError(f"degree must be an int, got {type(degree).__name__}")
    largest = _LARGEST_DEGREE if normalised else 170
    if not 0 <= degree <= largest:
        raise ValueError(f"degree must lie in [0, {largest}], got {degree}")
    check_growth(f.value, power=2, label="E f^2", name=f.name)

    def raw(z: NDArray) -> NDArray:
        root = normal_density(z, root=2)
        return hermite_functions(z, degree) * (f.value(z) * root)

    labels = [f"E f He_{k}" for k in range(degree + 1)]
    values, errors = integrate_panels(raw, labels=labels, kinks=marks_of(f).points, name=f.name)
    vanishing = {"odd": 0, "even": 1, "none": None}[parity(f)]
    if vanishing is not None:
        values[vanishing::2] = errors[vanishing::2] = 0.0
    if not normalised:
        scale = np.array([math.sqrt(math.factorial(k)) for k in range(degree + 1)])
        values, errors = values * scale, errors * scale
    return HermiteCoefficients(
        name=f.name, normalised=normalised, values=tuple(values.tolist()), errors=tuple(errors.tolist())
    )


def hermite_functions(z: NDArray, degree: int) -> NDArray:
    """He_k(z) sqrt(phi(z)/k!), k = 0..degree, shape (degree + 1, m); none of them exceeds 1."""
    rows = np.empty((degree + 1, len(z)))
    rows[0] = normal_density(z, root=2)
    if degree:
        rows[1] = z * rows[0]
    for k in range(1, degree):
        rows[k + 1] = (z * rows[k] - math.sqrt(k) * rows[k - 1]) / math.sqrt(k + 1.0)
    return rows


def hermite_tail(f: Function, degree: int) -> Moment:
    """E f^2 minus what the Hermite coefficients up to `degree` carry: the part of f beyond it, >= 0."""
    whole = moment(lambda z: f.value(z) ** 2, kinks=marks_of(f).points, name=f.name)
    found = hermite_coefficients(f, degree, normalised=True)
    carried = math.fsum(c * c for c in found.values)
    slack = math.fsum(2.0 * abs(c) * e for c, e in zip(found.values, found.errors, strict=True))
    return Moment(value=whole.value - carried, error=whole.error + slack)
