"""The eigenvalue lam that a point h of the curve belongs to, and its slope: edges are where lam turns.

Rows of covariance t0 I + w_i Sigma; docs/derivations/edges.md, eqs. (19) to (23), (33) to (36).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theory.random_matrices.edges import root_edge
from theory.random_matrices.noise_curve import Curve, KnownCurve, Rows, Scalar

__all__ = ["Height"]

_STEP = 1e-30  # of the complex step: its square is below every rounding error


@dataclass(frozen=True, slots=True, kw_only=True)
class Height:
    """lam(h) for the curve of Sigma, sums over the rows, and the variance t0 of entries that every row has too."""

    curve: Curve | KnownCurve
    rows: Rows
    added: float = 0.0

    def slopes(self, h: Scalar) -> tuple[Scalar, Scalar]:
        """lam and its derivative in h; analytic in h."""
        left, left_h, right, right_h, _, _ = self._parts(h)
        return left * right, left_h * right + left * right_h

    def _parts(self, h: Scalar) -> tuple[Scalar, Scalar, Scalar, Scalar, Scalar, Scalar]:
        """Both factors of lam with their derivatives, and R/Y with its own."""
        z: Scalar = self.curve.z(h.real)
        if isinstance(h, complex):
            z = z + (h - h.real) * self.curve.slopes(h.real, z).z_h
        at = self.curve.slopes(h, z)
        E, E_Y, Q, Q_Y = self.rows(at.Y)
        Q_h = Q_Y * at.Y_h
        left, left_h = z + self.added * Q, at.z_h + self.added * Q_h
        return left, left_h, E - self.added * at.T, E_Y * at.Y_h - self.added * at.T_h, Q, Q_h

    def at(self, u: float) -> float:
        """lam at the curve's own coordinate u > 0."""
        return float(self.slopes(self.curve.h(u))[0])

    def is_far(self, u: float) -> bool:
        """Whether what is added counts for little at u: outside of every turn of lam that it makes."""
        left, _, _, _, Q, _ = self._parts(self.curve.h(u))
        return bool(self.added * Q < 1e-3 * left)

    def slope(self) -> Callable[[float], float]:
        """A function of u below 0 before the edge and above 0 after it, past the end of z's branch too."""

        def slope(u: float) -> float:
            h = self.curve.h(u)
            z = self.curve.z(h)
            if not self.curve.beyond(h, z) or self.curve.slopes(h, z).z_h <= 0.0:
                return 1.0
            return -self.slopes(h)[1] * u

        return slope

    def hard_unit(self) -> float:
        """1/sqrt A at N = d, where the singular values' density at 0 is 2 sqrt A/pi, eq. (edges-39); side -1."""

        def left(u: float) -> float:
            return float(self._parts(self.curve.h(u))[0])

        low = high = 1.0
        while left(low) > 0.0:
            low *= 0.25
        while left(high) <= 0.0:
            high *= 4.0
        h = self.curve.h(root_edge(left, low, high))
        Q = self._parts(h)[4]
        return float(1.0 / np.sqrt(Q * self.curve.slopes(h, self.curve.z(h)).T))

    def end_of_branch(self, low: float, high: float) -> float:
        """The last u before dz/dh = 0, up to bisection's rounding."""
        for _ in range(60):
            middle = 0.5 * (low + high)
            h = self.curve.h(middle)
            z = self.curve.z(h)
            inside = self.curve.beyond(h, z) and self.curve.slopes(h, z).z_h > 0.0
            low, high = (middle, high) if inside else (low, middle)
        return low

    def fluctuation(self, h: float) -> float:
        """sc of eq. (23) at an edge: above 0 at a minimum of lam, below 0 at a maximum."""
        left, left_h, _, _, Q, Q_h = self._parts(h)
        trace_h = (Q_h * left - Q * left_h) / left**2
        curvature = self.slopes(complex(h, _STEP * abs(h)))[1].imag / (_STEP * abs(h))
        return float(np.cbrt(curvature / 2.0 / trace_h**2))
