"""How a first layer and its update point: sim(W, beta), top overlaps, and G_0 against the two rank-one
matrices.

The candidates of Lemma B.4 are A = factor * a s^T with factor = 2 mu_1/sqrt(N d) (mean-field 2 mu_1/sqrt N)
and s = X^T r/n ("residual") or s = -X^T y/n ("label"); A itself is never formed.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.backend import Array, Backend
from sim.measures.mean_derivative import mean_derivative
from sim.measures.norms import top_singular_triplets
from sim.measures.singular_triplets import SingularTriplets
from sim.network.two_layer import Gradient
from sim.setting import Setting

__all__ = [
    "RankOneComparison",
    "compare_rank_one",
    "mean_derivative",
    "median_product",
    "similarity",
    "top_overlaps",
    "weight_similarity",
]

_UNIT_TOLERANCE = 1e-5


def similarity(v: ArrayLike, beta: ArrayLike) -> float:
    """|<v, beta>| for two unit vectors: sim(W, beta) when v is the top right singular vector of W.

    Raises
    ------
    ValueError
        If the lengths differ or a vector has not norm 1 (to 1e-5).

    Examples
    --------
    >>> similarity([0.0, -1.0], [0.6, 0.8])
    0.8
    """
    v, beta = np.asarray(v, np.float64), np.asarray(beta, np.float64)
    if v.ndim != 1 or v.shape != beta.shape:
        raise ValueError(f"v and beta must be vectors of one length, got shapes {v.shape} and {beta.shape}")
    for name, vector in (("v", v), ("beta", beta)):
        norm = float(np.linalg.norm(vector))
        if not abs(norm - 1.0) <= _UNIT_TOLERANCE:
            raise ValueError(f"{name} must be a unit vector, its norm is {norm:.6g}: divide by it")
    return float(abs(v @ beta))


def weight_similarity(
    W: Array, beta: ArrayLike, *, backend: Backend, start: NDArray | None = None
) -> tuple[float, SingularTriplets]:
    """sim(W, beta) and the top triplet of W that it was read from."""
    triplets = top_singular_triplets(W, k=1, start=start, backend=backend)
    return similarity(triplets.right[:, 0], beta), triplets


def top_overlaps(A: SingularTriplets, B: SingularTriplets) -> tuple[float, float]:
    """<u_1(A), u_1(B)>**2 and <v_1(A), v_1(B)>**2: the corner of the paper's overlap matrices.

    For triplets of two matrices of one shape; nan where a matrix is zero, since then its vectors are not
    determined.
    """
    if A.left.shape[0] != B.left.shape[0] or A.right.shape[0] != B.right.shape[0]:
        shapes = [(int(t.left.shape[0]), int(t.right.shape[0])) for t in (A, B)]
        raise ValueError(f"A and B must come from matrices of one shape, got {shapes[0]} and {shapes[1]}")
    if A.values[0] == 0.0 or B.values[0] == 0.0:
        return float("nan"), float("nan")
    left, right = float(A.left[:, 0] @ B.left[:, 0]), float(A.right[:, 0] @ B.right[:, 0])
    return min(left**2, 1.0), min(right**2, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankOneComparison:
    """G_0 beside one rank-one candidate A.

    Attributes
    ----------
    reading : "residual" or "label"
    sign_agreement : share of the entries of G_0 whose sign is that of A (a zero agrees with a zero only)
    operator_distance, operator_bound : ||G_0 - A||_2/||G_0||_2 and the error bound of its numerator over
    ||G_0||_2
    frobenius_distance : ||G_0 - A||_F/||G_0||_F
    median_entry : median |A_ij|, in the unit of G_0
    """

    reading: Literal["residual", "label"]
    sign_agreement: float
    operator_distance: float
    operator_bound: float
    frobenius_distance: float
    median_entry: float


def compare_rank_one(
    gradient: Gradient,
    top: SingularTriplets,
    *,
    setting: Setting,
    mu_1: float,
    reading: Literal["residual", "label"],
    backend: Backend,
    start: NDArray | None = None,
) -> RankOneComparison:
    """Distances and sign agreement of G_0 with the residual or the label matrix.

    Parameters
    ----------
    gradient : Gradient at W_0
    top : SingularTriplets of gradient.G, for ||G_0||_2 and ||G_0||_F
    setting : Setting
    mu_1 : float
        E sigma', as `mean_derivative`.
    reading : {"residual", "label"}
    backend : Backend
    start : float64 ndarray, shape (d,), optional
        Start vector for the norm of the difference.

    Notes
    -----
    One array of the size of G_0 is allocated, for the difference. A G_0 of zero gives nan
    distances, one that is not finite nan throughout.
    """
    if reading not in ("residual", "label"):
        raise ValueError(f'reading must be "residual" or "label", got {reading!r}')
    if not np.isfinite(top.values[0]):  # a run that diverged
        nan = float("nan")
        return RankOneComparison(
            reading=reading, sign_agreement=nan, operator_distance=nan, operator_bound=nan, frobenius_distance=nan,
            median_entry=nan,
        )  # fmt: skip
    signal = gradient.residual_signal if reading == "residual" else -gradient.label_signal
    factor = 2.0 * mu_1 * setting.input_scale / np.sqrt(setting.N)
    agreement, difference = _differences(gradient, factor * signal, backend)
    distance = top_singular_triplets(difference, k=1, start=start, backend=backend)
    a = backend.to_numpy(gradient.a).astype(np.float64)
    operator, frobenius = float(top.values[0]), top.frobenius
    nan = float("nan")
    return RankOneComparison(
        reading=reading,
        sign_agreement=agreement,
        operator_distance=float(distance.values[0]) / operator if operator > 0.0 else nan,
        operator_bound=float(distance.bounds[0]) / operator if operator > 0.0 else nan,
        frobenius_distance=distance.frobenius / frobenius if frobenius > 0.0 else nan,
        median_entry=median_product(np.abs(a), np.abs(factor * signal)),
    )


def _differences(gradient: Gradient, row: NDArray, backend: Backend) -> tuple[float, Array]:
    """Share of equal signs of G and a row^T, and G - a row^T, by blocks of rows."""
    xp, G = backend.xp, gradient.G
    on_device = xp.astype(backend.asarray(row), G.dtype)
    sign = xp.sign(on_device)
    difference = xp.empty_like(G)
    equal = 0
    for rows in backend.chunks(G.shape[0], G.shape[1]):
        here, a = G[rows, :], gradient.a[rows]
        equal += int(xp.count_nonzero(xp.sign(here) == xp.sign(a)[:, None] * sign))
        difference[rows, :] = here - a[:, None] * on_device
    return equal / (G.shape[0] * G.shape[1]), difference


def median_product(x: NDArray, y: NDArray) -> float:
    """Lower median of the products x_i y_j (x, y >= 0) without forming them, by bisection on the sorted
    factors.

    Examples
    --------
    >>> round(median_product([1.0, 2.0, 4.0], [1.0, 3.0, 9.0]), 9)
    6.0
    """
    x, y = np.asarray(x, np.float64), np.sort(np.asarray(y, np.float64))
    x, zeros = x[x > 0.0], int(np.count_nonzero(x == 0.0)) * y.size
    wanted = ((zeros + x.size * y.size) + 1) // 2 - zeros
    if wanted <= 0 or y.size == 0:
        return 0.0
    low, high = 0.0, float(x.max() * y[-1])
    for _ in range(1100):  # until low and high are neighbours, whatever the exponent
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        with np.errstate(over="ignore"):
            enough = int(np.searchsorted(y, middle / x, side="right").sum()) >= wanted
        low, high = (low, middle) if enough else (middle, high)
    return high
