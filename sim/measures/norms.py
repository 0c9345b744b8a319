"""Frobenius norm, and top singular triplets with error bounds, on any backend.

The bound of a triplet says that *a* singular value is that near. That it is the top one rests on the random
start, whose probability to miss a larger one is reported, or on the Frobenius norm where that leaves no room.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend
from sim.measures.lanczos import BLOCK, EPS, bidiagonalise, search_beside, triplets_of
from sim.measures.singular_triplets import FAILURE_GAP, SingularTriplets
from sim.threads import single_threaded_blas

__all__ = [
    "failure_probability",
    "frobenius_norm",
    "top_singular_triplets",
]

SURE = 1e-6  # probability of a miss at which the search for further copies of a multiple value ends
ROUNDING = 16.0  # C in the bound residual + C eps ||A||_F; eps is float64's, as the residual is
SAFE_EXPONENT = 40  # largest entry between 2^-40 and 2^40: squares and sums stay in float32's range


def _largest(A: Array, backend: Backend) -> float:
    """max |A_ij|; ValueError for what is no finite matrix."""
    if len(A.shape) != 2 or 0 in A.shape:
        raise ValueError(f"A must be a matrix with at least one entry, got shape {tuple(A.shape)}")
    xp = backend.xp
    largest = 0.0
    for rows in backend.chunks(A.shape[0], A.shape[1]):
        here = float(xp.max(xp.abs(A[rows, :])))
        if not math.isfinite(here):
            raise ValueError(
                "A must be finite, got an infinite or nan entry; a run that diverged has no norms"
            )
        largest = max(largest, here)
    return largest


def _exponent(largest: float) -> int:
    """Power of two that brings the largest entry to [1/2, 1); 0 where no scaling is needed."""
    exponent = math.frexp(largest)[1]
    return 0 if largest == 0.0 or abs(exponent) <= SAFE_EXPONENT else exponent


def _scaled(A: Array, exponent: int) -> Array:
    """A / 2^exponent, exact but for entries that underflow; in two factors, each within the dtype's range."""
    half = exponent // 2
    return (A * 2.0**-half) * 2.0 ** (half - exponent) if exponent else A


def _restored(values: NDArray | np.float64, exponent: int) -> NDArray:
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(values, exponent)


def _sum_of_squares(A: Array, exponent: int, backend: Backend) -> float:
    """Of the entries of A / 2^exponent, squared and added in float64."""
    xp = backend.xp
    total = 0.0
    for rows in backend.chunks(A.shape[0], A.shape[1]):
        entries = xp.reshape(xp.astype(A[rows, :], xp.float64), (-1,))
        entries = _scaled(entries, exponent)
        total += float(entries @ entries)
    return total


def frobenius_norm(A: Array, *, backend: Backend) -> float:
    """||A||_F, with squares and sums in float64, by chunks of rows.

    Raises
    ------
    TypeError
        If `A` is no float32 or float64 array.
    ValueError
        If `A` is no matrix, is empty, beyond float64 or has an infinite or nan entry.
    """
    backend.check_floating("A", A)
    exponent = _exponent(_largest(A, backend))
    with single_threaded_blas():
        return _within_range(math.sqrt(_sum_of_squares(A, exponent, backend)), exponent)


def _within_range(norm: float, exponent: int) -> float:
    """norm * 2^exponent; ValueError where that is beyond float64."""
    restored = float(_restored(np.float64(norm), exponent))
    if not math.isfinite(restored):
        raise ValueError("A must have a Frobenius norm within float64: divide it by its largest entry")
    return restored


