"""Hold-out and test loss of the ridge stage after one step, from the kernels of the features and their
spectrum.

`docs/derivations/ridge.md`, eqs. (9) to (16), and (29) to (32) for the rows along the readout. Plain numbers and
arrays in and out; `theory.ridge.stage` puts a setting's own in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from theory.checks import choice, number, size
from theory.ridge.kernels import FeatureKernels, TeacherKernels
from theory.ridge.readout_rows import (
    GENERIC_ROWS,
    Places,
    ReadoutRows,
    RowResponse,
    direction_response,
    kept_response,
    shortened_response,
)
from theory.ridge.resolvent_sums import FeatureSpectrum, Sums

__all__ = ["RidgeLosses", "fixed_point", "ridge_losses"]

TOLERANCE = 1e-12
LEAST_LINEAR_PART = 1e-12  # of lambda + A2: below it the features have no linear part and x would overflow


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgeLosses:
    """Means over draws of the ridge stage's two losses.

    Attributes
    ----------
    test, holdout : float
        Mean squared error on fresh data and on the set that was fitted (no penalty), label noise included in
        both.
    h1, h2 : float
        Solution of the fixed point, eq. (10).
    converged : bool
    """

    test: float
    holdout: float
    h1: float
    h2: float
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reduced:
    """Everything of eqs. (9), (10) at one (h1, h2)."""

    discount: NDArray
    A1: float
    A2: float
    shrink: float
    x: float
    sums: Sums
    null: int


def _reduce(
    h1: float,
    h2: float,
    k1_2: NDArray,
    ks_2: NDArray,
    weights: NDArray,
    spectrum: FeatureSpectrum,
    ridge: float,
) -> _Reduced:
    discount = 1 / (1 + k1_2 * h1 + ks_2 * h2)
    A1, A2 = float(weights @ (k1_2 * discount)), float(weights @ (ks_2 * discount))
    A1 = max(A1, LEAST_LINEAR_PART * (ridge + A2))
    x = (ridge + A2) / A1
    return _Reduced(
        discount=discount, A1=A1, A2=A2, shrink=ridge + A2, x=x, sums=spectrum.sums(x),
        null=max(spectrum.N - spectrum.d, 0),
    )  # fmt: skip


def fixed_point(
    k1_squared: NDArray,
    ks_squared: NDArray,
    weights: NDArray,
    spectrum: FeatureSpectrum,
    *,
    n: int,
    ridge: float,
    method: Literal["newton", "damped"] = "newton",
) -> tuple[float, float, bool]:
    """(h1, h2, converged): solution of eq. (10).

    Parameters
    ----------
    k1_squared, ks_squared, weights : ndarray, shape (nodes,)
        Kernels at the nodes of zeta, and the nodes' weights.
    spectrum : FeatureSpectrum
    n : int
        Size of the hold-out set.
    ridge : float
        lambda of eq. 6, positive.
    method : {"newton", "damped"}
        Quasi-Newton in (log h1, log h2) from a few damped iterations, or damped iteration (by one half from
        (1, 1)) to the end: slower by an order, and the route that the tests compare with.
    """
    ridge, n = number("ridge", ridge, above=0), size("n", n)
    choice("method", method, ("newton", "damped"))

    def image(h: NDArray) -> NDArray:
        at = _reduce(h[0], h[1], k1_squared, ks_squared, weights, spectrum, ridge)
        h1 = at.sums.ratio / (at.A1 * n)
        return np.array([h1, (at.sums.inverse / at.A1 + at.null / at.shrink) / n])

    h = np.ones(2)
    for _ in range(20 if method == "newton" else 20000):
        new = image(h)
        if float(np.max(np.abs(new / h - 1))) < TOLERANCE:
            return float(new[0]), float(new[1]), True
        h = 0.5 * (h + new)
    if method == "damped":
        return float(h[0]), float(h[1]), False
    with np.errstate(
        divide="ignore", invalid="ignore", over="ignore"
    ):  # a kernel that is no number ends as such
        log_h, converged = _newton(image, np.log(h))
    h = np.exp(log_h)
    return float(h[0]), float(h[1]), converged


def _newton(image: Callable[[NDArray], NDArray], log_h: NDArray) -> tuple[NDArray, bool]:
    """Newton's method on log h - log image(h) with a difference Jacobian; steps are held to one e-fold."""

    def residual(u: NDArray) -> NDArray:
        return u - np.log(image(np.exp(u)))

    for _ in range(60):
        value = residual(log_h)
        if float(np.max(np.abs(value))) < TOLERANCE:
            return log_h, True
        if not np.all(np.isfinite(value)):
            return log_h, False
        columns = [(residual(log_h + step) - value) / 1e-6 for step in 1e-6 * np.eye(2)]
        jacobian = np.array(columns).T
        if not np.all(np.isfinite(jacobian)) or np.linalg.det(jacobian) == 0:
            return log_h, False
        move = np.linalg.solve(jacobian, value)
        log_h = log_h - move * min(1.0, 1.0 / float(np.max(np.abs(move))))
    return log_h, bool(np.max(np.abs(residual(log_h))) < 1e-10)


