"""How far a spectrum is from white noise of its shape, at the scale that suits it best.

The distance is Kolmogorov's, between the empirical law of all min(N, d) eigenvalues and the Marchenko-Pastur law;
the scale is free, since the variance of a trained matrix's bulk is nobody's to know.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from theory.random_matrices.bulk import marchenko_pastur_quantile
from theory.random_matrices.johnstone import top_singular_value_quantile

__all__ = ["BulkFit", "WhiteLaw", "fit_bulk", "white_law"]

_KNOTS = 2001
_SEARCH = 0.8  # of ln(scale), on either side of the one that matches the medians
_COARSE = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WhiteLaw:
    """The Marchenko-Pastur law of a shape, tabulated: `share` of the eigenvalues lies below exp(`logs`)."""

    shape: tuple[int, int]
    logs: NDArray[np.float64]
    share: NDArray[np.float64]

    def below(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the eigenvalues below exp(logs), to 1e-5."""
        return np.interp(logs, self.logs, self.share, left=0.0, right=1.0)

    def top(self, variance: float, error_rate: float) -> float:
        """The eigenvalue that the largest of white noise of this variance passes with that probability."""
        N, d = self.shape
        return float(top_singular_value_quantile(1.0 - error_rate, N=N, d=d, variance=variance)) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkFit:
    """The best-scaled white law.

    Attributes
    ----------
    variance : float
        Of an entry, under that law.
    deviation : float
        Kolmogorov's distance of the eigenvalues from it.
    """

    variance: float
    deviation: float


@lru_cache(maxsize=64)
def white_law(N: int, d: int) -> WhiteLaw:
    """The table of a shape, unit variance."""
    share = np.sin(0.5 * np.pi * np.linspace(0.0, 1.0, _KNOTS)) ** 2
    values = marchenko_pastur_quantile(share, N=N, d=d)
    kept = values > 0.0
    return WhiteLaw(shape=(N, d), logs=np.log(values[kept]), share=share[kept])


def fit_bulk(eigenvalues: NDArray[np.float64], law: WhiteLaw) -> BulkFit:
    """The scale at which the white law is nearest to the eigenvalues, and that distance.

    Parameters
    ----------
    eigenvalues : ndarray, shape (m,)
        Squared singular values, ascending, zeros included; not all 0.
    law : WhiteLaw
        Of the matrix's shape.
    """
    positive = eigenvalues[eigenvalues > 0.0]
    logs = np.log(positive)
    zeros, m = eigenvalues.size - positive.size, eigenvalues.size
    steps = (zeros + np.arange(positive.size + 1)) / m

    def distance(shift: float) -> float:
        white = law.below(logs - shift)
        gap = max(float(np.max(white - steps[:-1])), float(np.max(steps[1:] - white)))
        return max(gap, zeros / m)

    middle = float(np.median(logs)) - float(np.interp(0.5, law.share, law.logs))
    grid = middle + np.linspace(-_SEARCH, _SEARCH, _COARSE)
    best = int(np.argmin([distance(shift) for shift in grid]))
    step = grid[1] - grid[0]
    found = optimize.minimize_scalar(
        distance, bounds=(grid[best] - step, grid[best] + step), method="bounded", options={"xatol": 1e-4}
    )
    return BulkFit(variance=float(np.exp(found.x)), deviation=float(found.fun))
