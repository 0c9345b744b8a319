"""||G_0||_2 where the signal is weak: the spike against the edge of the gradient's own noise.

`gradient_norms` has the limit in which the noise adds nothing. Derivation: docs/derivations/gradient.md, section 7.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from theory.functions.activations import Function
from theory.gradient.decomposition import SignalNoise, entry_scale
from theory.random_matrices.random_covariance import edge_square, upper_edge
from theory.spectrum.noise_covariance import gradient_noise, normal_mid_quantiles
from theory.spectrum.noise_spectra import residual_squares_of
from theory.spectrum.outlier import outlier_argument

__all__ = ["GradientTop", "gradient_top"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientTop:
    """Expected ||G_0||_2: `value`; `is_outlier` says whether the signal or the noise's edge sets it."""

    value: float
    is_outlier: bool


def gradient_top(
    sn: SignalNoise, teacher: Function, *, residual_squares: ArrayLike | None = None
) -> GradientTop:
    """Expected ||G_0||_2 of an odd student, at any strength of the signal.

    Parameters
    ----------
    sn : SignalNoise
        Of an odd student with noise (nu > 0); mu_1 = 0 gives the edge.
    teacher : Function
        The one whose moments `sn` holds.
    residual_squares : array_like, shape (n,), optional
        r_k^2 to use in place of their mid-quantiles.

    Raises
    ------
    ValueError
        If the student is not odd, or the gradient has no noise.

    Notes
    -----
    docs/derivations/gradient.md, gradient-19. Rows are weighted by a_i^2, the squares of mid-quantiles of N(0, 1). An
    edge comes with its Tracy-Widom mean, an outlier without a shift.
    """
    if not sn.student.odd:
        raise ValueError(
            f"student must be odd, got {sn.student.name}; with mu_2 != 0 the edge is not derived"
        )
    if sn.nu == 0.0:
        raise ValueError("the gradient must have noise, got nu = 0; it has rank one")
    squares = residual_squares_of(sn, teacher) if residual_squares is None else residual_squares
    law = gradient_noise(sn.d, squares)
    weights = normal_mid_quantiles(sn.N) ** 2 if sn.N > 1 else np.ones(1)
    weights = weights / weights.mean()
    edge = upper_edge(law, sn.N, row_weights=weights)
    unit = 2.0 * entry_scale(sn) * sn.nu
    h = outlier_argument(
        sn,
        teacher,
        law,
        strength=sn.d * sn.student.mu_1**2 * sn.v_t / sn.nu**2,
        v_squared=np.full(sn.d, 1.0 / sn.d),
        edge=edge.argument,
    )
    if h is None:
        return GradientTop(value=unit * edge.expected, is_outlier=False)
    return GradientTop(
        value=unit * math.sqrt(edge_square(law, sn.N, h, row_weights=weights)), is_outlier=True
    )
