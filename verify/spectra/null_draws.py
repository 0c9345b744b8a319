"""What pure noise of a shape gives: every statistic of this room over draws of the null matrix.

The eigenvalues of a Gaussian N x d matrix's Gram matrix have the law of those of a bidiagonal matrix with
independent chi entries (Dumitriu & Edelman 2002, J. Math. Phys. 43, 5830): a draw costs O(min(N, d)^2), and no
N x d matrix is made.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh_tridiagonal

from sim.measures.tails import MINIMUM_EIGENVALUES, hill_alpha, ks_alpha
from verify.spectra.bulk_shape import fit_bulk, white_law

__all__ = ["NullDraws", "draw_nulls", "null_spectrum", "top_excess"]

_TOP_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NullDraws:
    """Statistics of independent null matrices of one shape, one entry per draw.

    Attributes
    ----------
    hill, ks : ndarray, shape (draws,)
        Both exponents.
    deviation : ndarray, shape (draws,)
        `BulkFit.deviation`.
    top_excess : ndarray, shape (draws,)
        `top_excess`.
    """

    shape: tuple[int, int]
    hill: NDArray[np.float64]
    ks: NDArray[np.float64]
    deviation: NDArray[np.float64]
    top_excess: NDArray[np.float64]


def null_spectrum(N: int, d: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The min(N, d) non-zero eigenvalues of W^T W, ascending, W of independent standard normal entries."""
    m, n = min(N, d), max(N, d)
    diagonal = np.sqrt(rng.chisquare(n - np.arange(m)))
    below = np.sqrt(rng.chisquare(np.arange(m - 1, 0, -1))) if m > 1 else np.zeros(0)
    squares = diagonal**2
    squares[1:] += below**2
    values = eigvalsh_tridiagonal(squares, diagonal[:-1] * below, lapack_driver="sterf")
    return np.sort(np.maximum(values, 0.0))


@lru_cache(maxsize=32)
def draw_nulls(N: int, d: int, *, draws: int, seed: int = 0) -> NullDraws | None:
    """Statistics of `draws` null matrices; None without draws, or where a shape has too few eigenvalues for an exponent.

    The draws depend on the shape and the seed alone, so that equal layers have equal nulls; they are remembered.
    """
    if draws < 1 or min(N, d) < MINIMUM_EIGENVALUES:
        return None
    rng = np.random.default_rng([seed, max(N, d), min(N, d)])
    law = white_law(max(N, d), min(N, d))
    rows = []
    for _ in range(draws):
        values = null_spectrum(N, d, rng)
        rows.append(
            (
                hill_alpha(values).alpha,
                ks_alpha(values).alpha,
                fit_bulk(values, law).deviation,
                top_excess(values),
            )
        )
    found = np.array(rows, dtype=np.float64)
    found.setflags(write=False)
    hill, ks, deviation, excess = found.T
    return NullDraws(shape=(N, d), hill=hill, ks=ks, deviation=deviation, top_excess=excess)


def top_excess(eigenvalues: NDArray[np.float64]) -> float:
    """Mean of ln l over the top tenth, less ln l where that tenth begins: how slowly the upper end decays.

    Parameters
    ----------
    eigenvalues : ndarray, shape (m,)
        Ascending; the positive ones count, and at least five make the tenth.
    """
    logs = np.log(eigenvalues[eigenvalues > 0.0])
    count = min(max(5, round(_TOP_SHARE * logs.size)), logs.size)
    return float(logs[-count:].mean() - logs[-count])
