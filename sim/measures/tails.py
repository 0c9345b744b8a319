"""Power-law exponents of a spectrum: the Hill and the Kolmogorov-Smirnov estimate of the paper.

Both take the eigenvalues l_0 <= l_1 <= ... (squared singular values) and use only their ratios, so that
alpha(c l) = alpha(l).

*Zeros.* Only positive eigenvalues enter; how many were dropped is in the result. Which small values are
rounding noise and which are eigenvalues depends on how they were computed, so that is decided there
(`sim.measures.spectrum`), or by `floor`.

*Ties.* `hill_alpha` is the formula as it stands. For `ks_alpha` the candidates are the distinct values (not to
rounding: an orthogonal matrix has one), each with every eigenvalue >= x_min as its tail (Clauset, Shalizi &
Newman 2009); taking every index of a run of equal values instead would cut the run and fit a law to part of
the data. Without ties the two are the same.

*float32.* Input is widened before the logarithms. Eigenvalues rounded to float32 move alpha by about 1e-7
and can tie.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MINIMUM_EIGENVALUES", "TailFit", "hill_alpha", "ks_alpha"]

MINIMUM_EIGENVALUES = 10
_PROBES = 32
_ROUNDING = 64.0 * float(np.finfo(np.float64).eps)  # of ln l: eigenvalues nearer than that are equal


@dataclass(frozen=True, slots=True, kw_only=True)
class TailFit:
    """One fitted tail p(l) ~ l**-alpha on l >= x_min.

    Attributes
    ----------
    alpha : float, > 1.
    x_min : float, the smallest eigenvalue of the tail, in the input's unit.
    tail : int, number of eigenvalues that the estimate used.
    distance : float, Kolmogorov-Smirnov distance of the tail from the fit; nan for Hill.
    positive, dropped : int, eigenvalues above the floor, and the others.
    """

    alpha: float
    x_min: float
    tail: int
    distance: float
    positive: int
    dropped: int


def hill_alpha(eigenvalues: ArrayLike, *, floor: float = 0.0) -> TailFit:
    """Hill's exponent of the upper half, 1 + k/(sum_{j>=i} ln l_j - k ln l_i), i = floor(m/2), k = m - i.

    Parameters
    ----------
    eigenvalues : array_like, shape (M,), any order
        Squared singular values, real and finite.
    floor : float, >= 0
        Eigenvalues at or below it are dropped first; m counts the rest.

    Returns
    -------
    TailFit

    Raises
    ------
    ValueError
        If an eigenvalue is nan or infinite, fewer than 10 are above `floor`, or the upper half of these are
        equal: the exponent would be infinite.

    Notes
    -----
    PL_Alpha_Hill of the paper's section 3. A pure Marchenko-Pastur bulk has 2.449 at N/d = 1.5: a value means
    something against its null only.

    Examples
    --------
    >>> round(hill_alpha([2.0**k for k in range(16)]).alpha, 6)
    1.412199
    """
    l = _sorted_positive(eigenvalues, floor)
    logs = np.log(l)
    m = l.size
    i = m // 2
    excess = float(_tail_excess(logs)[i])
    if not excess > _ROUNDING * (m - i):
        raise ValueError(
            f"eigenvalues must differ in their upper half for Hill's exponent; its {m - i} are all equal to "
            f"{l[i]:g} or to rounding: there is no tail to fit"
        )
    return TailFit(
        alpha=1.0 + (m - i) / excess,
        x_min=float(l[i]),
        tail=m - i,
        distance=float("nan"),
        positive=m,
        dropped=np.size(eigenvalues) - m,
    )


def ks_alpha(eigenvalues: ArrayLike, *, floor: float = 0.0) -> TailFit:
    """Exponent of the tail that lies nearest to its own power law in the Kolmogorov-Smirnov distance.

    For each x_min = l_i but the largest: alpha_i as `hill_alpha` from i on, and
    D_i = max_{j>=i} |1 - (l_j/l_i)**(1 - alpha_i) - (j - i)/k|; the smallest D_i wins (of two equal ones the
    smaller x_min).

    Parameters
    ----------
    eigenvalues, floor
        As for `hill_alpha`.

    Returns
    -------
    TailFit

    Raises
    ------
    ValueError
        As `hill_alpha`, and if all positive eigenvalues are equal or to rounding, where no candidate is left.

    Notes
    -----
    PL_Alpha_KS of the paper's section 3; the fit is not truncated at the largest eigenvalue. Exact, though
    D_i is not computed for every i: its maximum over 32 values of j bounds it from below, and candidates are
    evaluated in the order of that bound until it passes the best D found.
    """
    l = _sorted_positive(eigenvalues, floor)
    logs = np.log(l)
    m = l.size
    excess = _tail_excess(logs)
    first_of_its_value = np.concatenate([[True], np.diff(logs) > _ROUNDING])
    candidates = np.flatnonzero(first_of_its_value & (excess > _ROUNDING * np.arange(m, 0, -1)))
    if candidates.size == 0:
        raise ValueError(
            f"eigenvalues must take two distinct positive values at least for a KS fit; all {m} are equal, or "
            "to rounding: there is no tail to fit"
        )
    slopes = (m - candidates) / excess[candidates]
    bounds = _lower_bounds(logs, candidates, slopes)
    best, best_distance = -1, np.inf
    for c in np.argsort(bounds, kind="stable"):
        if bounds[c] > best_distance:
            break
        distance = _distance(logs, int(candidates[c]), slopes[c])
        if distance < best_distance or (distance == best_distance and c < best):
            best, best_distance = int(c), distance
    i = int(candidates[best])
    return TailFit(
        alpha=float(1.0 + slopes[best]),
        x_min=float(l[i]),
        tail=m - i,
        distance=float(best_distance),
        positive=m,
        dropped=np.size(eigenvalues) - m,
    )


def _sorted_positive(eigenvalues: ArrayLike, floor: float) -> NDArray[np.float64]:
    """The eigenvalues above the floor in float64, ascending, or the reason why they are refused."""
    l = np.asarray(eigenvalues)
    if l.dtype.kind not in "fiu":
        raise TypeError(f"eigenvalues must be real numbers, got dtype {l.dtype}")
    if l.ndim != 1:
        raise ValueError(f"eigenvalues must be one-dimensional, got shape {l.shape}: pass squared values")
    if isinstance(floor, bool) or not isinstance(floor, int | float | np.integer | np.floating):
        raise TypeError(f"floor must be a number, got {floor!r}")
    if not (np.isfinite(floor) and floor >= 0.0):
        raise ValueError(f"floor must be finite and >= 0, got {floor!r}")
    l = l.astype(np.float64)
    if not np.isfinite(l).all():
        raise ValueError(
            f"eigenvalues must be finite, got {int((~np.isfinite(l)).sum())} nan or infinite ones"
        )
    positive = np.sort(l[l > floor])
    if positive.size < MINIMUM_EIGENVALUES:
        raise ValueError(
            f"an exponent needs at least {MINIMUM_EIGENVALUES} positive eigenvalues, "
            f"got {positive.size} of {l.size} above {floor:g}: use a matrix of higher rank"
        )
    return positive


def _tail_excess(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """sum_{j>=i} (ln l_j - ln l_i) for every i, by terms >= 0: nothing cancels, ties give an exact 0."""
    m = logs.size
    terms = np.diff(logs) * np.arange(m - 1, 0, -1)
    return np.concatenate([np.cumsum(terms[::-1])[::-1], [0.0]])


def _gaps(
    logs: NDArray[np.float64],
    i: int | NDArray[np.intp],
    j: NDArray[np.intp],
    slope: float | NDArray[np.float64],
    tail: int | NDArray[np.intp],
) -> NDArray[np.float64]:
    """|fitted - empirical| share of the tail that begins at i, at its places j."""
    return np.abs(-np.expm1(-slope * (logs[j] - logs[i])) - (j - i) / tail)


def _lower_bounds(
    logs: NDArray[np.float64], candidates: NDArray[np.intp], slopes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Largest gap over a few j per candidate, shape of `candidates`."""
    m = logs.size
    fractions = np.linspace(0.0, 1.0, _PROBES)
    j = candidates[:, None] + np.rint((m - 1 - candidates)[:, None] * fractions).astype(np.intp)
    i = candidates[:, None]
    return _gaps(logs, i, j, slopes[:, None], m - i).max(axis=1)


def _distance(logs: NDArray[np.float64], i: int, slope: float) -> float:
    m = logs.size
    return float(_gaps(logs, i, np.arange(i, m), slope, m - i).max())
