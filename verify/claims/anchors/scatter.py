"""Anchors of what scatters over runs: variances and means that the verdicts use as weights, never as predictions."""

import math

import numpy as np
from numpy.typing import NDArray

from verify.claims.anchors.anchor import CLOSE, DENSITY, Z, anchor
from verify.judging.claim import Claim
from verify.problem.paper import SMALL
from verify.problem.problem import make_problem

__all__ = ["kernels_hold", "loss_scatter_holds", "run_means_hold", "scatter_anchors"]

TANH, SOFTPLUS = np.tanh(Z), np.logaddexp(0.0, Z)
SLOPE = 1.0 - TANH**2
MU_1, Q = float(DENSITY @ SLOPE), float(DENSITY @ TANH**2)
C_1 = float(DENSITY @ (1.0 / (1.0 + np.exp(-Z))))
NOISE = 0.3


def scatter_anchors() -> tuple[Claim, ...]:
    """One per quantity."""
    return (_loss_scatter(), _run_means(), _kernels())


def _loss_scatter() -> Claim:
    return anchor(
        "X.anchor.loss-scatter",
        "the variance of mean r^2 over runs is the sum of its parts: |a|^2, the first layer's mean row, the samples",
        "docs/derivations/gradient.md, gradient-17",
        "global_variance",
        lambda: loss_scatter_holds(1.0, 1.0),
        {
            "without the part of |a|^2": lambda: loss_scatter_holds(0.0, 1.0),
            "without the part of the mean row": lambda: loss_scatter_holds(1.0, 0.0),
        },
    )


def loss_scatter_holds(readout: float, row: float) -> bool:
    """Whether theory's variance of mean r^2 (tanh, softplus) is that sum, with shares of two of its parts."""
    from theory.gradient.fluctuations import Sensitivity, global_variance

    sn = make_problem().signal_noise(SMALL)
    variance, square = Q + NOISE**2, float(DENSITY @ SOFTPLUS**2)
    fourth = 3 * variance**2 + 6 * variance * square + float(DENSITY @ SOFTPLUS**4)
    expected = (
        readout * 2 * Q**2 / SMALL.N
        + row * (2 * MU_1**4 + 4 * C_1**2 * MU_1**2) / SMALL.d
        + (fourth - (variance + square) ** 2) / SMALL.n
    )
    found = global_variance(sn, Sensitivity(scale=0.0, signal=0.0, residual_2=1.0, residual_mean=0.0))
    return abs(found / expected - 1.0) <= CLOSE


def _run_means() -> Claim:
    return anchor(
        "X.anchor.run-means",
        "mean psi^2 and mean psi y of a run's update are Gaussian means of erf(kappa g/sqrt 2), whatever |a|^2 and r^2",
        "docs/derivations/spike.md, eqs. (28) to (31)",
        "run_means",
        lambda: run_means_hold(1.0, 1.0),
        {
            "kappa one in a hundred larger": lambda: run_means_hold(1.01, 1.0),
            "|a|^2 left out of the row": lambda: run_means_hold(1.0, 0.0),
        },
    )


def run_means_hold(factor: float, power: float) -> bool:
    """Whether theory's means are those sums with kappa times `factor` and |a|**power in the row's own part."""
    from theory.spike.run_scatter import run_means

    sn = make_problem().signal_noise(SMALL)
    for size2, log_residual in ((1.0, 0.0), (1.3, 0.2)):
        expected = _means(size2, log_residual, factor, power)
        if np.any(np.abs(run_means(sn, "adam", size2, log_residual) / expected - 1.0) > CLOSE):
            return False
    return True


def _means(size2: float, log_residual: float, factor: float, power: float) -> NDArray[np.float64]:
    from scipy.special import erf

    n, _, d = SMALL.sizes
    residual = (float(DENSITY @ SOFTPLUS**2) + NOISE**2 + Q) * math.exp(log_residual)
    signal = C_1**2 + MU_1**2 * size2 + d * residual / n
    noise = residual * (float(DENSITY @ SLOPE**2) - MU_1**2) / n
    saturated = erf(factor * MU_1 * math.sqrt(signal / (d * noise)) * Z / math.sqrt(2.0))
    own = MU_1 * size2 ** (power / 2) / math.sqrt(signal)
    return np.array([DENSITY @ saturated**2, own * float(DENSITY @ (Z * saturated))])


def _kernels() -> Claim:
    return anchor(
        "X.anchor.kernels",
        "the ridge stage's teacher moments are Gaussian means, and their stated error is below 1e-9",
        "docs/derivations/ridge.md, eq. (7)",
        "teacher_kernels",
        lambda: kernels_hold(0.6),
        {"another overlap": lambda: kernels_hold(0.61)},
    )


def kernels_hold(overlap: float) -> bool:
    """Whether theory's moments of softplus(0.6 zeta + 0.8 chi) are sums over chi with that overlap."""
    from theory.ridge.kernels import teacher_kernels

    zeta = np.array([-1.5, 0.0, 2.0])
    found = teacher_kernels(lambda z: np.logaddexp(0.0, z), zeta, overlap=0.6, noise=0.0)
    values = np.logaddexp(0.0, overlap * zeta[:, None] + math.sqrt(1.0 - overlap**2) * Z)
    expected = np.stack([values @ DENSITY, values @ (Z * DENSITY), values**2 @ DENSITY])
    close = np.abs(np.stack([found.Y0, found.Y1, found.Y2]) - expected) <= 1e-9
    return bool(close.all()) and found.error < 1e-9
