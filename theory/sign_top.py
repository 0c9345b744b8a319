"""||sign(G_0)||_2 where the signal is weak: the spike against the edge of the signs' own noise.

Derivation: docs/derivations/sign_update.md, section 4. `sign_norm_ratio_refined` takes the noise to first order, which
holds while c**2 sqrt(N d) is large; here the outlier's equation is solved whole, and where it has no root outside the
noise's spectrum the noise's edge is on top.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from theory._noise_curve import curve_of
from theory.activations import Function
from theory.decomposition import SignalNoise, width_factor
from theory.noise_covariance import normal_mid_quantiles
from theory.noise_spectra import sign_noise_of
from theory.random_covariance import RandomCovariance, upper_edge
from theory.regularity import lipschitz_constant
from theory.sign_update import paired_rows_ratio_squared

__all__ = ["SignTop", "is_weak", "sign_top", "underived"]

WEAK = 30.0  # c**2 sqrt(N d) below which what first order leaves out, 1/(c**4 N d) of c**2, is above 0.1 %
WEAK_NOT_ODD = 10.0  # the same for students without anything better: 1 %
STRONG = (
    0.25  # c**2 above which a small c**2 sqrt(N d) says that N and d are tiny, not that the signal is weak
)
_REACH = 5.5  # of the quadrature over standard normals
_NODES = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class SignTop:
    """Expected ||sign(G_0)||_2/sqrt(N d): `value`; `is_outlier` says whether the signal or the noise's edge sets it."""

    value: float
    is_outlier: bool


def is_weak(sn: SignalNoise) -> bool:
    """Whether the signal stands so near the noise's edge, or below it, that `sign_norm_ratio_refined` is not enough."""
    c_2 = paired_rows_ratio_squared(sn)
    least = WEAK if sn.student.odd else WEAK_NOT_ODD
    return sn.nu > 0.0 and c_2 < STRONG and c_2 * math.sqrt(sn.N * sn.d) < least


def underived(sn: SignalNoise, student: Function, *, eps: float = 0.0) -> str:
    """What keeps `sign_top` from predicting Adam's first step of this student; empty where nothing does."""
    if not sn.student.odd:
        return "a student that is not odd (with E[z sigma'(z)] != 0 the noise follows W_0)"
    if eps > 0.0:
        return "eps > 0"
    if sn.teacher_direction == "axis":
        return "an axis-aligned teacher"
    if not lipschitz_constant(student).bounded:
        return "a student with an unbounded derivative"
    return ""


def sign_top(sn: SignalNoise, teacher: Function) -> SignTop:
    """Expected ||sign(G_0)||_2/sqrt(N d) of an odd student, at any strength of the signal.

    Parameters
    ----------
    sn : SignalNoise
        Of an odd student with noise (nu > 0); mu_1 = 0 gives the edge.
    teacher : Function
        The one whose moments `sn` holds.

    Returns
    -------
    top : SignTop

    Raises
    ------
    ValueError
        If the student is not odd: with mu_2 != 0 the rows of the noise follow W_0, which is not derived; or if the
        gradient has no noise.

    Notes
    -----
    docs/derivations/sign_update.md, sign-16 to sign-18. 3 % at d of 200, 2 % at 800; 4 % was seen at (500, 250, 1000).
    """
    if not sn.student.odd:
        raise ValueError(
            f"student must be odd, got {sn.student.name}; with mu_2 != 0 the edge is not derived"
        )
    law = sign_noise_of(sn, teacher)
    if law is None:
        raise ValueError("the gradient must have noise, got nu = 0; its sign has rank one")
    edge, root = upper_edge(law, sn.N), math.sqrt(sn.N * sn.d)
    theta_2 = paired_rows_ratio_squared(sn) * sn.N * sn.d
    excess = _outlier_equation(sn, teacher, law, theta_2) if theta_2 > 0.0 else None
    if excess is None or excess(edge.argument) <= 0.0:
        return SignTop(value=edge.expected / root, is_outlier=False)
    high = math.log(-edge.argument)
    low = high - 0.5
    while excess(-math.exp(low)) > 0.0:
        low -= 0.5
    h = -math.exp(optimize.brentq(lambda t: excess(-math.exp(t)), low, high, xtol=1e-12))
    curve = curve_of(law.base, law.gain, law.weights, +1)
    z = curve.z(h)
    square = z * (sn.N - sn.d - z * float(curve.slopes(h, z)[0]))
    return SignTop(value=math.sqrt(square) / root, is_outlier=True)


def _outlier_equation(
    sn: SignalNoise, teacher: Function, law: RandomCovariance, theta_2: float
) -> Callable[[float], float]:
    """(theta**2/N) v^T (z - Sigma_S)^(-1) v - 1 as a function of h: 0 at the outlier, rising towards the edge."""
    curve = curve_of(law.base, law.gain, law.weights, +1)
    power = special.erf(sn.kappa * normal_mid_quantiles(sn.d) / math.sqrt(2.0)) ** 2
    v_2 = power / power.sum()
    through = float(v_2 @ law.gain)
    noise_part = sn.residual_2 * sn.d / sn.n
    linear_parts = _linear_parts(sn, teacher, float(curve.weights[-1]))

    def excess(h: float) -> float:
        z, e = curve.z(h), float(curve.spread(h)[0])
        plain = float(np.sum(v_2 / (z - law.base - law.gain * e)))
        m, M = linear_parts(h)
        along = np.linalg.solve((1.0 / plain + through * e) * np.eye(2) - through * M, m)
        resolvent = (noise_part * e * plain + float(m @ along)) / (sn.d * sn.v_t)
        return theta_2 / sn.N * resolvent - 1.0

    return excess


def _linear_parts(
    sn: SignalNoise, teacher: Function, largest: float
) -> Callable[[float], tuple[NDArray, NDArray]]:
    """m = E[r F/(1 + rh h)] and M = E[rh F F^T/(1 + rh h)], F = (beta.x, wbar.x), rh = r**2/E r**2 up to `largest`."""
    x, weight = _normal_rule()
    own = sn.student.mu_1 / math.sqrt(width_factor(sn.parametrisation, sn.N))
    variance = sn.output_2 + sn.noise**2
    rest = math.sqrt(variance) * x  # the network's output and the label noise: E[wbar.x | rest] is linear
    r = rest[None, :] - np.asarray(teacher.value(x), dtype=np.float64)[:, None]
    rh = np.minimum(r**2 / sn.residual_2, largest)
    pair = weight[:, None] * weight[None, :]
    slope = own / variance if variance > 0.0 else 0.0
    beta, wbar = np.broadcast_to(x[:, None], r.shape), np.broadcast_to(slope * rest, r.shape)
    square = wbar**2 + 1.0 - slope * own

    def parts(h: float) -> tuple[NDArray, NDArray]:
        k = pair / (1.0 + rh * h)
        kr, kr_2 = k * r, k * rh
        mixed = float(np.sum(kr_2 * beta * wbar))
        m = np.array([np.sum(kr * beta), np.sum(kr * wbar)])
        return m, np.array([[np.sum(kr_2 * beta**2), mixed], [mixed, np.sum(kr_2 * square)]])

    return parts


@lru_cache(maxsize=1)
def _normal_rule() -> tuple[NDArray, NDArray]:
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    x = _REACH * node
    return x, _REACH * weight * np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)
