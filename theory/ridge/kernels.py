"""What the ridge stage sees of student and teacher, given the input's component zeta along the update's
direction.

`docs/derivations/ridge.md`, eqs. (4) to (8).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from theory.checks import number
from theory.functions.smooth_pieces import RealFunction
from theory.numerics.legendre import gauss_legendre

__all__ = [
    "FeatureKernels",
    "TeacherKernels",
    "feature_kernels",
    "gaussian_shift_kernels",
    "line_moments",
    "normal_nodes",
    "teacher_kernels",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureKernels:
    """k0, k1, ks**2 at the nodes of zeta; `error` is the largest difference of two quadratures, relative."""

    k0: NDArray
    k1: NDArray
    ks_squared: NDArray
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherKernels:
    """Y0 = E[sigma_*|zeta], Y1 = E[sigma_* chi|zeta], Y2 = E[sigma_*^2|zeta] + rho^2 at the nodes of zeta."""

    Y0: NDArray
    Y1: NDArray
    Y2: NDArray
    error: float


@lru_cache(maxsize=16)
def normal_nodes(count: int) -> tuple[NDArray, NDArray]:
    """Nodes and weights of Gauss-Hermite quadrature for E over N(0, 1); read-only arrays."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    weights = weights / weights.sum()
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights


_WINDOW = 9.0  # of a standard normal: nothing is beyond
_FAR = 60.0  # standard deviations; panels over a longer stretch than this would be mostly empty


def line_moments(
    curve: RealFunction, *, slope: float, shifts: NDArray, kinks: tuple[float, ...] = ()
) -> tuple[NDArray, float]:
    """E F, E[g F], E F**2 for F = curve(slope g + shift), g ~ N(0, 1), one column per shift, and an error
    estimate.

    Notes
    -----
    Gauss-Legendre panels of 16 and of 24 nodes, graded around the point where the argument vanishes, so that
    a curve that saturates is resolved at any slope; panels as wide as the curve's own unit where that does
    not suffice.
    """
    if not slope > 1e-3:
        nodes, weights = normal_nodes(61)
        return _moments(curve(slope * nodes + shifts[:, None]), nodes[None, :], weights[None, :]), 0.0
    centres = -shifts / slope
    reach = _WINDOW + float(np.abs(centres).max())
    if reach > _FAR:
        return _line_moments_far(curve, slope, centres, kinks)
    best: tuple[NDArray, float] | None = None
    for finest in (False, True):
        edges = _panel_edges(slope, reach, kinks, finest=finest)
        if edges is None:
            break
        coarse, fine = (_on_panels(curve, slope, centres, edges, order) for order in (16, 24))
        error = float(np.abs(fine - coarse).max()) / max(1.0, float(np.abs(fine).max()))
        if best is None or error < best[1]:
            best = fine, error
        if error < 1e-11:
            break
    assert best is not None
    return best


def _line_moments_far(
    curve: RealFunction, slope: float, centres: NDArray, kinks: tuple[float, ...]
) -> tuple[NDArray, float]:
    """`line_moments` where the shifts are many spreads wide: panels for each shift within its own bell only."""
    graded = _panel_edges(slope, _FAR, kinks, finest=False)
    assert graded is not None
    marks = np.concatenate([graded, np.array([k / slope for k in kinks])])
    columns, error = [], 0.0
    for centre in centres.tolist():
        low, high = -centre - _WINDOW, -centre + _WINDOW
        inside = marks[(marks > low) & (marks < high)]
        edges = np.unique(np.concatenate([np.linspace(low, high, 19), inside]))
        place = np.array([centre])
        coarse, fine = (_on_panels(curve, slope, place, edges, order) for order in (16, 24))
        error = max(error, float(np.abs(fine - coarse).max()) / max(1.0, float(np.abs(fine).max())))
        columns.append(fine)
    return np.concatenate(columns, axis=1), error


def _moments(values: NDArray, g: NDArray, weights: NDArray) -> NDArray:
    return np.stack(
        [
            (values * weights).sum(axis=1),
            (values * g * weights).sum(axis=1),
            (values**2 * weights).sum(axis=1),
        ]
    )


def _panel_edges(slope: float, reach: float, kinks: tuple[float, ...], *, finest: bool) -> NDArray | None:
    unit = min(1.0, 1.0 / slope)
    if finest:
        count = math.ceil(reach / (2 * unit))
        if count > 1500:
            return None
        half = np.linspace(0.0, reach, count + 1)
    else:
        widths = [unit]
        while sum(widths) < reach:
            widths.append(min(1.0, 1.5 * widths[-1]))
        half = np.concatenate([[0.0], np.cumsum(widths)])
    own = np.array([k / slope for k in kinks])
    return np.unique(np.concatenate([-half, half, own[np.abs(own) < reach]]))