def failure_probability(size: int, steps: int, gap: float = FAILURE_GAP) -> float:
    """Bound on the probability that `steps` steps from two random starts miss ||A||_2 by a factor 1 + gap.

    Parameters
    ----------
    size : dimension of the starts, the columns of A
    steps : products with A and with its transpose
    gap : relative gap, > 0

    Notes
    -----
    Let theta be the largest Ritz value of A^T A and lambda its largest eigenvalue. No Rayleigh quotient in
    the Krylov space exceeds theta, that of T(2 A^T A/theta - 1) x neither, x a start and T the Chebyshev
    polynomial of degree steps - 1. With lambda >= (1 + g) theta the component of x along the top singular
    vector is therefore at most 1/(sqrt(g) T(1 + 2 g)); that of a uniform unit vector is so small with
    probability at most sqrt(2 size/pi) times that, and of two independent ones with the square of it. Here
    g = (1 + gap)^2 - 1. Exact arithmetic is assumed.
    """
    g = (1.0 + gap) ** 2 - 1.0
    angle = (steps - 1) * math.acosh(1.0 + 2.0 * g)
    if steps < 1 or angle > 700.0:
        return 0.0 if steps else 1.0
    one = min(1.0, math.sqrt(2.0 * size / math.pi) / (math.sqrt(g) * math.cosh(angle)))
    return one ** min(BLOCK, size)


def _starts(size: int, start: NDArray | None, seed: int) -> NDArray:
    """Two unit columns: the given start, or the first normals of `seed`, and further normals of it."""
    columns = min(BLOCK, size)
    starts = np.random.Generator(np.random.SFC64(seed)).standard_normal((BLOCK, size)).T[:, :columns].copy()
    if start is not None:
        given = np.asarray(start, np.float64)
        if given.shape != (size,):
            raise ValueError(f"start must have shape ({size},), the columns of A, got {given.shape}")
        starts[:, 0] = given
    norms = np.linalg.norm(starts, axis=0)
    if not (np.isfinite(norms).all() and (norms > 0.0).all()):
        raise ValueError("start must be finite and not zero")
    return starts / norms


def _check(A: Array, k: int, tol: float, max_steps: int) -> None:
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= min(A.shape):
        raise ValueError(f"k must be an integer from 1 to min(N, d) = {min(A.shape)}, got {k!r}")
    if not 0.0 < tol < 1.0:
        raise ValueError(f"tol must lie strictly between 0 and 1, got {tol!r}")
    if isinstance(max_steps, bool) or not isinstance(max_steps, int) or max_steps < k:
        raise ValueError(f"max_steps must be an integer of at least k = {k}, got {max_steps!r}")


