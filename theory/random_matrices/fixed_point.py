"""The complex fixed point behind the ESD: (e, E) for each eigenvalue, by Newton's method along a path to the
real axis.

docs/derivations/esd.md, eqs. (3) to (10).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory import checks
from theory.random_matrices.noise_curve import merge_levels
from theory.random_matrices.random_covariance import RandomCovariance

__all__ = ["Levels", "Solution", "levels_of", "solve", "thinned"]

_CHUNK = 96  # eigenvalues at once: keeps the (eigenvalues x columns) work arrays inside the cache
_HEIGHT = 1e-12  # Im z/Re z at the end: what is left of it moves the distribution function by about as much
_SAMPLE_LEVELS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """A RandomCovariance with equal columns merged, in units of its mean variance, for N rows."""

    base: NDArray
    gain: NDArray
    columns: NDArray
    weights: NDArray
    samples: NDArray
    unit: float
    N: int
    d: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Per eigenvalue: how many of the d lie below, their density (times d), and whether the fixed point was
    found."""

    counted: NDArray
    density: NDArray
    converged: NDArray


def levels_of(covariance: RandomCovariance, N: int) -> Levels:
    """Merged levels; beyond 4000 sample levels, neighbours share their mean except for the 500 largest."""
    N = checks.size("N", N)
    unit = float(np.mean(covariance.base + covariance.gain))
    (base, gain), columns = merge_levels(covariance.base / unit, covariance.gain / unit)
    (weights,), samples = merge_levels(covariance.weights)
    if weights.size > _SAMPLE_LEVELS:
        weights, samples = thinned(weights, samples, _SAMPLE_LEVELS)
    return Levels(
        base=base,
        gain=gain,
        columns=columns,
        weights=weights,
        samples=samples,
        unit=unit,
        N=N,
        d=covariance.base.size,
        n=covariance.weights.size,
    )


def thinned(weights: NDArray, samples: NDArray, levels: int) -> tuple[NDArray, NDArray]:
    """So many levels: the 500 largest as they are, below them means of neighbours."""
    kept = 500
    bulk = np.array_split(np.arange(weights.size - kept), levels - kept)
    counts = np.array([samples[part].sum() for part in bulk])
    means = np.array([samples[part] @ weights[part] for part in bulk]) / counts
    return np.concatenate([means, weights[-kept:]]), np.concatenate([counts, samples[-kept:]])


def solve(levels: Levels, eigenvalues: NDArray) -> Solution:
    """Counting function and density of the eigenvalues of Y^T Y just above the real axis."""
    parts = [_solve_chunk(levels, eigenvalues[i : i + _CHUNK]) for i in range(0, eigenvalues.size, _CHUNK)]
    counted, density, converged = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Solution(counted=counted, density=density, converged=converged)


def _solve_chunk(levels: Levels, eigenvalues: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    lam = eigenvalues / levels.unit
    e, E, ok = _descend(levels, lam, factor=0.2)
    if not ok.all():
        bad = ~ok
        e[bad], E[bad], ok[bad] = _descend(levels, lam[bad], factor=0.6)
    z = lam * (1.0 + 1j * _HEIGHT)
    pop = levels.base + levels.gain * e[:, None]
    inner = E[:, None] * pop - z[:, None]
    q = (1.0 / inner) @ np.stack([levels.columns, levels.columns * levels.gain], axis=1)
    h = E * q[:, 1] / levels.n
    g = levels.N / E - 1.0
    # Every logarithm's argument stays in one half plane (esd.md, below eq. (9)), so the principal branch is
    # the right one.
    potential = np.log(inner) @ levels.columns + levels.N * np.log1p(g) - E * g
    potential += np.log1p(levels.weights * h[:, None]) @ levels.samples - levels.n * e * h
    return -potential.imag / np.pi, q[:, 0].imag / np.pi / levels.unit, ok


def _descend(levels: Levels, lam: NDArray, *, factor: float) -> tuple[NDArray, NDArray, NDArray]:
    """(e, E) at lam + i 0, followed from lam + i lam, where plain iteration converges, downwards."""
    e, E = np.ones(lam.size, dtype=complex), np.full(lam.size, levels.N, dtype=complex)
    height = 1.0
    for _ in range(25):
        e_new, E_new = _iterate(levels, e, E, lam * (1.0 + 1j))
        e, E = 0.5 * (e + e_new), 0.5 * (E + E_new)
    while True:
        e, E, ok = _newton(levels, e, E, lam * (1.0 + 1j * height))
        if height <= _HEIGHT:
            return e, E, ok
        height = max(height * factor, _HEIGHT)


def _sums(
    levels: Levels, e: NDArray, E: NDArray, z: NDArray
) -> tuple[NDArray, NDArray, NDArray, NDArray, NDArray]:
    pop = levels.base + levels.gain * e[:, None]
    Q = 1.0 / (E[:, None] * pop - z[:, None])
    gain = levels.gain
    first = Q @ np.stack([levels.columns, levels.columns * gain], axis=1).astype(complex)
    Q *= Q
    moments = np.stack([gain, gain**2, levels.base, levels.base * gain], axis=1) * levels.columns[:, None]
    second = Q @ moments.astype(complex)
    h = E * first[:, 1] / levels.n
    f = levels.weights / (1.0 + levels.weights * h[:, None])
    mean = f @ levels.samples.astype(complex) / levels.n
    f *= f
    return first, second, h, mean, f @ levels.samples.astype(complex) / levels.n


def _iterate(levels: Levels, e: NDArray, E: NDArray, z: NDArray) -> tuple[NDArray, NDArray]:
    first, _, _, mean, _ = _sums(levels, e, E, z)
    g = (levels.d + z * first[:, 0]) / E
    return mean, levels.N / (1.0 + g)


def _newton(levels: Levels, e: NDArray, E: NDArray, z: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Newton steps on e = mean rh/(1 + rh h), E + d + z tr Q = N, until every point has settled or 8 are
    done."""
    n, N, d = levels.n, levels.N, levels.d
    for _ in range(8):
        first, second, h, mean, mean_2 = _sums(levels, e, E, z)
        by_gain, by_gain_2 = second[:, 0], second[:, 1]
        by_pop, by_pop_gain = second[:, 2] + e * by_gain, second[:, 3] + e * by_gain_2
        a = 1.0 - mean_2 * E**2 * by_gain_2 / n
        b = mean_2 * (first[:, 1] - E * by_pop_gain) / n
        c = -z * E * by_gain
        f = 1.0 - z * by_pop
        r_1, r_2 = e - mean, E + d + z * first[:, 0] - N
        det = a * f - b * c
        step_e, step_E = (r_1 * f - b * r_2) / det, (a * r_2 - c * r_1) / det
        e, E = e - step_e, E - step_E
        change = np.maximum(np.abs(step_e) / np.abs(e), np.abs(step_E) / np.abs(E))
        if np.all(change < 1e-11):
            break
    # The distribution function is stationary at the fixed point (esd.md, eq. (9)): 1e-6 here is 1e-12 there.
    ok = (change < 1e-6) & (first[:, 0].imag > 0.0) & (h.imag >= 0.0) & (E.imag < 0.0)
    return e, E, ok
