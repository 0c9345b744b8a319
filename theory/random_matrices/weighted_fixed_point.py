"""The complex fixed point where rows have weights of their own: (e, q, p) for each eigenvalue.

Rows of covariance added I + w_i Sigma; docs/derivations/esd.md, section 8.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory import checks
from theory.random_matrices.fixed_point import Levels, Solution, levels_of, thinned
from theory.random_matrices.noise_curve import merge_levels
from theory.random_matrices.random_covariance import RandomCovariance

__all__ = ["WeightedLevels", "solve_weighted", "weighted_levels_of"]

_CHUNK = 96  # eigenvalues at once, as in `fixed_point`
_HEIGHT = 1e-12  # Im z/Re z at the end
_ROW_LEVELS = 4000

Point = tuple[NDArray, NDArray, NDArray]
"""e, q = tr Q and p = tr Sigma Q of the resolvent Q, for some eigenvalues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedLevels:
    """Columns and samples of Sigma in units of its mean variance; rows and what is added in units of `unit`."""

    inner: Levels
    rows: NDArray
    counts: NDArray
    added: float
    unit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """What Newton's method needs at one point, in the letters of esd.md."""

    alpha: NDArray
    beta: NDArray
    alpha_by: tuple[NDArray, NDArray]  # in q, p
    beta_by: tuple[NDArray, NDArray]
    D: NDArray
    first: NDArray  # sums over j of Q, C Q, gain Q
    second: NDArray  # of Q^2 times 1, C, C^2, gain, gain C, gain^2
    h: NDArray
    mean: NDArray
    mean_2: NDArray


def weighted_levels_of(
    covariance: RandomCovariance, N: int, row_weights: ArrayLike, added: float
) -> WeightedLevels:
    """Merged levels; beyond 4000 of rows, neighbours share their mean except for the 500 largest.

    Raises
    ------
    TypeError, ValueError
        If there are not N weights >= 0, or `added` is not > 0.
    """
    added = checks.number("added", added, above=0.0)
    inner = levels_of(covariance, N)
    given = checks.levels("row_weights", row_weights)
    if given.size != inner.N:
        raise ValueError(f"row_weights must have N = {inner.N} entries, got {given.size}")
    (rows,), counts = merge_levels(given)
    if rows.size > _ROW_LEVELS:
        rows, counts = thinned(rows, counts, _ROW_LEVELS)
    unit = added + inner.unit * float(given.mean())
    return WeightedLevels(
        inner=inner, rows=rows * (inner.unit / unit), counts=counts, added=added / unit, unit=unit
    )


def solve_weighted(levels: WeightedLevels, eigenvalues: NDArray) -> Solution:
    """Counting function and density of the eigenvalues of Y^T Y just above the real axis."""
    parts = [_solve_chunk(levels, eigenvalues[i : i + _CHUNK]) for i in range(0, eigenvalues.size, _CHUNK)]
    counted, density, converged = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Solution(counted=counted, density=density, converged=converged)


