"""The sign update S = sign(G_0): its norm, how one run scatters, its agreement with the rank-one matrix.

Derivation: docs/derivations/sign_update.md. ||S||_F/sqrt(N d) = 1 exactly; the operator norm has the constant
c.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from theory import checks
from theory.gradient.decomposition import SignalNoise, row_signal_noise, width_factor
from theory.gradient.fluctuations import offset_variance, sample_covariance, scale_variance
from theory.numerics.legendre import gauss_legendre

__all__ = [
    "noise_along_signal",
    "paired_rows_ratio_squared",
    "sign_agreement",
    "sign_agreement_refined",
    "sign_norm_ratio",
    "sign_norm_ratio_refined",
    "sign_norm_spread",
    "uncorrected_factor",
]


def sign_norm_ratio(
    kappa: ArrayLike, *, method: Literal["formula", "quadrature"] = "formula"
) -> NDArray[np.float64]:
    """Limit c of ||sign(G_0)||_2/sqrt(N d): sqrt((2/pi) asin p), p = kappa**2/(1 + kappa**2).

    Parameters
    ----------
    kappa : array_like, shape (...)
        Signal-to-noise ratio of one entry of G_0, >= 0; infinity gives 1.
    method : {"formula", "quadrature"}
        Two independent routes, equal to 1e-10: the arcsine law, and sqrt(E erf(kappa g/sqrt 2)**2)
        integrated.

    Returns
    -------
    c : float64 ndarray, shape (...), in [0, 1].

    Raises
    ------
    ValueError
        If an entry of `kappa` is negative or NaN.

    Notes
    -----
    docs/derivations/sign_update.md, sign-4. n, N, d -> infinity in proportion; at finite d see
    `sign_norm_ratio_refined` and `sign_norm_spread`.
    """
    kappa = checks.ratios("kappa", kappa)
    checks.choice("method", method, ("formula", "quadrature"))
    if method == "formula":
        return np.sqrt((2.0 / np.pi) * _arcsine_of_p(kappa))
    return np.sqrt(1.0 - np.vectorize(_missing_power, otypes=[float])(kappa, 2))


def sign_agreement(kappa: ArrayLike) -> NDArray[np.float64]:
    """Limit 1/2 + atan(kappa)/pi of the share of entries whose sign is the residual rank-one matrix's.

    docs/derivations/sign_update.md, sign-5; kappa >= 0, in [1/2, 1].
    """
    return 0.5 + np.arctan(checks.ratios("kappa", kappa)) / np.pi


def sign_norm_ratio_refined(sn: SignalNoise) -> float:
    """Expected ||sign(G_0)||_2/sqrt(N d) at finite sizes: c with its corrections of order 1/d.

    c**2 = mean over pairs of independent rows of (2/pi) asin(rho_i rho_i'), the one saturated column of an
    axis-aligned teacher, and what the noise of the signs adds to the top singular value: its share (1 -
    c**2)/N in the row direction and (v^T Sigma_S v)/d in the column direction. 0 where there is no signal.
    docs/derivations/sign_update.md, sign-6 to sign-10.
    """
    paired = paired_rows_ratio_squared(sn)
    if paired == 0.0 or sn.kappa == 0.0:
        return 0.0
    c_2 = paired
    if sn.teacher_direction == "axis" and sn.nu > 0.0:
        saturated = math.erf(abs(sn.student.mu_1 * sn.teacher.c_1) / (math.sqrt(2.0) * sn.nu)) ** 2
        c_2 += (saturated - paired) / sn.d
    return math.sqrt(min(c_2 + (1.0 - paired) / sn.N + noise_along_signal(sn) / sn.d, 1.0))


def noise_along_signal(sn: SignalNoise) -> float:
    """v^T Sigma_S v, variance of the signs' noise along their top right vector v. sign_update.md, sign-10.

    Saturated columns carry v and little noise: 1 - E erf**4/E erf**2 for independent columns. The correlation
    of columns adds its share, since t leans towards the directions in which the data, and so the noise, is
    large.
    """
    power_2, power_4 = 1.0 - _missing_power(sn.kappa, 2), 1.0 - _missing_power(sn.kappa, 4)
    if power_2 <= 0.0:
        return 1.0
    columns = _columns(sn)
    b_squared = columns.teacher_2 + columns.own_2
    covariance = sample_covariance(sn, bulk_only=True)
    ratio, r2 = sn.d / sn.n, sn.residual_2
    lean = ratio**2 * sn.residual_4 + 2.0 * ratio * (covariance[0, 1] + b_squared * r2)
    lean = (lean + covariance[0, 0] + b_squared**2 - r2 * b_squared) / r2
    overlap = (2.0 / math.pi) * math.sqrt(sn.p) * (1.0 - sn.p) / math.sqrt(1.0 + sn.p)
    return 1.0 - power_4 / power_2 + lean * overlap**2 / (columns.V * power_2)


def paired_rows_ratio_squared(sn: SignalNoise) -> float:
    """(2/pi) E asin(rho_i rho_i') over independent rows i, i'. docs/derivations/sign_update.md, sign-6."""
    x, weight = _half_normal_rule()
    rho = row_signal_noise(sn, x).rho
    return float((2.0 / np.pi) * (weight @ np.arcsin(np.minimum(np.outer(rho, rho), 1.0)) @ weight))


def sign_agreement_refined(sn: SignalNoise) -> float:
    """Expected share of equal signs at finite sizes: the mean over rows of 1/2 + atan(kappa_i)/pi.

    docs/derivations/sign_update.md, sign-6.
    """
    x, weight = _half_normal_rule()
    share = float(weight @ (0.5 + np.arctan(row_signal_noise(sn, x).kappa) / np.pi))
    return min(share, 1.0)  # the weights' sum rounds


def sign_norm_spread(sn: SignalNoise) -> float:
    """Standard deviation over runs of ||sign(G_0)||_2/sqrt(N d), to order d**-0.5.

    Conditional on the offset A where E sigma != 0. NaN where there is no signal (mu_1 = 0).
    docs/derivations/sign_update.md, sign-11 to sign-15.
    """
    if sn.kappa == 0.0:
        return math.nan
    c = float(sign_norm_ratio(sn.kappa))
    student, columns = sn.student, _columns(sn)
    mean_residual = student.s0 * sn.offset - sn.teacher.c_0
    slope = (2.0 / np.pi) * sn.p / math.sqrt(1.0 + 2.0 * sn.kappa**2) if math.isfinite(sn.kappa) else 0.0
    nu_2 = sn.nu**2
    data_share = sn.residual_2 * student.var_prime / sn.n / nu_2 if nu_2 > 0.0 else 0.0
    mean_share = 2.0 * mean_residual * student.mu_2**2 / sn.d / nu_2 if nu_2 > 0.0 else 0.0
    energy = slope * (columns.e / columns.V - data_share) / sn.residual_2  # d c**2/d(mean r**2)
    mean = -slope * mean_share  # d c**2/d(mean r)
    spread = max(student.q - student.s0**2, 0.0) / width_factor(sn.parametrisation, sn.N)
    along = 2.0 * slope / columns.V
    sensitivity = np.array([along, energy, mean])
    sample = float(sensitivity @ sample_covariance(sn, bulk_only=True) @ sensitivity)
    # The columns' noise already holds an independent part along b, of variance b^2 E r^2.
    sample -= along**2 * (columns.teacher_2 + columns.own_2) * sn.residual_2
    variance = (
        _column_variance(sn, columns, slope=slope, energy=energy)
        + scale_variance(sn, slope * columns.own_2 / columns.V + energy * spread)
        + offset_variance(sn, 2.0 * mean_residual * energy + mean)
        + sample / sn.n
    )
    return math.sqrt(max(variance, 0.0)) / (2.0 * c)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Variance V of sqrt(d) t_j over the columns kappa speaks of, and its parts: teacher, own, noise e."""

    teacher_2: float
    own_2: float
    e: float
    V: float


def _columns(sn: SignalNoise) -> _Columns:
    teacher_2 = 0.0 if sn.teacher_direction == "axis" else sn.teacher.c_1**2
    own_2 = sn.student.mu_1**2 / width_factor(sn.parametrisation, sn.N)
    e = sn.d * sn.residual_2 / sn.n
    return _Columns(teacher_2=teacher_2, own_2=own_2, e=e, V=teacher_2 + own_2 + e)


def _column_variance(sn: SignalNoise, columns: _Columns, *, slope: float, energy: float) -> float:
    """Variance of c**2 from its d columns -c_1 x + mu_1 y + sqrt(e) z, |x| fixed (sign-13)."""
    own_2, teacher_2 = columns.own_2, columns.teacher_2
    fourth = 1.0 - _missing_power(sn.kappa, 4)
    second = 1.0 - _missing_power(sn.kappa, 2)
    curvature = 2.0 * slope  # E[erf^2 (g^2 - 1)]
    own_energy = energy**2 * (4.0 * sn.teacher.c_1**2 * own_2 + 2.0 * own_2**2)
    cross = 2.0 * energy * curvature * own_2 * (2.0 * teacher_2 + own_2) / columns.V
    fixed_length = 0.5 * (curvature * teacher_2 / columns.V) ** 2
    return (fourth - second**2 + own_energy + cross - fixed_length) / sn.d


def uncorrected_factor(b1: float = 0.9, b2: float = 0.999) -> float:
    """(1 - b1)/sqrt(1 - b2): Adam's first step without bias correction over the corrected one (3.1623)."""
    for name, value in (("b1", b1), ("b2", b2)):
        if not 0.0 <= checks.number(name, value) < 1.0:
            raise ValueError(f"{name} must lie in [0, 1), got {value!r}")
    return (1.0 - b1) / math.sqrt(1.0 - b2)


def _arcsine_of_p(kappa: NDArray[np.float64]) -> NDArray[np.float64]:
    """asin(kappa**2/(1 + kappa**2)), by pi/2 - asin(sqrt(1 + 2 kappa**2)/(1 + kappa**2)) above 1."""
    small = np.minimum(kappa, 1.0) ** 2
    inverse = 1.0 / np.maximum(kappa, 1.0)
    complement = inverse * np.sqrt(inverse**2 + 2.0) / (inverse**2 + 1.0)
    return np.where(kappa <= 1.0, np.arcsin(small / (1.0 + small)), 0.5 * np.pi - np.arcsin(complement))


def _missing_power(kappa: float, power: int) -> float:
    """1 - E erf(kappa g/sqrt 2)**power, g ~ N(0, 1), by Gauss-Legendre where erf is not yet 1."""
    if math.isinf(kappa):
        return 0.0
    end = min(12.0, 9.0 / kappa) if kappa > 0.0 else 12.0
    node, weight = gauss_legendre(100)
    g = 0.5 * end * (node + 1.0)
    density = np.exp(-0.5 * g**2) * math.sqrt(2.0 / math.pi)
    return float(0.5 * end * (weight * density) @ (1.0 - special.erf(kappa * g / math.sqrt(2.0)) ** power))


def _half_normal_rule() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights for means over |x|, x ~ N(0, 1), graded towards 0, where kappa_i may be singular."""
    node, weight = gauss_legendre(16)
    edges = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 7), [2.5, 5.0, 9.0]])
    half = 0.5 * np.diff(edges)
    x = (edges[:-1] + half)[:, None] + half[:, None] * node
    w = half[:, None] * weight * np.exp(-0.5 * x**2) * math.sqrt(2.0 / math.pi)
    return x.ravel(), w.ravel() / w.sum()