def ridge_losses(
    features: FeatureKernels,
    teacher: TeacherKernels,
    spectrum: FeatureSpectrum,
    zeta: NDArray,
    weights: NDArray,
    *,
    n: int,
    ridge: float,
    rows: ReadoutRows = GENERIC_ROWS,
    method: Literal["newton", "damped"] = "newton",
) -> RidgeLosses:
    """Test and hold-out loss, eqs. (9) to (16) and (29) to (32), over the nodes `zeta` with `weights` of N(0, 1).

    `rows` says what is not generic along the readout; by default nothing is.
    """
    k1_2, ks_2 = features.k1**2, features.ks_squared
    h1, h2, converged = fixed_point(k1_2, ks_2, weights, spectrum, n=n, ridge=ridge, method=method)
    at = _reduce(h1, h2, k1_2, ks_2, weights, spectrum, ridge)
    own = weights * at.discount
    forced = _forced(features, teacher, spectrum, zeta, own, at, rows, n * h2)
    k1z = features.k1 * zeta
    predicted = features.k0 * forced.P + k1z * forced.along
    R0 = teacher.Y2 - 2 * teacher.Y0 * predicted + predicted**2
    R0 += -2 * features.k1 * forced.off * teacher.Y1 + k1_2 * forced.off**2

    # Eqs. (14), (15): the rest of the weights, linear in the errors that they cause themselves.
    T12, T22, T02 = forced.T12, forced.T22, forced.T02
    one, two = own * at.discount * k1_2, own * at.discount * ks_2
    a11, a12, a22 = float(one @ k1_2), float(one @ ks_2), float(two @ ks_2)
    matrix = np.array(
        [
            [1 - (a11 * T22 + a12 * T12) / n, -(a12 * T22 + a22 * T12) / n],
            [-(a11 * T12 + a12 * T02) / n, 1 - (a12 * T12 + a22 * T02) / n],
        ]
    )
    V1, V2 = float(one @ R0), float(two @ R0)
    noise = np.array([V1 * T22 + V2 * T12, V1 * T12 + V2 * T02]) / n
    Q1, Q2 = np.linalg.solve(matrix, np.array([forced.Q1, forced.Q2]) + noise)
    error = R0 + k1_2 * Q1 + ks_2 * Q2
    return RidgeLosses(
        test=float(weights @ error),
        holdout=float((own * at.discount) @ error),
        h1=h1,
        h2=h2,
        converged=converged,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forced:
    """The weights that the signals call up: on the step's own direction, along v' and b; their squares elsewhere."""

    P: float
    along: float
    off: float
    Q1: float
    Q2: float
    T12: float
    T22: float
    T02: float


def _forced(
    features: FeatureKernels,
    teacher: TeacherKernels,
    spectrum: FeatureSpectrum,
    zeta: NDArray,
    own: NDArray,
    at: _Reduced,
    rows: ReadoutRows,
    trace: float,
) -> _Forced:
    """Eqs. (11) to (13) with the responses of eqs. (29) to (31), and the first terms of (14), (15), eq. (32)."""
    N, d, s = spectrum.N, spectrum.d, at.sums
    T12 = s.ratio_inverse / at.A1**2
    T22 = (s.ratio - at.x * s.ratio_inverse) / at.A1**2
    T02 = s.inverse_square / at.A1**2 + at.null / at.shrink**2
    # M = 1 - ratio/d, without the difference of two near numbers; Gam = (1 - M)/(A1 M), eq. (11).
    M = (at.x * s.inverse + d - min(N, d)) / d
    Gam = s.ratio / (d * at.A1 * M)
    generic = RowResponse(plain=trace, square=T02, linear=T12)
    places = Places(N=N, d=d, A1=at.A1, x=at.x, M=M, sums=s)
    first = generic if rows.kept is None else kept_response(rows.kept, places)
    second = shortened_response(rows.planted, places, trace=generic)
    stiffness = np.linalg.inv(direction_response(rows, gam=Gam, second=second, N=N))
    k0, k1z = features.k0, features.k1 * zeta
    system = np.array([[own @ k0**2 + 1 / first.plain, own @ (k0 * k1z), 0.0], [own @ (k0 * k1z), own @ k1z**2, 0.0],
                       [0.0, 0.0, at.A1]])  # fmt: skip
    system[1:, 1:] += stiffness
    target = [own @ (k0 * teacher.Y0), own @ (k1z * teacher.Y0), own @ (features.k1 * teacher.Y1)]
    P, *along_off = np.linalg.solve(system, np.array(target))
    force = stiffness @ along_off
    planned = float(force @ force)
    J, Ps = planned / (d * M**2), (P / first.plain) ** 2
    turned = rows.planted / N * float(rows.along * force[0] + rows.off * force[1]) ** 2
    return _Forced(
        P=P, along=along_off[0], off=along_off[1], T12=T12, T22=T22, T02=T02,
        Q1=Ps * first.linear + turned * second.linear + J * T22 - Gam**2 * planned,
        Q2=Ps * first.square + turned * second.square + J * T12,
    )  # fmt: skip