def _solve_chunk(levels: WeightedLevels, eigenvalues: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    lam = eigenvalues / levels.unit
    point, ok = _descend(levels, lam, factor=0.2)
    if not ok.all():
        bad = ~ok
        again, found = _descend(levels, lam[bad], factor=0.6)
        for whole, part in zip(point, again, strict=True):
            whole[bad] = part
        ok[bad] = found
    e, q, p = point
    inner = levels.inner
    at = _sums(levels, point, lam * (1.0 + 1j * _HEIGHT))
    # Stationary in all six, as the potential without weights; every argument stays in one half plane.
    potential = np.log(at.D) @ inner.columns - levels.added * at.alpha * q - at.beta * p
    potential += np.log1p(levels.added * q[:, None] + levels.rows * p[:, None]) @ levels.counts
    potential += np.log1p(inner.weights * at.h[:, None]) @ inner.samples - inner.n * e * at.h
    return -potential.imag / np.pi, at.first[:, 0].imag / np.pi / levels.unit, ok


def _descend(levels: WeightedLevels, lam: NDArray, *, factor: float) -> tuple[Point, NDArray]:
    """The point at lam + i 0, followed from lam + i lam, where plain iteration converges, downwards."""
    z = lam * (1.0 + 1j)
    point: Point = (np.ones(lam.size, dtype=complex), -levels.inner.d / z, -levels.inner.d / z)
    for _ in range(25):
        at = _sums(levels, point, z)
        new = (at.mean, at.first[:, 0], at.first[:, 1])
        e, q, p = (0.5 * (old + each) for old, each in zip(point, new, strict=True))
        point = e, q, p
    height = 1.0
    while True:
        point, ok = _newton(levels, point, lam * (1.0 + 1j * height))
        if height <= _HEIGHT:
            return point, ok
        height = max(height * factor, _HEIGHT)


def _sums(levels: WeightedLevels, point: Point, z: NDArray) -> _Sums:
    e, q, p = point
    inner, t0 = levels.inner, levels.added
    m = 1.0 / (1.0 + t0 * q[:, None] + levels.rows * p[:, None])
    by_row = np.stack([levels.counts, levels.counts * levels.rows], axis=1).astype(complex)
    alpha, beta = (m @ by_row).T
    m *= m
    by_row = np.concatenate([by_row, by_row[:, 1:] * levels.rows[:, None]], axis=1)
    one, w, w_2 = (m @ by_row).T
    gain = inner.gain
    C = inner.base + gain * e[:, None]
    D = beta[:, None] * C + (t0 * alpha - z)[:, None]
    Q = 1.0 / D
    plain = np.stack([inner.columns, inner.columns * gain, inner.columns * gain**2], axis=1).astype(complex)
    sum_Q, gain_Q, _ = (Q @ plain).T
    CQ = C * Q
    first = np.stack([sum_Q, CQ @ plain[:, 0], gain_Q], axis=1)
    Z, G, GG = ((Q * Q) @ plain).T
    CP, CG, _ = ((CQ * Q) @ plain).T
    CC = (CQ * CQ) @ plain[:, 0]
    h = beta * gain_Q / inner.n
    f = inner.weights / (1.0 + inner.weights * h[:, None])
    samples = inner.samples.astype(complex)
    mean, mean_2 = f @ samples / inner.n, (f * f) @ samples / inner.n
    return _Sums(
        alpha=alpha,
        beta=beta,
        alpha_by=(-t0 * one, -w),
        beta_by=(-t0 * w, -w_2),
        D=D,
        first=first,
        second=np.stack([Z, CP, CC, G, CG, GG], axis=1),
        h=h,
        mean=mean,
        mean_2=mean_2,
    )


def _newton(levels: WeightedLevels, point: Point, z: NDArray) -> tuple[Point, NDArray]:
    """Newton steps on the three equations until every point has settled or 8 are done."""
    for _ in range(8):
        at = _sums(levels, point, z)
        found = np.stack([at.mean, at.first[:, 0], at.first[:, 1]], axis=1)
        values = np.stack(point, axis=1)
        step = np.linalg.solve(_jacobian(levels, at), (values - found)[:, :, None])[:, :, 0]
        values = values - step
        point = values[:, 0], values[:, 1], values[:, 2]
        change = np.max(np.abs(step) / np.abs(values), axis=1)
        if np.all(change < 1e-11):
            break
    ok = (change < 1e-6) & (at.first[:, 0].imag > 0.0) & (at.first[:, 1].imag > 0.0) & (at.h.imag >= 0.0)
    return point, ok & (at.alpha.imag < 0.0) & (at.beta.imag < 0.0)


def _jacobian(levels: WeightedLevels, at: _Sums) -> NDArray:
    """Of (e - mean, q - sum Q, p - sum C Q) in (e, q, p)."""
    t0, n = levels.added, levels.inner.n
    Z, CP, CC, G, CG, GG = at.second.T
    gain_Q = at.first[:, 2]
    J = np.zeros((at.h.size, 3, 3), dtype=complex)
    J[:, 0, 0] = 1.0 - at.mean_2 * at.beta**2 * GG / n
    J[:, 1, 0] = at.beta * G
    J[:, 2, 0] = at.beta * CG - gain_Q
    for column, (alpha, beta) in enumerate(zip(at.alpha_by, at.beta_by, strict=True), start=1):
        h = (beta * gain_Q - at.beta * (CG * beta + t0 * G * alpha)) / n
        J[:, 0, column] = at.mean_2 * h
        J[:, 1, column] = CP * beta + t0 * Z * alpha
        J[:, 2, column] = CC * beta + t0 * CP * alpha
    J[:, 1, 1] += 1.0
    J[:, 2, 2] += 1.0
    return J
