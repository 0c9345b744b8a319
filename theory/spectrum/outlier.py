"""Where the top value of a signal plus noise of random covariance leaves the noise's spectrum.

The signal's right vector is made of the same data as the covariance. docs/derivations/sign_update.md, sign-16 to sign-18.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from theory.functions.activations import Function
from theory.gradient.decomposition import SignalNoise, width_factor
from theory.numerics.legendre import gauss_legendre
from theory.random_matrices.noise_curve import curve_of
from theory.random_matrices.random_covariance import RandomCovariance

__all__ = ["outlier_argument"]

_REACH = 5.5  # of the quadrature over standard normals
_NODES = 96


def outlier_argument(
    sn: SignalNoise,
    teacher: Function,
    law: RandomCovariance,
    *,
    strength: float,
    v_squared: NDArray[np.float64],
    edge: float,
) -> float | None:
    """h of the outlier, None where there is none beyond the noise's edge.

    Parameters
    ----------
    law : RandomCovariance
        Of a row of the noise.
    strength : float
        theta**2/N for N rows alike, in the units of `law`: squared length of one row of the signal.
    v_squared : ndarray, shape (d,)
        Squares of the entries of the signal's right unit vector, in the order of `law`'s columns.
    edge : float
        h at the edge of the noise.
    """
    excess = _excess(sn, teacher, law, strength, v_squared) if strength > 0.0 else None
    if excess is None or excess(edge) <= 0.0:
        return None
    high = math.log(-edge)
    low = high - 0.5
    while excess(-math.exp(low)) > 0.0:
        low -= 0.5
    return -math.exp(optimize.brentq(lambda t: excess(-math.exp(t)), low, high, xtol=1e-12))


def _excess(
    sn: SignalNoise, teacher: Function, law: RandomCovariance, strength: float, v_2: NDArray
) -> Callable[[float], float]:
    """strength v^T (z - Sigma)^(-1) v - 1 as a function of h: 0 at the outlier, rising towards the edge."""
    curve = curve_of(law.base, law.gain, law.weights, +1)
    through = float(v_2 @ law.gain)
    noise_part = sn.residual_2 * sn.d / sn.n
    linear_parts = _linear_parts(sn, teacher, float(curve.weights[-1]))

    def excess(h: float) -> float:
        z, e = curve.z(h), float(curve.spread(h)[0])
        plain = float(np.sum(v_2 / (z - law.base - law.gain * e)))
        m, M = linear_parts(h)
        along = np.linalg.solve((1.0 / plain + through * e) * np.eye(2) - through * M, m)
        resolvent = (noise_part * e * plain + float(m @ along)) / (sn.d * sn.v_t)
        return strength * resolvent - 1.0

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
    node, weight = gauss_legendre(_NODES)
    x = _REACH * node
    return x, _REACH * weight * np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)