def top_singular_triplets(
    A: Array,
    *,
    k: int = 1,
    start: NDArray | None = None,
    seed: int = 0,
    tol: float = 1e-5,
    max_steps: int = 300,
    backend: Backend,
) -> SingularTriplets:
    """The `k` largest singular values of `A` with vectors and error bounds.

    Parameters
    ----------
    A : (N, d) array on the backend, float32 or float64
        It is not written to; it is copied only if its largest entry is outside 2^-40 .. 2^40.
    k : int
        How many, at most min(N, d). Two starts see two copies of a multiple value: for k > 2 further starts
        beside what was found look for the others, at the cost of some fifty steps.
    start : (d,) host array, optional
        Where the iteration begins; default standard normals from `seed`, as the second start always is.
    tol : float
        Residual, relative to the largest value, at which it stops. The value itself is then good to its
        square.
    max_steps : int
        Steps after which it stops without having converged.

    Raises
    ------
    ValueError
        If `A` is no matrix, is empty or not finite, or a parameter is outside its domain.
    """
    backend.check_floating("A", A)
    largest = _largest(A, backend)
    _check(A, k, tol, max_steps)
    starts = _starts(A.shape[1], start, seed)
    if largest == 0.0:
        return _of_zero(A, k, starts)
    exponent = _exponent(largest)
    with (
        single_threaded_blas()
    ):  # products with vectors wait for memory; idle threads would spin between them
        scaled = _scaled(A, exponent)
        size = math.sqrt(_sum_of_squares(scaled, 0, backend))
        frobenius = _within_range(size, exponent)
        best = _searched(scaled, size * starts, k, tol, max_steps, size, backend)
    values, left, right, residuals = best.found
    return SingularTriplets(
        values=_restored(values, exponent),
        left=left,
        right=right,
        bounds=_restored(residuals + ROUNDING * EPS * size, exponent),
        steps=best.steps,
        converged=_converged(best.found, tol, size),
        failure_probability=best.missed if best.unseen is None else best.unseen,
        frobenius=frobenius,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Values, left and right vectors and residuals; steps taken; the probability that a larger value was missed, and
    that a copy is unseen, if looked for."""

    found: tuple[NDArray, NDArray, NDArray, NDArray]
    steps: int
    missed: float = 0.0
    unseen: float | None = None


def _searched(
    A: Array, starts: NDArray, k: int, tol: float, max_steps: int, size: float, backend: Backend
) -> _Search:
    """The triplets from the starts, and the copies beside them that those could not see."""
    bidiagonal = bidiagonalise(A, starts, k=k, tol=tol, max_steps=max_steps, size=size, backend=backend)
    found, steps = triplets_of(bidiagonal, k, size), bidiagonal.steps
    if bidiagonal.used >= min(A.shape):  # nothing is left to search
        return _Search(found=found, steps=steps)
    best = _with_every_copy(A, _Search(found=found, steps=steps), tol, max_steps, size, backend)
    top = float(best.found[0][0])
    if (
        size**2 - top**2 < ((1.0 + FAILURE_GAP) * top) ** 2
    ):  # the others leave ||A||_F^2 no room for a larger one
        return best
    return replace(best, missed=failure_probability(A.shape[1], steps))


def _converged(found: tuple[NDArray, ...], tol: float, size: float) -> bool:
    values, _, _, residuals = found
    rounding = ROUNDING * EPS * size
    return bool((residuals + rounding <= max(tol * float(values[0]), 2.0 * rounding)).all())


def _with_every_copy(
    A: Array, search: _Search, tol: float, max_steps: int, size: float, backend: Backend
) -> _Search:
    """What further random starts beside the triplets add to them, two copies at a time, until they add nothing."""
    k, d = len(search.found[0]), A.shape[1]
    while True:
        values = search.found[0]
        room = size**2 - float(values @ values)
        if k <= BLOCK:
            return search
        if room < ((1.0 + FAILURE_GAP) * float(values[-1])) ** 2:
            return replace(search, unseen=0.0)
        if not _converged(search.found, tol, size):
            return replace(search, unseen=1.0)
        starts = np.random.Generator(np.random.SFC64([k, search.steps])).standard_normal((d, BLOCK))
        beside = search_beside(
            A, search.found[:3], size * starts / np.linalg.norm(starts, axis=0), tol=tol,
            least=_steps_to_be_sure(d), max_steps=max_steps, size=size, backend=backend,
        )  # fmt: skip
        found, steps = triplets_of(beside, k, size), search.steps + beside.steps
        if not (found[0] - values > tol * values[0]).any():
            unseen = 0.0 if beside.exhausted else failure_probability(d, beside.steps)
            return replace(search, steps=steps, unseen=unseen)
        search = _Search(found=found, steps=steps)


def _steps_to_be_sure(size: int) -> int:
    """The fewest steps whose `failure_probability` is at most SURE."""
    steps = 2
    while failure_probability(size, steps) > SURE:
        steps += 1
    return steps


def _of_zero(A: Array, k: int, starts: NDArray) -> SingularTriplets:
    """Of the zero matrix any orthonormal vectors are singular vectors."""
    right = np.linalg.qr(np.column_stack([starts, np.eye(A.shape[1], k)]))[0][:, :k]
    return SingularTriplets(
        values=np.zeros(k),
        left=np.eye(A.shape[0], k),
        right=right,
        bounds=np.zeros(k),
        steps=0,
        converged=True,
        failure_probability=0.0,
        frobenius=0.0,
    )
