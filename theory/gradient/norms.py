"""Norms of the first gradient G_0, its two rank-one approximations, and the covariance of its noise.

Derivation: docs/derivations/gradient.md. Everything takes plain numbers; nothing is drawn.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.checks import number
from theory.gradient.decomposition import (
    RowSignalNoise,
    SignalNoise,
    entry_scale,
    row_excess,
    row_signal_noise,
    signal_noise,
    width_factor,
)
from theory.gradient.fluctuations import Sensitivity, global_variance
from theory.moments.moments import StudentMoments

__all__ = [
    "RowSignalNoise",
    "SignalNoise",
    "gradient_norm_spreads",
    "gradient_norms",
    "label_matrix_error",
    "noise_covariance",
    "residual_matrix_error",
    "row_signal_noise",
    "signal_noise",
]


def gradient_norms(sn: SignalNoise) -> tuple[float, float]:
    """Limits of ||G_0||_2 and ||G_0||_F (the factor 2 of the loss is in G_0).

    2 mu_1 sqrt(v_t) and 2 sqrt(mu_1**2 v_t + mean of nu_i**2), both times sqrt(d/N) under mean-field.
    docs/derivations/gradient.md, gradient-12. For what one run scatters: `gradient_norm_spreads`.
    """
    scale = 2.0 * entry_scale(sn) * math.sqrt(sn.N * sn.d)
    mean_nu_2 = sn.nu**2 + float(row_excess(sn, np.array(1.0)))  # the excess is linear in x_i**2, of mean 1
    signal_2 = sn.student.mu_1**2 * sn.v_t
    return scale * math.sqrt(signal_2), scale * math.sqrt(signal_2 + mean_nu_2)


def gradient_norm_spreads(sn: SignalNoise) -> tuple[float, float]:
    """Standard deviations over runs of log ||G_0||_2 and log ||G_0||_F, to order d**-0.5.

    What scatters are |a|**2, |t|**2 and the noise's scale mean r**2. Conditional on the offset A where E
    sigma != 0. docs/derivations/gradient.md, gradient-15 to 18. NaN for the operator norm where mu_1 = 0.
    """
    V = sn.d * sn.v_t
    student = sn.student
    mean_residual = student.s0 * sn.offset - sn.teacher.c_0
    total = student.mu_1**2 * V + sn.d * sn.nu**2
    squared_frobenius = Sensitivity(
        scale=1.0,
        signal=student.mu_1**2 / total if total > 0.0 else 0.0,
        residual_2=sn.d * student.var_prime / sn.n / total if total > 0.0 else 0.0,
        residual_mean=2.0 * mean_residual * student.mu_2**2 / total if total > 0.0 else 0.0,
    )
    squared_operator = Sensitivity(scale=1.0, signal=1.0 / V, residual_2=0.0, residual_mean=0.0)
    operator = 0.5 * math.sqrt(global_variance(sn, squared_operator)) if student.mu_1 else math.nan
    return operator, 0.5 * math.sqrt(global_variance(sn, squared_frobenius))


def label_matrix_error(sn: SignalNoise) -> float:
    """Limit of ||G_0 - A||_2/||G_0||_2 for the label matrix A = -(2 mu_1/(n sqrt(N d))) a (X^T y)^T.

    What the label matrix misses is the network's own output: sqrt((mu_1**2/d + E f**2/n)/v_t), a constant
    under NTK. Under mean-field it is of order 1/sqrt(N), as is the noise, so there it is a lower bound.
    docs/derivations/gradient.md, gradient-13.
    """
    width = width_factor(sn.parametrisation, sn.N)
    return math.sqrt((sn.student.mu_1**2 / width / sn.d + sn.output_2 / sn.n) / sn.v_t)


def residual_matrix_error(sn: SignalNoise, *, weighted_edge: float | None = None) -> float:
    """||G_0 - A||_2/||G_0||_2 for the residual matrix A = (2 mu_1/(n sqrt(N d))) a (X^T r)^T.

    Parameters
    ----------
    weighted_edge : float, optional
        s_w, the edge of the noise with row weights a_i**2 (E a_i**2 = 1) and covariance Sigma_E. Without it
        the leading form sqrt(2 ln N/N)/kappa is returned, with kappa over all columns; the edge gives the
        sharp one.

    Notes
    -----
    docs/derivations/gradient.md, gradient-14. Infinite where mu_1 = 0: there is no signal to compare
    with.
    """
    operator, _ = gradient_norms(sn)
    if operator == 0.0:
        return math.inf
    if weighted_edge is None:
        return math.sqrt(2.0 * math.log(sn.N) / sn.N) * sn.nu / (abs(sn.student.mu_1) * math.sqrt(sn.v_t))
    return 2.0 * entry_scale(sn) * number("weighted_edge", weighted_edge, least=0.0) / operator


def noise_covariance(
    R: ArrayLike, Bx: ArrayLike, *, n: int, residual_2: float, student: StudentMoments
) -> NDArray[np.float64]:
    """Covariance Sigma_E of a row of the noise E, given the data.

    Parameters
    ----------
    R : array_like, shape (d, d)
        X^T diag(r**2) X/(n r2), r2 = mean of r**2.
    Bx : array_like, shape (d, d)
        X^T diag(r) X/n.
    residual_2 : float
        r2, of the same data.

    Returns
    -------
    Sigma_E : ndarray, shape (d, d)
        (v' - mu_2**2) (r2/n) R + mu_2**2 Bx**2/d. docs/derivations/gradient.md, gradient-9.
    """
    R, Bx = np.asarray(R, dtype=np.float64), np.asarray(Bx, dtype=np.float64)
    if R.ndim != 2 or R.shape[0] != R.shape[1] or R.shape != Bx.shape:
        raise ValueError(f"R and Bx must be square matrices of one shape, got {R.shape} and {Bx.shape}")
    mu_2_squared = student.mu_2**2
    return (student.var_prime - mu_2_squared) * (residual_2 / n) * R + mu_2_squared / len(R) * (Bx @ Bx)
