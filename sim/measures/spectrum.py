"""All singular values of a matrix, its numerical rank, and the overlaps of two matrices' singular vectors.

The cheap route is the smaller Gram matrix in float64: its eigenvalues carry an absolute error of about eps
times the largest, so the small end is lost when the ratio of eigenvalues passes 1e7 or so (W_1 after a sign
step with eta >= 100). A dense SVD keeps the small end and costs three times as much; `method="auto"` takes it
where it is needed.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend

__all__ = [
    "OverlapSummary",
    "Overlaps",
    "Spectrum",
    "SpectrumError",
    "overlap_matrices",
    "overlap_summary",
    "singular_values",
]

_EPS = float(np.finfo(np.float64).eps)
_GRAM_TOLERANCE = 1e-6


class SpectrumError(RuntimeError):
    """A dense solver returned values that contradict the Frobenius norm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """All min(N, d) singular values of a matrix.

    Attributes
    ----------
    values : float64 ndarray, descending; those at or below `floor` are set to 0.
    shape : (rows, columns) of the matrix.
    method : "gram" or "svd", the one that was used.
    floor : values at or below it cannot be told from 0 in the arithmetic used (of the matrix as it is stored:
        a product of thin factors that was computed in float32 has full rank by rounding).
    square_error : |sum s**2 - ||A||_F**2|/||A||_F**2 before the floor was applied.
    """

    values: NDArray[np.float64]
    shape: tuple[int, int]
    method: Literal["gram", "svd"]
    floor: float
    square_error: float

    @property
    def rank(self) -> int:
        """Number of singular values above the floor."""
        return int(np.count_nonzero(self.values))

    @property
    def nullity(self) -> int:
        """Number of the min(N, d) singular values that are numerically 0."""
        return self.values.size - self.rank

    @property
    def eigenvalues(self) -> NDArray[np.float64]:
        """The ESD: squared singular values, ascending, zeros included."""
        return self.values[::-1] ** 2


def singular_values(
    A: Array, *, backend: Backend, method: Literal["auto", "gram", "svd"] = "auto"
) -> Spectrum:
    """All singular values of A.

    Parameters
    ----------
    A : array of the backend, shape (N, d), float32 or float64
    backend : Backend
    method : {"auto", "gram", "svd"}
        "gram": eigenvalues of the smaller Gram matrix in float64; "svd": dense SVD in float64; "auto":
        "gram", and "svd" after it where the Gram matrix does not fix the smallest value to 1e-6 relative.

    Returns
    -------
    Spectrum

    Raises
    ------
    TypeError, ValueError
        If A is no real floating matrix, is empty, or has a nan or infinite entry.
    SpectrumError
        If the squares do not add up to ||A||_F**2 (dense SVDs on a GPU have returned wrong values silently).
    """
    if method not in ("auto", "gram", "svd"):
        raise ValueError(f'method must be "auto", "gram" or "svd", got {method!r}')
    A8, scale = _scaled_matrix(A, backend)
    shape = (int(A8.shape[0]), int(A8.shape[1]))
    if scale == 0.0:
        used: Literal["gram", "svd"] = "svd" if method == "svd" else "gram"
        return Spectrum(values=np.zeros(min(shape)), shape=shape, method=used, floor=0.0, square_error=0.0)
    squares = float(backend.xp.sum(A8 * A8))
    if math.sqrt(squares) > float(np.finfo(np.float64).max) / scale:
        raise ValueError("A must have a Frobenius norm within float64: divide it by its largest entry")
    if method != "svd":
        spectrum = _by_gram(A8, squares, backend)
        if method == "gram" or _resolved(spectrum):
            return _rescaled(spectrum, scale)
    return _rescaled(_by_svd(A8, squares, backend), scale)


def _scaled_matrix(A: Array, backend: Backend) -> tuple[Array, float]:
    """A in float64 over a power of two near its largest entry, and that power (0 for the zero matrix)."""
    xp = backend.xp
    backend.check_floating("A", A)
    if A.ndim != 2 or 0 in A.shape:
        raise ValueError(
            f"A must be a matrix with at least one row and one column, got shape {tuple(A.shape)}"
        )
    largest = float(xp.max(xp.abs(A)))
    if not np.isfinite(largest):
        raise ValueError(f"A must be finite, its largest entry is {largest}: record the divergence instead")
    if largest == 0.0:
        return xp.astype(A, xp.float64), 0.0
    scale = float(2.0 ** np.floor(np.log2(largest)))
    return xp.astype(A, xp.float64) / scale, scale


