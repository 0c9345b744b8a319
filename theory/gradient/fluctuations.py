"""How the few numbers that a whole gradient depends on scatter from run to run, to first order.

Four of them: alpha = |a|**2/E|a|**2, L = |t|**2, the sample's mean of r**2 and its mean of r. Norms of G_0
and the constant c of the sign update are smooth functions of these (c of the columns besides), so that their
variances are quadratic forms in the sensitivities. Derivation: docs/derivations/gradient.md, section 6.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.gradient.decomposition import SignalNoise, residual_square_variance, width_factor

__all__ = [
    "Sensitivity",
    "global_variance",
    "offset_variance",
    "projection_covariance",
    "sample_covariance",
    "scale_variance",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Derivatives of an observable with respect to alpha, L = |t|**2, mean r**2 and mean r."""

    scale: float
    signal: float
    residual_2: float
    residual_mean: float


def global_variance(sn: SignalNoise, s: Sensitivity) -> float:
    """Variance of an observable that depends on alpha, L, mean r**2 and mean r with the sensitivities `s`.

    docs/derivations/gradient.md, gradient-17. L reacts to mean r**2 as well (t is noisy): d/n of it.
    """
    student, teacher = sn.student, sn.teacher
    width = width_factor(sn.parametrisation, sn.N)
    own_2 = student.mu_1**2 / width
    mean_residual = student.s0 * sn.offset - teacher.c_0
    energy = s.signal * sn.d / sn.n + s.residual_2  # to mean r**2, the way through the noise of t included
    spread = max(student.q - student.s0**2, 0.0) / width
    scale = s.scale + s.signal * own_2 + energy * spread
    output_power = (s.signal + energy) * own_2  # of |wbar|**2 - alpha, variance 2/d
    overlap = -2.0 * (s.signal + energy) * teacher.c_1 * math.sqrt(own_2)  # of beta.wbar, variance 1/d
    noise_power = s.signal * sn.d / sn.n * sn.residual_2  # of the length of t's noise, variance 2/d
    offset = 2.0 * energy * mean_residual + s.residual_mean
    sample = np.array([2.0 * s.signal, energy, s.residual_mean])
    return (
        scale_variance(sn, scale)
        + (2.0 * output_power**2 + overlap**2 + 2.0 * noise_power**2) / sn.d
        + offset_variance(sn, offset)
        + float(sample @ sample_covariance(sn) @ sample) / sn.n
    )


def scale_variance(sn: SignalNoise, sensitivity: float) -> float:
    """Share of alpha = |a|**2/E|a|**2, whose variance is 2/N."""
    return 2.0 * sensitivity**2 / sn.N


def offset_variance(sn: SignalNoise, sensitivity: float) -> float:
    """Share of the mean output, which moves with the |w_i| even at fixed A: mu_2**2/(2 d) (MF: /N)."""
    return sensitivity**2 * sn.student.mu_2**2 / (2.0 * sn.d * width_factor(sn.parametrisation, sn.N))


def sample_covariance(sn: SignalNoise, *, bulk_only: bool = False) -> NDArray[np.float64]:
    """Covariance over one sample of (r u, r**2, r), u = b.x the linear part of r.

    Parameters
    ----------
    bulk_only : bool
        Take from u the part along the columns that kappa speaks of: without the teacher when that is one
        column.

    Notes
    -----
    docs/derivations/gradient.md, gradient-17.
    """
    own = abs(sn.student.mu_1) / math.sqrt(width_factor(sn.parametrisation, sn.N))
    along = 0.0 if bulk_only and sn.teacher_direction == "axis" else -sn.teacher.c_1
    u = np.array([[along, own, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    return u @ projection_covariance(sn) @ u.T


def projection_covariance(sn: SignalNoise) -> NDArray[np.float64]:
    """Covariance over one sample of (r x, r y, r**2, r), x = beta.x and y = wbar.x/|wbar|, given the offset A.

    Notes
    -----
    The teacher enters by its Hermite series to second order and an independent Gaussian remainder; Var(r**2) is
    exact. Polynomials of degree 8 at most: 7 nodes are exact.
    """
    student, teacher = sn.student, sn.teacher
    width = width_factor(sn.parametrisation, sn.N)
    own_2 = student.mu_1**2 / width
    node, weight = np.polynomial.hermite_e.hermegauss(7)
    weight = weight / weight.sum()
    x, y, g = np.meshgrid(node, node, node, indexing="ij")
    w = (weight[:, None, None] * weight[:, None] * weight).ravel()
    remainder = teacher.q_star - teacher.c_0**2 - teacher.c_1**2 - teacher.c_2**2 / 2.0
    rest = max(student.q - student.s0**2, 0.0) / width - own_2 + sn.noise**2 + remainder
    series = teacher.c_0 + teacher.c_1 * x + 0.5 * teacher.c_2 * (x**2 - 1.0)
    r = student.s0 * sn.offset + math.sqrt(own_2) * y + math.sqrt(max(rest, 0.0)) * g - series
    values = np.stack([(r * x).ravel(), (r * y).ravel(), (r * r).ravel(), r.ravel()])
    centred = values - (values @ w)[:, None]
    covariance = (centred * w) @ centred.T
    covariance[2, 2] = residual_square_variance(sn)
    return covariance
