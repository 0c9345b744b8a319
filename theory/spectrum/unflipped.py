"""Noise of sign(G_0) in which columns without a flipped sign carry none, and how many of them runs have.

docs/derivations/nullity.md, section 7.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from theory import checks
from theory.random_matrices.random_covariance import RandomCovariance
from theory.spectrum.noise_covariance import signed_noise
from theory.spectrum.nullity import Nullity

__all__ = ["flipped_signals", "lost_counts", "noise_beside_unflipped"]

_GRID = np.linspace(0.0, 10.0, 8001)


def flipped_signals(kappa: float, N: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mid-quantiles of |g|, g standard normal, in columns with a flipped sign, and the chance of a flip at each.

    Parameters
    ----------
    kappa : float, > 0
    N, count : int, >= 1
        Rows; how many columns.

    Notes
    -----
    docs/derivations/nullity.md, eq. (nullity-15).
    """
    density = np.exp(-0.5 * _GRID**2) * -np.expm1(N * special.log_ndtr(kappa * _GRID))
    below = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    g = np.interp((np.arange(count) + 0.5) / count, below / below[-1], _GRID)
    return g, -np.expm1(N * special.log_ndtr(kappa * g))


def noise_beside_unflipped(
    kappa: float, N: int, d: int, lost: int, residual_squares: ArrayLike, *, isotropic: float = 0.0
) -> RandomCovariance:
    """Law of a row of the sign noise where `lost` of the d columns have no flipped sign.

    Parameters
    ----------
    kappa : float, > 0
    N, d : int
    lost : int, 0 to d - 1
    residual_squares, isotropic
        As in `theory.spectrum.noise_covariance.sign_noise`.

    Notes
    -----
    docs/derivations/nullity.md, eq. (nullity-16): the variance of a column that has a flip is larger by one over the
    chance of one, so that the mean over all columns is what it was.
    """
    lost, d = checks.size("lost + 1", lost + 1) - 1, checks.size("d", d)
    if not lost < d:
        raise ValueError(f"lost must be below d = {d}, got {lost}")
    g, chance = flipped_signals(kappa, N, d - lost)
    flipped = signed_noise(kappa * g, residual_squares, isotropic=isotropic)
    none = np.zeros(lost)
    return RandomCovariance(
        base=np.concatenate([none, flipped.base / chance]),
        gain=np.concatenate([none, flipped.gain / chance]),
        weights=flipped.weights,
    )


def lost_counts(modes: Nullity, d: int) -> list[tuple[int, float]]:
    """Three numbers of lost columns with weights that have the mean and the variance over runs.

    Notes
    -----
    The outer ones lie sqrt 3 deviations off, as for five moments of a normal law; within 0 and d - 1.
    """
    middle = round(modes.lost)
    step = max(1, round(math.sqrt(3.0) * modes.lost_sd))
    off = modes.lost - middle
    square = modes.lost_sd**2 + off**2
    weights = (
        (square - step * off) / (2.0 * step**2),
        1.0 - square / step**2,
        (square + step * off) / (2.0 * step**2),
    )
    counts = (min(max(middle + sign * step, 0), d - 1) for sign in (-1, 0, 1))
    return list(zip(counts, weights, strict=True))
