"""Numerics of the Tracy-Widom law: the determinant of the Airy kernel, and Painleve II.

The kernel is K_s(x, y) = Ai(x + y + s) on L2(0, inf). docs/derivations/tracy_widom.md.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, special

__all__ = [
    "LEFT",
    "RIGHT",
    "by_points",
    "density",
    "half_airy_integral",
    "log_cdf",
    "log_cdf_by_determinant",
    "log_cdf_by_painleve",
]

LEFT = -14.0  # F_1(-14) < 1e-47: zero to every accuracy that is promised here
RIGHT = 100.0  # Ai leaves the range of float64 near 104
_PAINLEVE_START = 8.0
_CHUNK = 64
_MANY = 200  # from here on the interpolants cost less than the determinants
_LOW, _MIDDLE, _HIGH = -10.5, -3.0, 6.0


def by_points(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    s: NDArray,
    *,
    below: float,
    above: float,
    chunk: int | None = _CHUNK,
) -> NDArray[np.float64]:
    """Apply a function of a 1-d array to the distinct points inside (LEFT, RIGHT), in chunks of bounded
    memory."""
    distinct, where = np.unique(s.ravel(), return_inverse=True)
    result = np.where(distinct <= LEFT, below, above)
    inside = np.flatnonzero((distinct > LEFT) & (distinct < RIGHT))
    size = chunk or max(inside.size, 1)
    for start in range(0, inside.size, size):
        part = inside[start : start + size]
        result[part] = function(distinct[part])
    return result[where].reshape(s.shape)


@lru_cache(maxsize=8)
def _legendre(nodes: int) -> tuple[NDArray, NDArray]:
    x, w = special.roots_legendre(nodes)
    return (x + 1.0) / 2.0, w / 2.0


def _grid(s: NDArray) -> tuple[NDArray, NDArray]:
    """Arguments x_i + x_j + s and weights sqrt(w_i w_j), shapes (k, nodes, nodes)."""
    # The kernel oscillates on 0 < x + y < -s and dies like exp(-(2/3)(x + y + s)^1.5) beyond; Ai(16) is
    # 4e-20 and the interval shrinks with growing s, where the decay is faster, to keep the nodes where the
    # kernel lives.
    lengths = np.where(s < 0.0, 16.0 - s, 16.0 / np.sqrt(1.0 + np.maximum(s, 0.0) / 4.0))
    x, w = _legendre(60 if s.min() < -9.0 else 40)
    nodes = lengths[:, None] * x
    weights = np.sqrt(lengths[:, None] * w)
    arguments = nodes[:, :, None] + nodes[:, None, :] + s[:, None, None]
    return arguments, weights[:, :, None] * weights[:, None, :]


def log_cdf_by_determinant(s: NDArray) -> NDArray[np.float64]:
    arguments, weights = _grid(s)
    eigenvalues = np.linalg.eigvalsh(weights * special.airy(arguments)[0])
    # F_1 > 0, so every eigenvalue is below 1; at the far left rounding can reach 1, where log F is -30 or
    # less anyway.
    return np.sum(np.log1p(-np.minimum(eigenvalues, 1.0 - 1e-16)), axis=-1)


def log_cdf(s: NDArray) -> NDArray[np.float64]:
    """log F_1 by determinants for a few points, for many by Chebyshev interpolants of 1e-13 and two
    traces."""
    if s.size < _MANY:
        return by_points(log_cdf_by_determinant, s, below=-np.inf, above=0.0)
    result = np.empty_like(s)
    left, middle, right = s < _LOW, (s >= _MIDDLE) & (s < _HIGH), s >= _HIGH
    lower = ~(left | middle | right)
    of_cdf, of_log_tail = _interpolants()
    result[left] = by_points(log_cdf_by_determinant, s[left], below=-np.inf, above=0.0)
    result[lower] = np.log(np.clip(of_cdf(s[lower]), 1e-300, 1.0))
    result[middle] = np.log1p(-np.exp(of_log_tail(s[middle])))
    first = by_points(half_airy_integral, s[right], below=np.nan, above=0.0)
    second = by_points(_airy_square_trace, s[right], below=np.nan, above=0.0)
    result[right] = -(
        first + 0.5 * second
    )  # log det(I - K) = -tr K - tr K^2/2 - .., tr K^3 < 1e-10 tr K from 6 on
    return result


@lru_cache(maxsize=1)
def _interpolants() -> tuple[Callable[[NDArray], NDArray], Callable[[NDArray], NDArray]]:
    """F_1 on [_LOW, _MIDDLE], whose logarithm is not known there, and log(1 - F_1) on [_MIDDLE, _HIGH]."""

    def cdf(s: NDArray) -> NDArray:
        return np.exp(by_points(log_cdf_by_determinant, s, below=-np.inf, above=0.0))

    def log_tail(s: NDArray) -> NDArray:
        return np.log(-np.expm1(by_points(log_cdf_by_determinant, s, below=-np.inf, above=0.0)))

    interpolate = np.polynomial.Chebyshev.interpolate
    return interpolate(cdf, 44, domain=[_LOW, _MIDDLE]), interpolate(log_tail, 50, domain=[_MIDDLE, _HIGH])


def _airy_square_trace(s: NDArray) -> NDArray[np.float64]:
    """tr K_s^2 = int_0^inf t Ai(t + s)^2 dt."""
    x, w = _legendre(64)
    lengths = 16.0 / np.sqrt(1.0 + np.maximum(s, 0.0) / 4.0)
    points = lengths[:, None] * x
    return lengths * ((points * special.airy(s[:, None] + points)[0] ** 2) @ w)


def density(s: NDArray) -> NDArray[np.float64]:
    arguments, weights = _grid(s)
    value, derivative = special.airy(arguments)[:2]
    eigenvalues, vectors = np.linalg.eigh(weights * value)
    moved = np.einsum("kij,kil,klj->kj", vectors, weights * derivative, vectors, optimize=True)
    gaps = 1.0 - np.minimum(eigenvalues, 1.0 - 1e-16)
    return -np.exp(np.sum(np.log(gaps), axis=-1)) * np.sum(moved / gaps, axis=-1)


def half_airy_integral(s: NDArray) -> NDArray[np.float64]:
    x, w = _legendre(64)
    lengths = np.where(s < 0.0, 32.0 - s, 32.0 / np.sqrt(1.0 + np.maximum(s, 0.0) / 4.0))
    return 0.5 * lengths * (special.airy(s[:, None] + lengths[:, None] * x)[0] @ w)


def log_cdf_by_painleve(s: NDArray) -> NDArray[np.float64]:
    """log F_1 = -(1/2) int_s^inf [q + (x - s) q^2] dx, q'' = x q + 2 q^3, q ~ Ai at +infinity."""
    start = _PAINLEVE_START
    ai, ai_prime = special.airy(start)[:2]
    # Beyond the start q = Ai to 1e-21, and int Ai^2 = Ai'^2 - x Ai^2, int int Ai^2 = (2 x^2 Ai^2 - 2 x Ai'^2
    # - Ai Ai')/3.
    squares = ai_prime**2 - start * ai**2
    double = (2.0 * start**2 * ai**2 - 2.0 * start * ai_prime**2 - ai * ai_prime) / 3.0
    first = float(half_airy_integral(np.array([start]))[0]) * 2.0
    points = np.unique(np.clip(s.ravel(), -8.0, start))[::-1]

    def flow(x: float, state: NDArray[np.float64]) -> list[float]:
        q, slope, _, inner, _ = state
        return [slope, x * q + 2.0 * q**3, -q, -(q**2), -inner]

    end = min(points[-1], start - 1e-9)
    solution = integrate.solve_ivp(
        flow, (start, end), [ai, ai_prime, first, squares, double],
        method="DOP853", rtol=3e-14, atol=1e-24, t_eval=points[points >= end],
    )  # fmt: skip
    logs = dict(zip(solution.t.tolist(), (-0.5 * (solution.y[2] + solution.y[4])).tolist(), strict=True))
    return np.array([_painleve_value(x, logs) for x in s.ravel()]).reshape(s.shape)


def _painleve_value(s: float, logs: dict[float, float]) -> float:
    if s > _PAINLEVE_START:
        return float(np.log1p(-by_points(half_airy_integral, np.array([s]), below=np.nan, above=0.0)[0]))
    if s < -8.0:
        raise ValueError(f"s must be at least -8 for method='painleve', got {s!r}; use method='determinant'")
    return logs[s]
