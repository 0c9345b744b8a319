"""Deterministic inequalities: no limit and no probability, so one violation is a bug.
docs/derivations/inequalities.md."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.checks import number, size

__all__ = [
    "ForsterBound",
    "forster_bound",
    "forster_equality",
    "forster_rank_bound",
    "interlacing_interval",
    "norm_interval",
    "sign_norm_interval",
    "singular_vector_bound",
    "sufficient_eta",
    "weyl_interval",
    "weyl_sum_bounds",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForsterBound:
    """||sign(X)||_2 >= `value` for X of the given rank without zero entries; strict unless
    `equality_possible`."""

    value: float
    equality_possible: bool


def forster_bound(*, rows: int, columns: int, rank: int) -> ForsterBound:
    """Least ||sign(X)||_2 of a rows x columns matrix X of the given rank without zero entries.

    Parameters
    ----------
    rows, columns : int
        >= 1.
    rank : int
        From 1 to min(rows, columns).

    Returns
    -------
    ForsterBound
        value = sqrt(rows columns)/rank; equality holds exactly for rank 1.

    Raises
    ------
    ValueError
        If a size is not a positive integer, or the rank is larger than min(rows, columns).

    Notes
    -----
    docs/derivations/inequalities.md, eqs. (1) to (6). Forster et al. 2001; strictness for rank >= 2 is shown
    there.
    """
    for name, value in (("rows", rows), ("columns", columns), ("rank", rank)):
        size(name, value)
    if rank > min(rows, columns):
        raise ValueError(f"rank must be at most min(rows, columns) = {min(rows, columns)}, got {rank!r}")
    return ForsterBound(value=math.sqrt(rows * columns) / rank, equality_possible=rank == 1)


def forster_rank_bound(A: ArrayLike) -> float:
    """Least rank of a matrix with the signs of A: sqrt(rows columns) min|A_ij|/||A||_2.

    Parameters
    ----------
    A : array_like, shape (rows, columns)
        Finite, without zero entries; for A = sign(X) this is Forster's bound read for the rank.

    Returns
    -------
    rank : float, in (0, min(rows, columns)]; the sign rank of A is at least its ceiling.

    Raises
    ------
    ValueError
        If A is not a finite matrix, is empty, or has a zero entry.

    Notes
    -----
    docs/derivations/inequalities.md, eq. (7). A Hadamard matrix of order k has sign rank >= sqrt k.
    """
    A = _matrix("A", A)
    least = float(np.min(np.abs(A)))
    if least == 0.0:
        raise ValueError("A must have no zero entry: sign(0) is not a sign; perturb or drop it")
    return math.sqrt(A.size) * least / float(np.linalg.norm(A, 2))


def forster_equality(X: ArrayLike) -> bool:
    """Whether X attains Forster's bound: all its 2 x 2 sign minors agree, that is sign(X) has rank 1, and so
    has X.

    Parameters
    ----------
    X : array_like, shape (rows, columns)
        Finite, without zero entries.

    Returns
    -------
    equality : bool

    Raises
    ------
    ValueError
        If X is not a finite matrix, is empty, or has a zero entry.

    Notes
    -----
    docs/derivations/inequalities.md, eq. (6). Rank 1 is decided to the accuracy of a float64 singular value.
    """
    X = _matrix("X", X)
    if np.any(X == 0.0):
        raise ValueError("X must have no zero entry: sign(0) is not a sign; perturb or drop it")
    return int(np.linalg.matrix_rank(X)) == 1


def norm_interval(*, frobenius: float, rank: int) -> tuple[float, float]:
    """Where ||A||_2 lies, given ||A||_F and (an upper bound of) the rank: [||A||_F/sqrt(rank), ||A||_F].

    Parameters
    ----------
    frobenius : float
        >= 0.
    rank : int
        >= 1.

    Returns
    -------
    lower, upper : float
        Equality below when all non-zero singular values are equal, above when A has rank 1.

    Raises
    ------
    ValueError
        If an argument is outside its domain.
    """
    size("rank", rank)
    frobenius = _magnitude("frobenius", frobenius)
    return frobenius / math.sqrt(rank), frobenius


def sign_norm_interval(*, rows: int, columns: int) -> tuple[float, float]:
    """Where ||S||_2 lies for any matrix S of +-1: [sqrt(max(rows, columns)), sqrt(rows columns)].

    Parameters
    ----------
    rows, columns : int
        >= 1.

    Returns
    -------
    lower, upper : float
        Below: equality for rows of a Hadamard matrix; above: for rank 1.

    Raises
    ------
    ValueError
        If a size is not a positive integer.
    """
    for name, value in (("rows", rows), ("columns", columns)):
        size(name, value)
    return norm_interval(frobenius=math.sqrt(rows * columns), rank=min(rows, columns))


def weyl_interval(values: ArrayLike, *, perturbation_norm: float) -> tuple[NDArray, NDArray]:
    """Where the singular values of A + E lie: within ||E||_2 of those of A, one by one.

    Parameters
    ----------
    values : array_like, shape (k,)
        Singular values of A, descending.
    perturbation_norm : float
        ||E||_2, >= 0.

    Returns
    -------
    lower, upper : float64 ndarray, shape (k,)

    Raises
    ------
    ValueError
        If `values` is not a descending vector of non-negative numbers, or the norm is negative.
    """
    s = _descending("values", values)
    norm = _magnitude("perturbation_norm", perturbation_norm)
    return np.maximum(s - norm, 0.0), s + norm


def weyl_sum_bounds(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Upper bounds s_k(A + B) <= min over i + j = k + 1 of s_i(A) + s_j(B).

    Parameters
    ----------
    first, second : array_like, shape (k,)
        Singular values of A and of B, descending, equally many.

    Returns
    -------
    upper : float64 ndarray, shape (k,)

    Raises
    ------
    ValueError
        If the two are not descending vectors of non-negative numbers of one length.
    """
    a, b = _descending("first", first), _descending("second", second)
    if len(a) != len(b):
        raise ValueError(f"first and second must be equally long, got {len(a)} and {len(b)}")
    return np.array([np.min(a[: k + 1] + b[k::-1]) for k in range(len(a))])


