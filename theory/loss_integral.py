"""Training loss after one FB-Adam step of any size, as a Gaussian integral: the parabola of `theory.losses`
is its expansion to second order in eta. `docs/derivations/losses.md`, eqs. (10), (11).
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from theory._domain import number
from theory.activations import Function
from theory.losses import memory
from theory.ridge_kernels import normal_nodes
from theory.update_direction import update_overlaps

if TYPE_CHECKING:
    from theory.decomposition import SignalNoise

__all__ = ["adam_loss_integral"]


def adam_loss_integral(
    sn: "SignalNoise",
    *,
    student: Function,
    teacher: Function,
    eta: float,
    sign_norm_ratio: float | None = None,
    nodes: int = 16,
) -> float:
    """L(eta)/L(0) on the training set after one step of bias-corrected FB-Adam, eps = 0.

    Parameters
    ----------
    sn : SignalNoise
        Of this student (odd) and this teacher.
    student, teacher : Function
    eta : float
        >= 0; the quadrature holds to 1e-5 up to eta = 1 (mean-field: eta sqrt(d) = 1) for tanh and softplus.
    sign_norm_ratio : float, optional
        c; by default its limit.
    nodes : int
        Gauss-Hermite nodes per dimension.

    Notes
    -----
    The shift of a preactivation at a training point is eta (zt + U + Bm r sigma'(z)): common to all neurons,
    a neuron's own, and the point's memory of itself. A teacher axis is handled as in
    `theory.update_direction`.
    """
    eta = number("eta", eta, least=0)
    ntk = sn.parametrisation == "ntk"
    step = eta if ntk else eta * math.sqrt(sn.d)
    amplitude = math.sqrt(2 * (sn.N if ntk else 1) / math.pi)
    c = math.sqrt(2 / math.pi * math.asin(sn.p)) if sign_norm_ratio is None else sign_norm_ratio
    spread = sn.v_t - (sn.teacher.c_1**2 / sn.d if sn.teacher_direction == "axis" else 0.0)
    own = memory(n=sn.n, d=sn.d, entry_scale=math.sqrt(sn.student.mu_1**2 * spread + sn.nu**2))

    # zt = c v.x from beta.x, from the rest of the residual, and from noise; r from the first two.
    rest = math.sqrt(sn.output_2 + sn.noise**2)
    _, of_beta, of_output = update_overlaps(sn, optimiser="adam", sign_norm_ratio=c)
    own_mu = sn.student.mu_1 if ntk else sn.student.mu_1 / math.sqrt(sn.N)
    # Mean-field: v.wbar is smaller by sqrt(N), as the output is.
    along_output = c * of_output * own_mu / rest * (1.0 if ntk else 1 / math.sqrt(sn.N)) if rest > 0 else 0.0
    along_beta = -math.copysign(c * of_beta, sn.teacher.c_1)
    free = math.sqrt(max(c**2 - along_beta**2 - along_output**2, 0.0))
    x, w = normal_nodes(nodes)
    r = -teacher.value(x)[:, None, None] + rest * x[None, :, None] + 0 * x[None, None, :]
    zt = along_beta * x[:, None, None] + along_output * x[None, :, None] + free * x[None, None, :]
    mass = (w[:, None, None] * w[None, :, None] * w[None, None, :]).ravel()
    keep = mass > 1e-14
    r, zt, mass = r.ravel()[keep], zt.ravel()[keep], mass[keep]

    # tanh has poles near the axis: its own variable wants three times the nodes, the small noise U half of
    # them.
    z, z_weights = normal_nodes(3 * nodes)
    z_prime = np.asarray(student.derivative(z), dtype=float)
    mean = np.zeros_like(r)
    for u, weight in zip(*normal_nodes(nodes // 2), strict=True):
        shift = zt[:, None] + math.sqrt(max(1 - c**2, 0.0)) * u + own * r[:, None] * z_prime
        mean += weight * (np.asarray(student.value(z - step * shift)) @ z_weights)
    return float(mass @ (r + amplitude * mean) ** 2 / (mass @ r**2))