def _on_panels(curve: RealFunction, slope: float, centres: NDArray, edges: NDArray, order: int) -> NDArray:
    x, w = gauss_legendre(order)
    half = 0.5 * np.diff(edges)
    offsets = (0.5 * (edges[1:] + edges[:-1])[:, None] + half[:, None] * x).ravel()
    weights = (half[:, None] * w).ravel() / math.sqrt(2 * math.pi)
    # The argument depends on the offset alone: the curve is evaluated once, not once per shift.
    values = np.asarray(curve(slope * offsets), dtype=float)
    g = centres[:, None] + offsets
    density = np.exp(-0.5 * g * g) * weights
    return np.stack([density @ values, (density * g) @ values, density @ (values * values)])


def feature_kernels(
    student: RealFunction,
    zeta: NDArray,
    *,
    om: float,
    tau: float,
    gamma: float,
    kinks: tuple[float, ...] = (),
) -> FeatureKernels:
    """Kernels of sigma(om (tau g - gamma zeta)), g ~ N(0, 1), eqs. (4) to (6).

    Parameters
    ----------
    student : callable
        sigma, vectorised, odd.
    zeta : ndarray
    om : float
        1 for the paper's features, 1/sqrt(d) for the released ones.
    tau, gamma : float
        Spread of a preactivation, and its shift per unit of zeta.
    kinks : tuple of float
    """
    om, tau, gamma = number("om", om, above=0), number("tau", tau, above=0), number("gamma", gamma)
    (k0, k1, second), error = line_moments(student, slope=om * tau, shifts=-om * gamma * zeta, kinks=kinks)
    error = max(error, _rounding(k0, k1, second))
    return FeatureKernels(k0=k0, k1=k1, ks_squared=np.maximum(second - k0**2 - k1**2, 0.0), error=error)


def gaussian_shift_kernels(
    student: RealFunction, zeta: NDArray, *, om: float, gamma: float, kinks: tuple[float, ...] = ()
) -> FeatureKernels:
    """GD's kernels, eq. (8): row i moves by a_i gamma zeta, a_i ~ N(0, 1); k0 is the part along a.

    Notes
    -----
    g - a gamma zeta is Gaussian of variance 1 + (gamma zeta)**2, so both linear parts follow from one
    integral. To first order in gamma this is k0 = -gamma zeta k1 with k1 and ks of gamma = 0; what it leaves
    out is of fourth order in the kernel.
    """
    om, gamma = number("om", om, above=0), number("gamma", gamma)
    spread, place = np.unique(np.hypot(1.0, gamma * zeta), return_inverse=True)  # zeta and -zeta share theirs
    rows = [line_moments(student, slope=om * s, shifts=np.zeros(1), kinks=kinks) for s in spread]
    k1 = (np.array([moments[1, 0] for moments, _ in rows]) / spread)[place]
    second = np.array([moments[2, 0] for moments, _ in rows])[place]
    k0 = -gamma * zeta * k1
    error = max(*(here for _, here in rows), _rounding(k0, k1, second))
    return FeatureKernels(k0=k0, k1=k1, ks_squared=np.maximum(second - k0**2 - k1**2, 0.0), error=error)


def _rounding(k0: NDArray, k1: NDArray, second: NDArray) -> float:
    """What rounding leaves of E F**2 - k0**2, the share of the rows' own, where k0**2 is nearly all of E F**2."""
    lost = float(np.finfo(float).eps * second.max())
    left = float((second - k0**2).max())
    own = max(float((k1**2).max()), left if left > 100.0 * lost else 0.0)
    return lost / own if own > 0.0 else 0.0


def teacher_kernels(
    teacher: RealFunction, zeta: NDArray, *, overlap: float, noise: float, kinks: tuple[float, ...] = ()
) -> TeacherKernels:
    """Moments of sigma_*(overlap zeta + sqrt(1 - overlap^2) chi), chi ~ N(0, 1), given zeta, eq. (7)."""
    overlap, noise = number("overlap", overlap, least=-1, most=1), number("noise", noise, least=0)
    rest = math.sqrt((1 - overlap) * (1 + overlap))
    if rest > 0.1:
        (Y0, Y1, Y2), error = line_moments(teacher, slope=rest, shifts=overlap * zeta, kinks=kinks)
    else:
        # Panels about the kink would reach too far; the teacher is nearly a function of zeta alone.
        chi, weights = normal_nodes(61)
        Y0, Y1, Y2 = _moments(teacher(overlap * zeta[:, None] + rest * chi), chi[None, :], weights[None, :])
        error = 0.0
    return TeacherKernels(Y0=Y0, Y1=Y1, Y2=Y2 + noise**2, error=error)