def _by_gram(A8: Array, squares: float, backend: Backend) -> Spectrum:
    xp = backend.xp
    At = xp.matrix_transpose(A8)
    gram = At @ A8 if A8.shape[0] >= A8.shape[1] else A8 @ At
    l = backend.to_numpy(xp.linalg.eigvalsh(gram))[::-1]
    floor = np.sqrt(max(A8.shape) * _EPS * max(l[0], 0.0))
    return _checked(np.sqrt(np.maximum(l, 0.0)), float(np.sum(l)), A8, "gram", float(floor), squares)


def _by_svd(A8: Array, squares: float, backend: Backend) -> Spectrum:
    s = backend.to_numpy(backend.xp.linalg.svdvals(A8))
    return _checked(s, float(np.sum(s**2)), A8, "svd", float(max(A8.shape) * _EPS * s[0]), squares)


def _checked(
    s: NDArray[np.float64],
    total: float,
    A8: Array,
    method: Literal["gram", "svd"],
    floor: float,
    squares: float,
) -> Spectrum:
    """The spectrum, once its sum of squares has been compared with the matrix's."""
    error = abs(total - squares) / squares
    if not error <= 16.0 * max(A8.shape) * _EPS:
        raise SpectrumError(
            f"the squared singular values from {method} must add up to ||A||_F**2 = {squares:.6g}, "
            f"relative difference {error:.2e}: the linear algebra library is at fault, try another backend"
        )
    values = np.where(s > floor, s, 0.0).astype(np.float64)
    return Spectrum(
        values=values,
        shape=(int(A8.shape[0]), int(A8.shape[1])),
        method=method,
        floor=floor,
        square_error=error,
    )


def _rescaled(spectrum: Spectrum, scale: float) -> Spectrum:
    return Spectrum(
        values=spectrum.values * scale,
        shape=spectrum.shape,
        method=spectrum.method,
        floor=spectrum.floor * scale,
        square_error=spectrum.square_error,
    )


