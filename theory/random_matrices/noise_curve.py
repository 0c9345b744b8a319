"""The curve z(h) along which the resolvent of a random covariance stays real, and what N rows make of it.

docs/derivations/edges.md, eqs. (15) to (22), (33).
"""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory import checks
from theory.random_matrices.edges import secular_root

__all__ = ["Curve", "KnownCurve", "Rows", "curve_of", "equal_rows", "merge_levels", "weighted_rows"]

Scalar = TypeVar(
    "Scalar", float, complex
)  # complex for a step into the complex plane, which gives a derivative


class Rows(Protocol):
    """Y -> E, dE/dY, R/Y and its derivative, analytic in Y."""

    def __call__(self, Y: Scalar, /) -> tuple[Scalar, Scalar, Scalar, Scalar]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes(Generic[Scalar]):
    """At one h: T = sum 1/(pop - z), Y = sum pop/(z - pop), and derivatives in h; complex where h is."""

    T: Scalar
    Y: Scalar
    z_h: Scalar
    T_h: Scalar
    Y_h: Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Columns and samples sorted into levels with counts, and which side of the spectrum of Sigma is meant.

    side = +1: right of it, h = -u/max(weights) with u in (0, 1). side = -1: left of it, h = u > 0.
    """

    base: NDArray
    gain: NDArray
    columns: NDArray
    weights: NDArray
    samples: NDArray
    side: int
    n: float

    def h(self, u: float) -> float:
        return -u / float(self.weights[-1]) if self.side > 0 else u

    def spread(self, h: Scalar) -> tuple[Scalar, Scalar]:
        """e(h) = mean of rh/(1 + rh h) and its derivative."""
        f: NDArray = self.weights / (1.0 + self.weights * h)
        return self.samples @ f / self.n, -(self.samples @ f**2) / self.n

    def z(self, h: float) -> float:
        """z with h = (1/n) sum gain/(base + gain e - z) beyond the poles on this side, eq. (15)."""
        e, _ = self.spread(h)
        pop = self.base + self.gain * e
        return self.side * secular_root(self.side * pop, self.columns * self.gain, self.n * abs(h))

    def slopes(self, h: Scalar, z: Scalar) -> Slopes[Scalar]:
        """T, Y = -d - z T, and the derivatives in h of z, T and Y along the curve, eqs. (16), (17), (19).

        Analytic in h and z; Y as a sum of its own, as it is small where z is large.
        """
        e, e_h = self.spread(h)
        pop = self.base + self.gain * e
        P = 1.0 / (pop - z)
        weighted = self.columns * P
        by_z = (weighted * self.gain) @ P / self.n
        by_h = -e_h * ((weighted * self.gain**2) @ P) / self.n - 1.0
        z_h = -by_h / by_z
        T_h = -e_h * ((weighted * self.gain) @ P) + z_h * (weighted @ P)
        Y_h = ((e_h * self.gain * z - pop * z_h) * weighted) @ P
        return Slopes(T=weighted.sum(), Y=-(pop @ weighted), z_h=z_h, T_h=T_h, Y_h=Y_h)

    def beyond(self, h: float, z: float) -> bool:
        """Whether z lies clear of every column, those that have no gain or next to none included."""
        pop = self.base + self.gain * self.spread(h)[0]
        return bool(np.min(self.side * (z - pop)) > 1e-14 * abs(z))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCurve:
    """The same of a covariance whose eigenvalues are known; h only numbers the z, -top/h or least - 1/h."""

    eigenvalues: NDArray
    side: int

    def h(self, u: float) -> float:
        return -u if self.side > 0 else u

    def z(self, h: float) -> float:
        ends = self.eigenvalues
        return -float(ends.max()) / h if self.side > 0 else float(ends.min()) - 1.0 / h

    def slopes(self, h: Scalar, z: Scalar) -> Slopes[Scalar]:
        """As `Curve.slopes`."""
        P = 1.0 / (self.eigenvalues - z)
        z_h = (float(self.eigenvalues.max()) if self.side > 0 else 1.0) / h**2
        Y, Y_h = -(self.eigenvalues @ P), -z_h * (self.eigenvalues @ P**2)
        return Slopes(T=P.sum(), Y=Y, z_h=z_h, T_h=z_h * (P @ P), Y_h=Y_h)

    def beyond(self, h: float, z: float) -> bool:
        return bool(np.min(self.side * (z - self.eigenvalues)) > 1e-14 * abs(z))


def merge_levels(*arrays: NDArray) -> tuple[list[NDArray], NDArray]:
    """Distinct tuples of entries of equal-length arrays (to 2^-44 relative), sorted, and how often each
    occurs."""
    # Mid-quantiles of a symmetric law come in pairs whose last bits differ; a pair costs as much as one.
    mantissas, exponents = np.frexp(np.stack(arrays))
    keys = np.ldexp(np.round(np.ldexp(mantissas, 44)), exponents)
    _, first, counts = np.unique(keys, axis=1, return_index=True, return_counts=True)
    return [array[first] for array in arrays], counts.astype(np.float64)


def curve_of(base: NDArray, gain: NDArray, weights: NDArray, side: int) -> Curve:
    """The curve of a random covariance, equal columns and samples merged."""
    (base, gain), columns = merge_levels(base, gain)
    (weights,), samples = merge_levels(weights)
    n = float(samples.sum())
    return Curve(base=base, gain=gain, columns=columns, weights=weights, samples=samples, side=side, n=n)


def equal_rows(N: int) -> Rows:
    """E = N + Y, eq. (20); R = Y."""

    def rows(Y: Scalar, /) -> tuple[Scalar, Scalar, Scalar, Scalar]:
        return N + Y, 1.0, 1.0, 0.0

    return rows


def weighted_rows(row_weights: ArrayLike, N: int, side: int = +1) -> Rows:
    """E = xi Y and R/Y, R = sum_i 1/(xi - w_i), with sum_i w_i/(xi - w_i) = Y: eqs. (22), (33).

    xi lies beyond the largest weight for side = +1 (Y > 0), left of the least one for side = -1 (Y < 0).
    """
    given = checks.levels("row_weights", row_weights)
    if given.size != N:
        raise ValueError(f"row_weights must have N = {N} entries, got {given.size}")
    (w,), counts = merge_levels(given)

    def rows(Y: Scalar, /) -> tuple[Scalar, Scalar, Scalar, Scalar]:
        xi = side * secular_root(side * w, counts * w, side * float(Y.real))
        f = 1.0 / (xi - w)
        xi_Y = -1.0 / ((counts * w) @ f**2)
        # For a complex Y one Newton step is exact to first order in its imaginary part, all that a complex
        # step needs.
        xi = xi + (Y - Y.real) * xi_Y
        f = 1.0 / (xi - w)
        xi_Y = -1.0 / ((counts * w) @ f**2)
        R, R_Y = counts @ f, -(counts @ f**2) * xi_Y
        return xi * Y, xi + Y * xi_Y, R / Y, R_Y / Y - R / Y**2

    return rows