def interlacing_interval(values: ArrayLike, *, rank: int) -> tuple[NDArray, NDArray]:
    """Where the singular values of A + R lie for R of the given rank: s_{k+rank}(A) <= s_k(A + R) <=
    s_{k-rank}(A).

    Parameters
    ----------
    values : array_like, shape (k,)
        All min(rows, columns) singular values of A, descending.
    rank : int
        >= 1.

    Returns
    -------
    lower, upper : float64 ndarray, shape (k,)
        inf and 0 where there is no such neighbour: the top `rank` values are free upwards.

    Raises
    ------
    ValueError
        If `values` is not a descending vector of non-negative numbers, or `rank` is not a positive integer.
    """
    s = _descending("values", values)
    size("rank", rank)
    shift = min(rank, len(s))
    return (
        np.concatenate([s[shift:], np.zeros(shift)]),
        np.concatenate([np.full(shift, np.inf), s[: len(s) - shift]]),
    )


def sufficient_eta(*, weight_norm: float, update_top: float, update_second: float) -> float:
    """The eta above which Weyl's inequality alone separates the top singular value: 2 ||W_0||_2/(s_1(D) -
    s_2(D)).

    Parameters
    ----------
    weight_norm, update_top, update_second : float
        ||W_0||_2, s_1(D), s_2(D); each >= 0.

    Returns
    -------
    eta : float; inf when s_1(D) = s_2(D). Sufficient, not necessary: `theory.spike.inputs.critical_eta` is
    sharp.

    Raises
    ------
    ValueError
        If an argument is negative or not finite, or update_second > update_top.
    """
    weight = _magnitude("weight_norm", weight_norm)
    top, second = _magnitude("update_top", update_top), _magnitude("update_second", update_second)
    if second > top:
        raise ValueError(f"update_second must be at most update_top = {top!r}, got {second!r}")
    return 2.0 * weight / (top - second) if top > second else math.inf


def singular_vector_bound(
    *, weight_norm: float, update_top: float, update_second: float, eta: float
) -> float:
    """Least |u_1(W_1).u_1(D)|^2 and |v_1(W_1).v_1(D)|^2 that norms alone allow.

    Parameters
    ----------
    weight_norm, update_top, update_second, eta : float
        ||W_0||_2, s_1(D), s_2(D), eta; each >= 0.

    Returns
    -------
    bound : float, in [0, 1]; 0 where nothing follows.

    Raises
    ------
    ValueError
        If an argument is negative or not finite, or update_second > update_top.

    Notes
    -----
    docs/derivations/inequalities.md, eq. (12) (Wedin 1972): the sine of either angle is at most
    ||W_0||_2/(eta s_1(D) - ||W_0||_2 - eta s_2(D)).
    """
    eta = _magnitude("eta", eta)
    start = sufficient_eta(weight_norm=weight_norm, update_top=update_top, update_second=update_second)
    if not eta > start:
        return 0.0
    sine = weight_norm / (eta * (update_top - update_second) - weight_norm)
    return max(1.0 - sine**2, 0.0)


def _magnitude(name: str, value: float) -> float:
    return number(name, value, least=0)


def _matrix(name: str, A: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(A, dtype=np.float64)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must be a non-empty matrix, got shape {array.shape}")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must hold finite numbers, got nan or inf")
    return array


def _descending(name: str, values: ArrayLike) -> NDArray[np.float64]:
    s = np.asarray(values, dtype=np.float64)
    if s.ndim != 1 or s.size == 0:
        raise ValueError(f"{name} must be a non-empty vector, got shape {s.shape}")
    if not np.all(np.isfinite(s)) or s[-1] < 0.0 or np.any(np.diff(s) > 0.0):
        raise ValueError(f"{name} must be finite, non-negative and descending; sort singular values first")
    return s
