"""Kernel-target alignment of the ridge stage's features after one step.

`docs/derivations/ridge.md`, eqs. (24) and (25).
"""

import math

from numpy.typing import NDArray

from theory.ridge.kernels import FeatureKernels, TeacherKernels
from theory.ridge.resolvent_sums import FeatureSpectrum

__all__ = ["kernel_target_alignment"]


def kernel_target_alignment(
    features: FeatureKernels,
    teacher: TeacherKernels,
    spectrum: FeatureSpectrum,
    zeta: NDArray,
    weights: NDArray,
    *,
    n: int,
) -> float:
    """<K, y y^T>/(||K||_F |y|^2) on n fresh points, as the ratio of its numerator's and denominator's means.

    Parameters
    ----------
    features, teacher : FeatureKernels, TeacherKernels
        At the nodes `zeta`, with `weights`.
    spectrum : FeatureSpectrum
    n : int
        Number of points.

    Notes
    -----
    The diagonal of K is part of it, no centring. n large; the share of the diagonal is kept exactly.
    """
    k0, k1z = features.k0, features.k1 * zeta
    total = k0**2 + features.k1**2 + features.ks_squared
    N, d = spectrum.N, spectrum.d
    signal = float(weights @ (teacher.Y0 * k0)) ** 2
    signal += (
        float(weights @ (teacher.Y0 * k1z)) ** 2 + float(weights @ (teacher.Y1 * features.k1)) ** 2
    ) / d
    numerator = n**2 * signal + n * float(weights @ (teacher.Y2 * total))
    common, linear = float(weights @ k0**2), float(weights @ features.k1**2)
    square = common**2 + (2 / d) * float(weights @ (k0 * k1z)) ** 2
    square += (spectrum.square_sum / N**2 - 1 / N) * linear**2
    square += (float(weights @ total) ** 2 - common**2) / N
    denominator = math.sqrt(n**2 * square + n * float(weights @ total**2))
    return numerator / (n * float(weights @ teacher.Y2) * denominator)
