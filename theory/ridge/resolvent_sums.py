"""Sums over the non-zero eigenvalues L_i of the features' Gram matrix, at a real negative argument.

Each route hands the ridge stage one function `x -> Sums`: from given eigenvalues,
in closed form for iid rows of identity covariance (GD), or from the deterministic equivalent of sign noise
without drawing anything. `docs/derivations/ridge.md`, eqs. (17) to (23).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from theory import checks
from theory.checks import levels, number, size

__all__ = [
    "FeatureSpectrum",
    "Sums",
    "eigenvalue_spectrum",
    "identity_spectrum",
    "sign_noise_spectrum",
    "solve_real_system",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Over the min(N, d) non-zero eigenvalues L_i, at one x > 0.

    Attributes
    ----------
    inverse, ratio, inverse_square, ratio_inverse : float
        sum 1/(L_i + x), sum L_i/(L_i + x), sum 1/(L_i + x)**2, sum L_i/(L_i + x)**2.
    """

    inverse: float
    ratio: float
    inverse_square: float
    ratio_inverse: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSpectrum:
    """Spectrum of Wt Wt^T/(d tau**2), Wt the N x d first layer off the update's direction.

    Attributes
    ----------
    N, d : int
    tau_squared : float
        Mean square of an entry of Wt: 1 + eta**2 tr(Sigma_S)/d.
    square_sum : float
        sum L_i**2.
    sums : callable
        x > 0 -> `Sums`.
    """

    N: int
    d: int
    tau_squared: float
    square_sum: float
    sums: Callable[[float], "Sums"]


def eigenvalue_spectrum(
    eigenvalues: ArrayLike, *, N: int, d: int, tau_squared: float = 1.0
) -> FeatureSpectrum:
    """Spectrum from given L_1..L_k, k = min(N, d), such as a measured one."""
    N, d = size("N", N), size("d", d)
    L = levels("eigenvalues", eigenvalues)
    if L.shape != (min(N, d),):
        raise ValueError(f"eigenvalues must have shape ({min(N, d)},) = (min(N, d),), got {L.shape}")
    tau_squared = number("tau_squared", tau_squared, above=0)

    def sums(x: float) -> Sums:
        inverse = 1 / (L + x)
        ratio = L * inverse
        return Sums(
            inverse=float(inverse.sum()),
            ratio=float(ratio.sum()),
            inverse_square=float(inverse @ inverse),
            ratio_inverse=float(ratio @ inverse),
        )

    return FeatureSpectrum(N=N, d=d, tau_squared=tau_squared, square_sum=float(L @ L), sums=sums)


def identity_spectrum(*, N: int, d: int) -> FeatureSpectrum:
    """Spectrum of iid standard normal rows (Marchenko-Pastur), eq. (19): no step, or GD's."""
    N, d = size("N", N), size("d", d)

    def sums(x: float) -> Sums:
        # E = (N/d)/(1 + 1/(E + x)) per column: s = E + x solves s^2 + (1 - N/d - x) s = x.
        half = 0.5 * (x + N / d - 1)
        root = math.hypot(half, math.sqrt(x))
        s = half + root if half >= 0 else x / (root - half)
        s_slope = 0.5 * (1 + (half + 1) / root)
        E, E_slope = (N / d) * s / (1 + s), (N / d) * s_slope / (1 + s) ** 2
        return _sums(
            x,
            N,
            d,
            E=d * E,
            ratio=N / (1 + s),
            E_slope=d * E_slope,
            column=d / s,
            column_slope=-d * s_slope / s**2,
        )

    return FeatureSpectrum(N=N, d=d, tau_squared=1.0, square_sum=N * (N + d) / d, sums=sums)


def _sums(
    x: float, N: int, d: int, *, E: float, ratio: float, E_slope: float, column: float, column_slope: float
) -> Sums:
    """Eq. (22): all four sums from E = x sum_N 1/(L_i + x) and the trace over columns, each where it is well
    conditioned.
    """
    if d <= N:
        return Sums(inverse=column, ratio=ratio, inverse_square=-column_slope, ratio_inverse=E_slope)
    return Sums(inverse=E / x, ratio=ratio, inverse_square=(E / x - E_slope) / x, ratio_inverse=E_slope)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignNoise:
    """Eq. (18): Sigma_S = diag(diagonal) + D R D, R the correlation of weighted samples; population t0 I +
    eta^2 Sigma_S.
    """

    N: int
    n: int
    eta: float
    t0: float
    diagonal: NDArray
    D_squared: NDArray
    weights: NDArray


