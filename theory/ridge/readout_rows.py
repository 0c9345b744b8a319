"""The rows of W_1 along the readout: what of them is signal, what is left, and how the ridge regression answers
along them.

`docs/derivations/ridge.md`, eqs. (26) to (32).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.checks import number
from theory.ridge.resolvent_sums import Sums

__all__ = [
    "Places",
    "GENERIC_ROWS",
    "ReadoutRows",
    "RowResponse",
    "direction_response",
    "kept_response",
    "readout_rows",
    "shortened_response",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadoutRows:
    """Two rows of W_1 that are not generic: along u, and along the part of the readout off u.

    Attributes
    ----------
    kept : float or None
        kappa_u, squared length of what the signal leaves of the row along u over that of a generic row, eq. (26);
        in [0, 1]. None: a generic row.
    planted : float
        delta_2, the share of the second row that points along the unit vector e of v off beta, eq. (27).
    along, off : float
        e.v' and e.b, b the unit vector of beta off v'; their squares sum to 1.
    """

    kept: float | None = None
    planted: float = 0.0
    along: float = 1.0
    off: float = 0.0


GENERIC_ROWS = ReadoutRows()


def readout_rows(
    *,
    shift: float,
    correlation: float,
    second: float,
    overlap: float,
    gamma: float,
    N: float,
    tau_squared: float,
) -> ReadoutRows:
    """The rows after a step, eqs. (26) to (28).

    Parameters
    ----------
    shift : float
        theta/sqrt(N d), >= 0.
    correlation, second : float
        m/sqrt(N d) and m_2/sqrt(N d): what the rows of W_0 along u and along the rest of the readout have
        along v.
    overlap : float
        v.beta, in [0, 1).
    gamma : float
        Of `theory.ridge.stage.seen_direction`; where it is 0 there is no direction, and the rows are generic.
    N, tau_squared : float
        Width, and mean square of an entry of W_1 off the update's direction.
    """
    shift, overlap = number("shift", shift, least=0), number("overlap", overlap, least=0, most=1 - 1e-12)
    tau_squared, N = number("tau_squared", tau_squared, above=0), number("N", N, above=0)
    if gamma == 0.0:
        return GENERIC_ROWS
    rest = (1 - overlap) * (1 + overlap)
    along = (shift * rest - correlation) / (gamma * math.sqrt(rest))
    along = min(max(along, -1.0), 1.0)
    off = math.sqrt((1 - along) * (1 + along))
    return ReadoutRows(
        kept=max(1.0 - N * correlation**2 / rest, 0.0) / tau_squared,
        planted=min(N * second**2 / (rest * tau_squared), 1.0),
        along=along,
        off=-math.copysign(off, along),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResponse:
    """N times the entries along one row of R, R^2 and R F F^T R, R = (lambda + A_2 + A_1 F F^T)^-1."""

    plain: float
    square: float
    linear: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the resolvent is taken: of eqs. (9), (11), x = (lambda + A_2)/A_1, and the sums at x."""

    N: int
    d: int
    A1: float
    x: float
    M: float
    sums: Sums

    @property
    def slope(self) -> float:
        """dM/dx."""
        return self.sums.ratio_inverse / self.d


def kept_response(kept: float, at: Places) -> RowResponse:
    """Eq. (29): the entries along a row that is isotropic and of `kept` times a generic row's squared length."""
    entry = 1 / (at.A1 * (at.x + kept * at.M))
    return RowResponse(
        plain=at.N * entry,
        square=at.N * entry**2 * (1 + kept * at.slope),
        linear=at.N * entry**2 * kept * (at.M - at.x * at.slope),
    )


def shortened_response(missing: float, at: Places, *, trace: RowResponse) -> RowResponse:
    """Eq. (30): the entries along a generic row that has lost the isotropic share `missing`.

    `trace` holds those of a generic row: the traces of R, R^2 and R F F^T R.
    """
    generic = at.N / trace.plain**2
    entry = 1 / (at.N / trace.plain - at.A1 * missing * at.M)
    return RowResponse(
        plain=at.N * entry,
        square=at.N * entry**2 * (generic * trace.square - missing * at.slope),
        linear=at.N * entry**2 * (generic * trace.linear - missing * (at.M - at.x * at.slope)),
    )


def direction_response(rows: ReadoutRows, *, gam: float, second: RowResponse, N: int) -> NDArray[np.float64]:
    """Eq. (31): what weights along v' and b a force along them calls up, 2 x 2."""
    e = np.array([rows.along, rows.off])
    return gam * np.eye(2) + rows.planted * second.plain / N * np.outer(e, e)
