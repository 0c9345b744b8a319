"""The least singular value of noise, from a soft lower edge to none at all: the hard edge's law for real matrices.

docs/derivations/edges.md, eqs. (edges-37) to (edges-39).
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from theory import checks
from theory.numerics.legendre import gauss_legendre
from theory.random_matrices.tracy_widom import TRACY_WIDOM_MEAN, TRACY_WIDOM_VARIANCE

__all__ = ["hard_edge_survival", "least_moments", "least_moments_at"]

_NODES = 60  # of the kernel
_POINTS = 120  # of the mean over the law
_LARGEST = 8.0  # (nu + 1)^(1/3) up to which the law is tabulated; beyond, what a soft edge lacks falls like the inverse
# Chebyshev coefficients on [1, 8] in (nu + 1)^(1/3), from `_summed`: mean less nu/2, and deviation, to 5e-6
_MEAN = (
    2.23128596, 1.61621804, 0.0233374088, -0.0094056251, 0.00402010078, -0.00186413796, 0.000937575091, -0.000498716938,
    0.000270724188, -0.000145183696, 7.4931101e-05, -3.63359287e-05, 1.60711915e-05, -6.17727365e-06, 1.88058972e-06,
    -3.74576806e-07,
)  # fmt: skip
_DEVIATION = (
    2.28593867, 1.75750326, -0.00559571264, 0.00577619422, -0.00399072626, 0.00233860681, -0.00122685914, 0.000579961717,
    -0.000240271051, 7.87757616e-05, -1.11862404e-05, -1.14042237e-05, 1.4908094e-05, -1.18235569e-05, 7.44016922e-06,
    -3.46776888e-06,
)  # fmt: skip
_SOFT = (-TRACY_WIDOM_MEAN / 2.0 ** (4.0 / 3.0), TRACY_WIDOM_VARIANCE**0.5 / 2.0 ** (4.0 / 3.0))
_METHODS = ("table", "determinant")


def hard_edge_survival(t: ArrayLike, nu: float) -> NDArray[np.float64]:
    """P(2 sqrt k s > t), s the least singular value of a (k + nu) x k Gaussian matrix, k large.

    Parameters
    ----------
    t : array_like, shape (m,)
        >= 0.
    nu : float, >= 0

    Notes
    -----
    docs/derivations/edges.md, eq. (edges-37): a Fredholm determinant; exp(-t/2 - t^2/8) for nu = 0, exp(-t^2/8) for 1.
    """
    t, nu = checks.numbers("t", t), checks.number("nu", nu, least=0.0)
    x, w = gauss_legendre(_NODES)
    u = 0.5 * (1.0 + x)
    weight = np.sqrt(0.5 * w * u)
    kernel = t[:, None, None] * special.jv(nu, t[:, None, None] * np.outer(u, u))
    return np.asarray(np.linalg.det(np.eye(u.size) - np.outer(weight, weight) * kernel), dtype=np.float64)


def least_moments(nu: float, *, method: Literal["table", "determinant"] = "table") -> tuple[float, float]:
    """Mean and standard deviation of sqrt k s for a (k + nu) x k Gaussian matrix, k large.

    Parameters
    ----------
    nu : float, >= 0
        sqrt(pi e/2) erfc(1/sqrt 2) = 0.6557 for 0, sqrt(pi/2) for 1; nu/2 + 0.6033 (nu/2)^(1/3) as nu grows.
    method : {"table", "determinant"}
        A polynomial in (nu + 1)^(1/3), or the sums that it was fitted to, for nu up to some 2000.
    """
    checks.choice("method", method, _METHODS)
    nu = checks.number("nu", nu, least=0.0)
    if method == "determinant":
        return _summed(nu)
    root = float(np.cbrt(nu + 1.0))
    within = min(root, _LARGEST)
    place = 2.0 * (within - 1.0) / (_LARGEST - 1.0) - 1.0
    found = []
    for table, slope in zip((_MEAN, _DEVIATION), _SOFT, strict=True):
        value = float(np.polynomial.chebyshev.chebval(place, table))
        found.append(slope * root + (value - slope * within) * within / root)
    return 0.5 * nu + found[0], found[1]


def least_moments_at(edge: float, scale: float) -> tuple[float, float]:
    """Mean and standard deviation of the least singular value at a lower edge, of any law.

    Parameters
    ----------
    edge : float, > 0
    scale : float, >= 0
        |sc| of eq. (edges-24); scale/edge^2 = (2/nu)^(2/3) for the Gaussian matrix that ends alike, eq. (edges-38).
    """
    ratio = scale / edge**2
    if ratio < 1e-9:  # nu would be beyond float64's digits
        return edge * (1.0 - 0.5 * TRACY_WIDOM_MEAN * ratio), 0.5 * edge * ratio * TRACY_WIDOM_VARIANCE**0.5
    nu = 2.0 * ratio**-1.5
    mean, deviation = least_moments(nu)
    return edge * mean / (0.5 * nu), edge * deviation / (0.5 * nu)


def _summed(nu: float) -> tuple[float, float]:
    """Integrals of the survival function, from where it is 1 to where it is 0."""
    root = float(np.cbrt(nu))
    # 12 deviations of the soft edge around its mean, and 10 more on the right
    middle, width = nu + 2.0 * _SOFT[0] * root, 12.0 * (_SOFT[1] * root + 0.5)
    low, high = max(middle - width, 0.0), middle + width + 10.0
    x, w = gauss_legendre(_POINTS)
    t, weight = low + 0.5 * (high - low) * (1.0 + x), 0.5 * (high - low) * w
    survival = hard_edge_survival(t, nu)
    first = low + float(weight @ survival)
    second = low**2 + 2.0 * float((weight * t) @ survival)
    return 0.5 * first, 0.5 * max(second - first**2, 0.0) ** 0.5