def _resolved(spectrum: Spectrum) -> bool:
    """Whether an error of floor**2 in every eigenvalue leaves the smallest singular value right to 1e-6."""
    smallest = spectrum.values[-1]
    return bool(smallest > 0.0 and spectrum.floor**2 <= 2.0 * _GRAM_TOLERANCE * smallest**2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """Squared scalar products of two matrices' singular vectors (Def. C.1 of the paper).

    `left[i, j]` = <u_i(A), u_j(B)>**2 and `right[i, j]` = <v_i(A), v_j(B)>**2, float64, shape (k, k). Rows of
    A and columns of B beyond the numerical rank are nan: those singular vectors are not determined.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    rank_A: int
    rank_B: int


def overlap_matrices(A: Array, B: Array, *, backend: Backend, k: int | None = None) -> Overlaps:
    """O_U and O_V of A (a weight matrix) and B (an update), the leading k by k part.

    Parameters
    ----------
    A, B : arrays of the backend, both of shape (N, d), float32 or float64
    backend : Backend
    k : int, optional
        1 to min(N, d), the default. The cost is that of two dense SVDs whatever k is; for the top pair alone
        take `sim.measures.alignment.top_overlaps`.

    Raises
    ------
    TypeError, ValueError
        As `singular_values`; if the shapes differ or k is out of range.

    Notes
    -----
    Vectors of equal singular values are determined only up to a rotation among themselves.
    """
    backend.check_floating("A", A)
    backend.check_floating("B", B)
    if tuple(A.shape) != tuple(B.shape):
        raise ValueError(f"A and B must have one shape, got {tuple(A.shape)} and {tuple(B.shape)}")
    U_A, V_A, rank_A = _singular_vectors(A, backend)
    U_B, V_B, rank_B = _singular_vectors(B, backend)
    m = int(U_A.shape[1])
    if k is not None and (isinstance(k, bool) or not isinstance(k, (int, np.integer))):
        raise TypeError(f"k must be an integer, got {k!r}")
    k = m if k is None else int(k)
    if not 1 <= k <= m:
        raise ValueError(f"k must lie between 1 and min(N, d) = {m}, got {k}")
    xp = backend.xp
    undetermined = (np.arange(k) >= rank_A)[:, None] | (np.arange(k) >= rank_B)[None, :]
    left, right = (
        np.where(undetermined, np.nan, backend.to_numpy(xp.matrix_transpose(P[:, :k]) @ Q[:, :k]) ** 2)
        for P, Q in ((U_A, U_B), (V_A, V_B))
    )
    return Overlaps(left=left, right=right, rank_A=rank_A, rank_B=rank_B)


def _singular_vectors(A: Array, backend: Backend) -> tuple[Array, Array, int]:
    """Thin U, V and the numerical rank; the values are checked against the Frobenius norm."""
    xp = backend.xp
    A8, scale = _scaled_matrix(A, backend)
    U, s, Vt = xp.linalg.svd(A8, full_matrices=False)
    if scale == 0.0:
        return U, xp.matrix_transpose(Vt), 0
    values = backend.to_numpy(s)
    floor = float(max(A8.shape) * _EPS * values[0])
    checked = _checked(values, float(np.sum(values**2)), A8, "svd", floor, float(xp.sum(A8 * A8)))
    return U, xp.matrix_transpose(Vt), checked.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapSummary:
    """What the paper reads off an overlap matrix by eye, as numbers; nan entries are left out.

    `top` is the overlap of the two top vectors, `largest` the largest entry, `largest_off_diagonal` the same
    without the diagonal; `diagonal_means` the mean of the diagonal over consecutive rank blocks of equal
    length (up to one); `row_entropy` the mean over rows of the entropy of a row normalised to sum 1, in units
    of ln k (1 is spread evenly).
    """

    top: float
    largest: float
    largest_off_diagonal: float
    diagonal_means: tuple[float, ...]
    row_entropy: float


def overlap_summary(overlaps: NDArray[np.float64], *, blocks: int = 10) -> OverlapSummary:
    """Summary of one square matrix of squared overlaps.

    Parameters
    ----------
    overlaps : float64 ndarray, shape (k, k), entries in [0, 1] or nan
    blocks : int, 1 to k
        Number of rank blocks for the means of the diagonal.

    Raises
    ------
    TypeError
        If `overlaps` is no array of numbers, or `blocks` is no integer.
    ValueError
        If `overlaps` is not square or empty, or `blocks` is out of range.
    """
    dtype = getattr(overlaps, "dtype", None)
    if getattr(dtype, "kind", "") not in ("f", "i", "u"):
        got = type(overlaps).__name__ if dtype is None else dtype
        raise TypeError(f"overlaps must be an array of real numbers, got {got}")
    k = overlaps.shape[0] if overlaps.ndim else 0
    if overlaps.ndim != 2 or overlaps.shape != (k, k) or k == 0:
        raise ValueError(f"overlaps must be a square matrix, got shape {overlaps.shape}")
    if isinstance(blocks, bool) or not isinstance(blocks, int | np.integer):
        raise TypeError(f"blocks must be an integer, got {blocks!r}")
    if not 1 <= blocks <= k:
        raise ValueError(f"blocks must lie between 1 and {k}, got {blocks}")
    off = np.where(np.eye(k, dtype=bool), np.nan, overlaps)
    diagonal = np.diagonal(overlaps)
    return OverlapSummary(
        top=float(overlaps[0, 0]),
        largest=_largest(overlaps),
        largest_off_diagonal=_largest(off),
        diagonal_means=tuple(_mean(part) for part in np.array_split(diagonal, blocks)),
        row_entropy=_mean(_row_entropies(overlaps)),
    )


def _largest(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if known.size else float("nan")


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _row_entropies(overlaps: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.where(np.isnan(overlaps), 0.0, overlaps)
    totals = weights.sum(axis=1, keepdims=True)
    p = np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0.0)
    terms = np.where(p > 0.0, p * np.log(np.where(p > 0.0, p, 1.0)), 0.0)
    entropies = -terms.sum(axis=1) / max(np.log(overlaps.shape[0]), _EPS)
    return np.where(totals[:, 0] > 0.0, entropies, np.nan)
