"""The second singular value of a first update: the edge of its noise off the signal's direction, shifted.

docs/derivations/edges.md, section 5.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory import checks
from theory.functions.activations import Function
from theory.gradient.decomposition import SignalNoise
from theory.gradient.norms import gradient_norms
from theory.random_matrices.random_covariance import upper_edge
from theory.spectrum.noise_spectra import (
    isotropic_share,
    rank_one_error,
    residual_squares_of,
    second_singular_value,
    sign_noise_of,
)

__all__ = ["gradient_second_value", "projected_residual_squares", "second_value_flag", "sign_second_value"]

HEAVY = 0.03  # of |t|^2 in one sample
FEW_SAMPLES = "n is at most d/2: the second value was measured 2 to 6 % below its prediction there"
HEAVY_TAILS = (
    "heavy-tailed residual: single samples make {:.0%} of |t|^2, and edges and second values were measured up to 13 % "
    "below their prediction there, second values of W_1 and the rank-one distance up to 25 %"
)

_WORK = 400_000  # entries of the largest array, and with them the number of eigenvalues that are moved
_STEPS = 60


def projected_residual_squares(residual_squares: ArrayLike, share: float) -> NDArray[np.float64]:
    """Eigenvalues of diag(q) - share q q^T/sum(q), q = r_k^2: the squared residuals that the noise off t is made of.

    Parameters
    ----------
    residual_squares : array_like, shape (n,)
        q, >= 0, not all 0.
    share : float in [0, 1]
        Of |t|^2 that is the samples' own: (d/n) E r^2/(d v_t).

    Returns
    -------
    eigenvalues : float64 ndarray, shape (n,), descending
        The largest ones (all for n <= 632), the others as they were.

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain.

    Notes
    -----
    docs/derivations/edges.md, eq. (edges-31). Each lies between two neighbouring q: bisection of the secular equation.
    """
    q = np.sort(checks.levels("residual_squares", residual_squares))[::-1].copy()
    share = checks.number("share", share, least=0.0, most=1.0)
    count = min(q.size, max(8, _WORK // q.size))
    upper, lower = q[:count].copy(), np.append(q[1:], 0.0)[:count]
    weight = share * q**2 / q.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(_STEPS):
            middle = 0.5 * (upper + lower)
            terms = weight / (q - middle[:, None])
            right = ~(terms.sum(axis=1) > 1.0)  # beyond the root the sum exceeds 1
            lower, upper = np.where(right, middle, lower), np.where(right, upper, middle)
    return np.concatenate([0.5 * (upper + lower), q[count:]])


def sign_second_value(
    sn: SignalNoise, teacher: Function, *, residual_squares: ArrayLike | None = None
) -> float:
    """s_2(sign(G_0)) to expect at this size.

    Parameters
    ----------
    sn : SignalNoise
    teacher : Function
        That of `sn`.
    residual_squares : array_like, shape (n,), optional
        r_k^2 to use in place of their mid-quantiles.

    Notes
    -----
    docs/derivations/edges.md, eqs. (edges-23), (edges-28), (edges-31).
    """
    squares = residual_squares_of(sn, teacher) if residual_squares is None else residual_squares
    projected, kept = _projected(sn, squares)
    law = sign_noise_of(sn, teacher, residual_squares=projected)
    if law is None:
        return second_singular_value(sn, teacher, residual_squares=squares).expected
    return upper_edge(replace(law, gain=kept * law.gain), sn.N).expected


def gradient_second_value(
    sn: SignalNoise, teacher: Function, *, residual_squares: ArrayLike | None = None
) -> float:
    """s_2(G_0) to expect at this size; parameters as in `sign_second_value`. mu_1 must not be 0."""
    squares = residual_squares_of(sn, teacher) if residual_squares is None else residual_squares
    projected, kept = _projected(sn, squares)
    edge = rank_one_error(sn, teacher, residual_squares=projected)
    return math.sqrt(kept) * edge.expected * gradient_norms(sn)[0]


def _projected(sn: SignalNoise, squares: ArrayLike) -> tuple[NDArray[np.float64], float]:
    """The squares off t, and their sum over the sum before; as they are where mu_2 != 0, where it is not derived."""
    plain = np.asarray(squares, dtype=np.float64)
    if isotropic_share(sn) > 0.0 or not plain.sum() > 0.0:
        return plain, 1.0
    share = min(sn.residual_2 / (sn.n * sn.v_t), 1.0)
    projected = projected_residual_squares(plain, share)
    return projected, float(projected.sum() / plain.sum())


def second_value_flag(sn: SignalNoise, *, few: bool = True) -> str | None:
    """Where second values are further below their prediction than their scatter: few samples, heavy tails."""
    share = sn.residual_4 / (sn.n**2 * sn.v_t * sn.residual_2)
    reasons = [FEW_SAMPLES] if few and 2 * sn.n <= sn.d else []
    return "; ".join([*reasons, HEAVY_TAILS.format(share)] if share > HEAVY else reasons) or None
