"""Columns of sign(G_0) without a flipped sign, when rows differ in their noise and the noise is skewed.

`theory.spectrum.nullity` takes one kappa and normal noise. docs/derivations/nullity.md, section 6.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from theory.functions.activations import Function
from theory.functions.narrow import line_rule
from theory.gradient.decomposition import SignalNoise, bulk_signal, row_excess
from theory.numerics.legendre import gauss_legendre
from theory.spectrum.nullity import Nullity, nullity, unflipped_share

__all__ = ["refined_nullity", "row_kappas", "unflipped_share_refined"]

_REACH = 5.0  # standard deviations: beyond them no sign flips, and Cornish and Fisher's series is not used


def unflipped_share_refined(sn: SignalNoise, student: Function) -> float:
    """p0 at this size: rows of unequal |w_i| and b.w_i, and the third and fourth cumulant of the noise.

    Parameters
    ----------
    sn : SignalNoise
    student : Function
        That of `sn`.

    Returns
    -------
    p0 : float, in [2**-N, 1]
        For students that are not odd, and without noise or signal, the limit, `unflipped_share`.

    Notes
    -----
    docs/derivations/nullity.md, eqs. (nullity-10) to (nullity-14). First order in 1/n and 1/d: where it is far from
    the limit, about a third to a half of the difference is still missing.
    """
    if not sn.student.odd or not 0.0 < sn.kappa < 1e6:  # beyond, sigma' is constant to float64's last digits
        return float(unflipped_share(sn.kappa, sn.N))
    kappas, weights = row_kappas(sn, student)
    g, mass = _signals(sn.kappa)
    skewness, kurtosis = _cumulants(sn, student)
    reach = kappas[:, None] * g
    held = np.minimum(reach, _REACH)
    moved = reach + _shift(held, skewness * g * held / reach, kurtosis)
    unflipped = weights @ special.ndtr(moved)
    return float(np.clip(mass @ unflipped**sn.N, 0.5**sn.N, 1.0))


def refined_nullity(sn: SignalNoise, student: Function) -> Nullity:
    """Rank and modes with the share of `unflipped_share_refined`; parameters as there."""
    initial = 1.0 if sn.parametrisation == "ntk" else 1.0 / sn.d
    return nullity(
        sn.kappa, N=sn.N, d=sn.d, initial_variance=initial, share=unflipped_share_refined(sn, student)
    )


def row_kappas(sn: SignalNoise, student: Function) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """kappa_i over rows, and the shares of the rows: |w_i|^2/d is chi^2, b.w_i normal. Odd students.

    Notes
    -----
    docs/derivations/nullity.md, eqs. (nullity-10), (nullity-11).
    """
    node, weight = np.polynomial.hermite_e.hermegauss(16)
    weight = weight / weight.sum()
    shape = sn.d / 2.0
    lengths = np.where(
        node < 0.0,
        special.gammaincinv(shape, special.ndtr(node)),
        special.gammainccinv(shape, special.ndtr(-node)),
    )
    of_length = np.array([_signal_to_noise(student, scale) for scale in (lengths / shape).tolist()])
    excess = row_excess(sn, node[8:])  # even in b.w_i
    kappas = (
        sn.kappa * (of_length / _signal_to_noise(student, 1.0))[:, None] / np.sqrt(1.0 + excess / sn.nu**2)
    )
    return kappas.ravel(), (weight[:, None] * 2.0 * weight[8:]).ravel()


def _centred_moments(student: Function, scale: float) -> tuple[float, float, float, float]:
    """Mean of sigma'(sqrt(scale) z) and its central moments of order 2 to 4."""
    z, weight = line_rule(student)
    density = np.exp(-0.5 * z**2 / scale) * weight
    density /= density.sum()
    slope = student.derivative(z)
    mean = float(density @ slope)
    rest = slope - mean
    return mean, float(density @ rest**2), float(density @ rest**3), float(density @ rest**4)


def _signal_to_noise(student: Function, scale: float) -> float:
    mean, variance, _, _ = _centred_moments(student, scale)
    return abs(mean) / math.sqrt(variance) if variance > 0.0 else math.inf


def _cumulants(sn: SignalNoise, student: Function) -> tuple[float, float]:
    """Skewness of an entry of E along a signal g = 1, and its excess kurtosis; (nullity-12), (nullity-13)."""
    mean, variance, third, fourth = _centred_moments(student, 1.0)
    tail = 3.0 * sn.residual_4 / (sn.residual_2**2 * sn.n)
    bulk_v_t = bulk_signal(sn) / sn.student.mu_1**2
    skewness = math.copysign(third, third * mean) / variance**1.5
    return skewness * tail * math.sqrt(sn.n * bulk_v_t / sn.residual_2), (fourth / variance**2 - 3.0) * tail


def _signals(kappa: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes g > 0 and weights of 2 phi(g) dg, on panels for both scales, 1 and 1/kappa."""
    x, w = gauss_legendre(8)
    wide = np.linspace(0.0, 9.0, 37)
    rise = np.linspace(0.0, 9.0, 37)[1:] / kappa
    edges = np.unique(np.concatenate([wide, rise[rise < 9.0]]))
    half = 0.5 * np.diff(edges)[:, None]
    g = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * x).ravel()
    return g, (half * w).ravel() * math.sqrt(2.0 / math.pi) * np.exp(-0.5 * g**2)


def _shift(x: NDArray[np.float64], skewness: NDArray[np.float64], kurtosis: float) -> NDArray[np.float64]:
    """What Cornish and Fisher add to the normal quantile x where the noise has these cumulants along the signal."""
    return (
        skewness * (x**2 - 1.0) / 6.0
        - kurtosis * (x**3 - 3.0 * x) / 24.0
        + skewness**2 * (4.0 * x**3 - 7.0 * x) / 36.0
    )