def solve_real_system(
    noise: SignNoise, shift: float, start: tuple[float, float] | None = None
) -> tuple[float, ...]:
    """(e, E, sum Q, dE/dshift, d(sum Q)/dshift) at ze = -shift, by Newton's method with the exact Jacobian.

    Notes
    -----
    Eq. (20): C_j = t0 + eta^2 (Del_j + D_j^2 e), Q_j = 1/(E C_j + shift), h = (E eta^2/n) sum D_j^2 Q_j,
    e = mean w/(1 + w h), E = N/(1 + sum C_j Q_j). Everything is positive, and the solution unique.
    The derivative is that of the implicit function, eq. (21). Steps are halved until both unknowns stay
    positive.
    """
    e, E = start if start is not None else (1.0, float(noise.N))
    for _ in range(100):
        residual, jacobian, terms = _system(noise, shift, e, E)
        step = np.linalg.solve(jacobian, residual)
        scale = 1.0
        while e - scale * step[0] <= 0 or E - scale * step[1] <= 0:
            scale *= 0.5
        e, E = e - scale * step[0], E - scale * step[1]
        if scale == 1.0 and abs(step[0]) <= 1e-13 * e and abs(step[1]) <= 1e-13 * E:
            break
    else:
        raise ArithmeticError(
            f"no solution of eq. (20) found at shift = {shift!r}; check eta and the quantiles"
        )
    residual, jacobian, terms = _system(noise, shift, e, E)
    total, by_e, by_E, by_shift, forcing = terms
    e_slope, E_slope = -np.linalg.solve(jacobian, forcing)
    return e, E, total, float(E_slope), float(by_shift + by_e * e_slope + by_E * E_slope)


def _system(
    noise: SignNoise, shift: float, e: float, E: float
) -> tuple[NDArray, NDArray, tuple[float, float, float, float, NDArray]]:
    """Residual of eq. (20), its Jacobian in (e, E), and sum Q with its partial derivatives."""
    eta2, D2, w = noise.eta**2, noise.D_squared, noise.weights
    C = noise.t0 + eta2 * (noise.diagonal + D2 * e)
    Q = 1 / (E * C + shift)
    Q2 = Q * Q
    a = eta2 / noise.n
    DQ, DQ2, DCQ2, DDQ2 = D2 @ Q, D2 @ Q2, D2 @ (C * Q2), (D2 * D2) @ Q2
    h = a * E * DQ
    h_e, h_E, h_shift = -a * E * E * eta2 * DDQ2, a * (DQ - E * DCQ2), -a * E * DQ2
    u = w / (1 + w * h)
    e_h = -float(np.mean(u * u))
    CQ = C @ Q
    # d(C Q)/de = eta^2 D^2 (Q - E C Q^2) = eta^2 D^2 shift Q^2
    CQ_e, CQ_E, CQ_shift = eta2 * shift * DQ2, -((C * C) @ Q2), -(C @ Q2)
    residual = np.array([e - float(np.mean(u)), E * (1 + CQ) / noise.N - 1])
    jacobian = np.array([[1 - e_h * h_e, -e_h * h_E], [E * CQ_e / noise.N, (1 + CQ + E * CQ_E) / noise.N]])
    forcing = np.array([-e_h * h_shift, E * CQ_shift / noise.N])
    total, by_e, by_E, by_shift = Q.sum(), -E * eta2 * DQ2, -(C @ Q2), -Q2.sum()
    return residual, jacobian, (float(total), float(by_e), float(by_E), float(by_shift), forcing)


def sign_noise_spectrum(
    *, n: int, N: int, d: int, eta: float, kappa: float, residual_squares: ArrayLike, t0: float = 1.0
) -> FeatureSpectrum:
    """Spectrum of W_0 minus eta times sign noise, a priori: nothing is drawn.

    Parameters
    ----------
    n, N, d : int
    eta : float
        Learning rate in the units in which an entry of W_0 has variance `t0`.
    kappa : float
        Signal-to-noise ratio of an entry of G_0.
    residual_squares : array_like, shape (n,) or any other number of mid-quantiles
        Mid-quantiles of the law of r**2, in any unit.
    t0 : float
        Variance of an entry of W_0.
    """
    n, N, d = size("n", n), size("N", N), size("d", d)
    eta, t0 = number("eta", eta, least=0), number("t0", t0, above=0)
    kappa = checks.ratio("kappa", kappa)
    weights = levels("residual_squares", residual_squares)
    weights = weights / weights.mean()
    g = special.ndtri((np.arange(d) + 0.5) / d)
    tau = kappa * g if math.isfinite(kappa) else np.full(d, np.inf)
    D2 = (2 / math.pi) * np.exp(-(tau**2))
    diagonal = np.maximum(1 - special.erf(tau / math.sqrt(2)) ** 2 - D2, 0.0)
    tau2 = t0 + eta**2 * float(np.mean(diagonal + D2))
    noise = SignNoise(N=N, n=n, eta=eta, t0=t0, diagonal=diagonal, D_squared=D2, weights=weights)
    # Eq. (23): second moment of the generalised Marchenko-Pastur law.
    square = float(np.sum((t0 + eta**2 * (diagonal + D2)) ** 2))
    square += eta**4 * float(D2.sum()) ** 2 * float(np.mean(weights**2)) / n
    square_sum = (N**2 * square + N * (d * tau2) ** 2) / (d * tau2) ** 2

    def sums(x: float) -> Sums:
        unit = d * tau2
        e, E, column, E_slope, slope = solve_real_system(noise, x * unit)
        C = t0 + eta**2 * (diagonal + D2 * e)
        ratio = E * float(np.sum(C / (E * C + x * unit)))
        return _sums(
            x,
            N,
            d,
            E=E,
            ratio=ratio,
            E_slope=unit * E_slope,
            column=unit * column,
            column_slope=unit**2 * slope,
        )

    return FeatureSpectrum(N=N, d=d, tau_squared=tau2, square_sum=square_sum, sums=sums)
