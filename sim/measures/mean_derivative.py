"""mu_1 = E sigma'(z), z ~ N(0,1), of an activation that may be steep: cells cut until increments are explained."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.backend import get_backend
from sim.functions.activations import Activation

__all__ = ["mean_derivative"]

REACH = 12.0  # N(0,1) exceeds it with probability 4e-33
CELLS = 1536  # to begin with
NARROWEST = 1e-13  # a cell this narrow holds a kink or a jump
MOST_CELLS = 100_000
TOLERANCE = 1e-13  # of an increment relative to sigma there, and of what a cell adds relative to its size
SHARE = 3e-15  # and of what all cells add: differences below it are rounding
FINE, COARSE = 10, 7


def mean_derivative(activation: Activation) -> float:
    """mu_1 = E sigma'(z), z ~ N(0,1); nan where sigma is too rough to tell, or not finite on [-12, 12].

    Gauss-Legendre on cells of [-12, 12] that are halved until the increment of sigma over a cell is the integral of
    sigma' and two rules agree: what is steep is seen by its increment, however narrow. A jump, where sigma' is not
    what a gradient sees, adds nothing. What is narrower than 1e-3 and comes back to where it was may stay unseen.

    Examples
    --------
    >>> from sim.functions.activations import named
    >>> round(mean_derivative(named("relu")), 12)
    0.5
    """
    edges = np.linspace(-REACH, REACH, CELLS + 1)
    left, right = edges[:-1], edges[1:]
    with np.errstate(all="ignore"):
        rises = np.abs(np.diff(activation.value(get_backend("numpy"), edges)))
        whole = float(rises @ _density(0.5 * (left + right)))
        total, cells = 0.0, len(left)
        while len(left):
            parts, resolved = _measured(activation, left, right, whole)
            done = resolved | (right - left <= NARROWEST)
            total += float(parts[done].sum())
            cells += 2 * int(np.count_nonzero(~done))
            if cells > MOST_CELLS or not math.isfinite(total):
                return math.nan
            middle = 0.5 * (left + right)[~done]
            left, right = np.concatenate([left[~done], middle]), np.concatenate([middle, right[~done]])
    return total


def _density(z: NDArray) -> NDArray:
    return np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def _measured(activation: Activation, left: NDArray, right: NDArray, whole: float) -> tuple[NDArray, NDArray]:
    """What each cell adds to mu_1, and whether it is resolved; `whole` is the sum of all, increments taken as >= 0."""
    (x, weights), (other, other_weights) = (np.polynomial.legendre.leggauss(k) for k in (FINE, COARSE))
    half = 0.5 * (right - left)
    z = left[:, None] + half[:, None] * (1.0 + np.concatenate([x, other]))
    backend = get_backend("numpy")
    slopes = np.asarray(activation.derivative(backend, z.ravel())).reshape(z.shape)
    ends = np.asarray(activation.value(backend, np.concatenate([left, right]))).reshape(2, -1)
    rise, integral = ends[1] - ends[0], half * (slopes[:, :FINE] @ weights)
    ulp = (
        8.0 * float(np.finfo(np.float64).eps) * np.maximum(np.abs(left), np.abs(right))
    )  # of z: all that follows has it
    rounding = TOLERANCE * (np.abs(ends).sum(axis=0) + np.abs(integral)) + ulp * np.abs(slopes).max(axis=1)
    steady = _density(left + half) * np.maximum(np.abs(rise - integral) - rounding, 0.0) <= SHARE * whole
    weighted = slopes * _density(z)
    parts, check = half * (weighted[:, :FINE] @ weights), half * (weighted[:, FINE:] @ other_weights)
    size = half * (np.abs(weighted[:, :FINE]) @ weights)
    rounding = TOLERANCE * size + SHARE * whole + ulp * np.ptp(weighted, axis=1)
    return parts, steady & (np.abs(parts - check) <= rounding)
