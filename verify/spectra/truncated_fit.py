"""The power law that ends at the largest eigenvalue, as WeightWatcher has it with `xmax="force"`.

For each x_min the likelihood of the law on [x_min, x_max], alpha > 1, and of these the one with the smallest
Kolmogorov-Smirnov distance. Where the tail does end, its alpha is far below that of the plain fit: the two are other
quantities, and a claim names the one it means.

WeightWatcher hands this to `powerlaw.Fit(l, xmax=max(l))`, which truncates the law that the distance is taken from
but, continuous data given, keeps the plain formula for alpha (1.5: always; 2.0: for alpha from 1.5 to 3, and above 3 it
searches no farther than 3). Here alpha maximises the truncated likelihood everywhere; `powerlaw` does with
`force_numerical_fit`, which is the oracle in the tests, as is scipy's `truncpareto`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.measures.tails import MINIMUM_EIGENVALUES

__all__ = ["TruncatedFit", "truncated_alpha"]

_HALVINGS = 60
_STEEPEST = 1e4  # of alpha - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncatedFit:
    """The fitted tail p(l) ~ l**-alpha on x_min <= l <= x_max = max l; `tail` eigenvalues, at `distance` from it."""

    alpha: float
    x_min: float
    tail: int
    distance: float


def truncated_alpha(eigenvalues: NDArray[np.float64]) -> TruncatedFit | None:
    """The truncated fit nearest to its tail; None for fewer than ten positive values or equal ones.

    Parameters
    ----------
    eigenvalues : ndarray, shape (m,)
        Squared singular values, any order; zeros are dropped.

    Notes
    -----
    alpha - 1 = b solves 1/b - Y/(exp(b Y) - 1) = mean of ln(l/x_min), Y = ln(x_max/x_min); where that mean is at least
    Y/2 no b > 0 does, and the x_min is passed over, as `powerlaw` passes over fits outside alpha > 1.
    """
    l = np.sort(eigenvalues[eigenvalues > 0.0])
    if l.size < MINIMUM_EIGENVALUES:
        return None
    logs = np.log(l)
    first = np.flatnonzero(np.concatenate([[True], np.diff(logs) > 1e-14]))[:-1]
    counts = l.size - first
    means = np.cumsum(logs[::-1])[::-1][first] / counts - logs[first]
    lengths = logs[-1] - logs[first]
    possible = means < 0.5 * lengths
    first, counts, means, lengths = first[possible], counts[possible], means[possible], lengths[possible]
    if first.size == 0:
        return None
    slopes = _slopes(means, lengths)
    distances = np.array(
        [_distance(logs[i:] - logs[i], b, Y) for i, b, Y in zip(first, slopes, lengths, strict=True)]
    )
    best = int(np.argmin(distances))
    return TruncatedFit(
        alpha=float(1.0 + slopes[best]),
        x_min=float(l[first[best]]),
        tail=int(counts[best]),
        distance=float(distances[best]),
    )


def _slopes(means: NDArray[np.float64], lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """The b > 0 of each pair: the mean of a truncated exponential falls in b."""
    low, high = np.zeros_like(means), np.minimum(1.0 / means, _STEEPEST)
    for _ in range(_HALVINGS):
        b = 0.5 * (low + high)
        with np.errstate(over="ignore"):
            mean = 1.0 / b - lengths / np.expm1(np.minimum(b * lengths, 700.0))
        low, high = np.where(mean > means, b, low), np.where(mean > means, high, b)
    return 0.5 * (low + high)


def _distance(y: NDArray[np.float64], b: float, Y: float) -> float:
    """Kolmogorov-Smirnov distance as in Clauset et al.: the share below each value beside the law."""
    return float(np.max(np.abs(np.expm1(-b * y) / np.expm1(-b * Y) - np.arange(y.size) / y.size)))
