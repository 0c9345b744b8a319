"""How the numbers that fix one run's spike scatter over runs: theta, m and the row of W_0 along a, to order
d^(-1/2).

psi is the sign update's column profile erf(mu_1 t_j/(sqrt 2 nu)), or sqrt(d) t_j for GD; y_j/sqrt(d) the row
of W_0 along a; averages over the d columns j. docs/derivations/spike.md, section "Fluctuation".
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from theory.gradient.decomposition import SignalNoise
from theory.gradient.fluctuations import projection_covariance
from theory.update.optimisers import known_optimiser

__all__ = ["run_covariance", "run_means", "run_scales"]


def run_scales(sn: SignalNoise) -> tuple[float, float, float]:
    """mu_1 of the network's own output, variance of one entry of W_0, and signal variance V = d v_t."""
    ntk = sn.parametrisation == "ntk"
    return abs(sn.student.mu_1) / (1.0 if ntk else math.sqrt(sn.N)), 1.0 if ntk else 1.0 / sn.d, sn.d * sn.v_t


def run_means(sn: SignalNoise, optimiser: str, size2: float, log_residual: float) -> NDArray[np.float64]:
    """psi2 and psi_row as functions of |a|^2/E|a|^2 and of the log of the mean squared residual."""
    optimiser = known_optimiser(optimiser)
    own, _, _ = run_scales(sn)
    residual = sn.residual_2 * math.exp(log_residual)
    V = sn.teacher.c_1**2 + own**2 * size2 + sn.d * residual / sn.n
    if optimiser == "gd":
        return np.array([V, own * math.sqrt(size2)])
    nu2 = sn.nu**2 * math.exp(log_residual)
    kappa2 = sn.student.mu_1**2 * V / (sn.d * nu2)
    slope = math.sqrt(2.0 / math.pi) * math.sqrt(kappa2 / (1.0 + kappa2)) / math.sqrt(V)
    return np.array([2.0 / math.pi * math.asin(kappa2 / (1.0 + kappa2)), own * math.sqrt(size2) * slope])


def run_covariance(sn: SignalNoise, optimiser: str, *, nodes: int = 40) -> NDArray[np.float64]:
    """Covariance of psi2, psi_row, row2, cosine, size2 over runs, to order 1/d.

    Parameters
    ----------
    sn : SignalNoise
    optimiser : {"adam", "gd"}
    nodes : int
        Gauss-Hermite nodes per dimension.

    Returns
    -------
    covariance : float64 ndarray, shape (5, 5)

    Notes
    -----
    docs/derivations/spike.md, eqs. (28) to (31).
    """
    optimiser = known_optimiser(optimiser)
    own, _, _ = run_scales(sn)
    c_1, e = sn.teacher.c_1, sn.d * sn.residual_2 / sn.n
    t, w = np.polynomial.hermite_e.hermegauss(nodes)
    w = w / math.sqrt(2.0 * math.pi)
    x, y, z = np.meshgrid(t, t, t, indexing="ij")
    weights = w[:, None, None] * w[:, None] * w
    T = -c_1 * x + own * y + math.sqrt(e) * z
    psi = T if optimiser == "gd" else erf(abs(sn.student.mu_1) * T / (math.sqrt(2.0 * sn.d) * sn.nu))
    step = 1e-5
    by_residual = (run_means(sn, optimiser, 1.0, step) - run_means(sn, optimiser, 1.0, -step)) / (2.0 * step)
    by_size = (run_means(sn, optimiser, 1.0 + step, 0.0) - run_means(sn, optimiser, 1.0 - step, 0.0)) / (
        2.0 * step
    )
    # the mean squared residual moves with |wbar|^2 and wbar.beta
    residual = (own**2 * (y**2 - 1.0) - 2.0 * c_1 * own * x * y) / sn.residual_2
    columns = [psi**2 + by_residual[0] * residual, psi * y + by_residual[1] * residual, y**2]
    centred, projections = [], []
    for column in columns:
        column = column - np.sum(weights * column)
        # |beta| = 1 exactly: what is proportional to x^2 - 1 does not scatter
        column = column - 0.5 * np.sum(weights * column * (x**2 - 1.0)) * (x**2 - 1.0)
        # t's noise along beta and along wbar is not independent of the residual: taken from the samples below
        along = np.array([np.sum(weights * column * x * z), np.sum(weights * column * y * z)])
        centred.append(column - along[0] * x * z - along[1] * y * z)
        projections.append(along / math.sqrt(e))
    covariance = np.zeros((5, 5))
    for i, first in enumerate(centred):
        for j, second in enumerate(centred):
            covariance[i, j] = np.sum(weights * first * second) / sn.d
    response = np.column_stack([np.array(projections), [*(by_residual / sn.residual_2), 0.0]])
    covariance[:3, :3] += response @ projection_covariance(sn)[:3, :3] @ response.T / sn.n
    # |a|^2/N: through the signal, and through E f^2 = q |a|^2/N in the residual
    by_size = by_size + by_residual * sn.output_2 / sn.residual_2
    response = np.array([*by_size, 0.0, 0.0, 1.0])
    covariance += 2.0 / sn.N * np.outer(response, response)
    covariance[3, 3] += (1.0 - 3.0 / math.pi) / sn.N if optimiser == "adam" else 0.0
    return covariance
