"""Anchors in `theory`: terms of second order and special functions, by another route than the one that is used."""

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from verify.claims.anchors.anchor import CLOSE, DENSITY, Z, anchor
from verify.judging.claim import Claim
from verify.problem.paper import SMALL
from verify.problem.problem import make_problem

__all__ = [
    "critical_theta_holds",
    "residual_law_holds",
    "row_excess_holds",
    "sample_covariance_holds",
    "theory_anchors",
    "tracy_widom_holds",
]


def theory_anchors() -> tuple[Claim, ...]:
    """One per term."""
    return (_row_excess(), _critical_theta(), _sample_covariance(), _residual_law(), _tracy_widom())


def _row_excess() -> Claim:
    return anchor(
        "X.anchor.row-excess",
        "row i of G_0 has (E z s s' - mu_1^2)^2/(N d) + mu_3^2 |b|^2 x_i^2/d^2 more noise than the mean row",
        "docs/derivations/gradient.md, gradient-11",
        "row_excess",
        lambda: row_excess_holds(1.0, -1.0),
        {
            "a sum in the first square": lambda: row_excess_holds(1.0, 1.0),
            "all rows alike": lambda: row_excess_holds(0.0, -1.0),
        },
    )


@lru_cache(maxsize=1)
def _tanh_means() -> tuple[float, float, float, float]:
    """E s', E z s s', E s''' of tanh and E s_*' of softplus, as sums over a fine grid."""
    s = np.tanh(Z)
    first = 1.0 - s**2
    third = -2.0 * first**2 + 4.0 * s**2 * first
    slope = 1.0 / (1.0 + np.exp(-Z))
    mu_1, product, mu_3, c_1 = (float(DENSITY @ f) for f in (first, Z * s * first, third, slope))
    return mu_1, product, mu_3, c_1


def row_excess_holds(share: float, sign: float) -> bool:
    """Whether theory's rows have `share` of that excess, mu_1^2 taken with `sign`."""
    from theory.gradient.decomposition import row_signal_noise

    sn = make_problem().signal_noise(SMALL)
    mu_1, product, mu_3, c_1 = _tanh_means()
    x = np.array([0.0, 0.5, 2.0])
    own = (product + sign * mu_1**2) ** 2 / (sn.N * sn.d)
    excess = share * (own + mu_3**2 * (c_1**2 + mu_1**2) * x**2 / sn.d**2)
    return _near(row_signal_noise(sn, x).nu ** 2 - sn.nu**2, excess, scale=sn.nu**2)


def _critical_theta() -> Claim:
    return anchor(
        "X.anchor.critical",
        "at the critical theta the outlier leaves the bulk: there is one just above it and none just below",
        "docs/derivations/spike.md, eqs. (12) and (19)",
        "critical_theta",
        lambda: critical_theta_holds("two-row"),
        {
            "the critical theta of one-row theory": lambda: critical_theta_holds("one-row"),
            "the critical theta of independent theory": lambda: critical_theta_holds("independent"),
        },
    )


def critical_theta_holds(rival: Literal["two-row", "one-row", "independent"]) -> bool:
    """Whether the critical theta of `rival` is that at which two-row theory's outlier appears."""
    from theory.spike.formulas import critical_theta, spike

    for m, m2 in ((12.05, 9.105), (5.0, 3.0), (-4.0, 2.0)):
        theta = critical_theta(theory=rival, N=1500, d=1000, m=m, m2=m2)
        near = [spike(theta=theta * (1.0 + step), N=1500, d=1000, m=m, m2=m2) for step in (1e-8, -1e-8)]
        above, below = (found.outlier for found in near)
        if not above or below:
            return False
    return True


def _sample_covariance() -> Claim:
    return anchor(
        "X.anchor.sample-moments",
        "over one sample, r u and r have the covariances that Gaussian moments give, u the linear part of r",
        "docs/derivations/gradient.md, gradient-17",
        "sample_covariance",
        lambda: sample_covariance_holds(1.0, 1.0),
        {
            "a teacher without curvature": lambda: sample_covariance_holds(0.0, 1.0),
            "no label noise": lambda: sample_covariance_holds(1.0, 0.0),
        },
    )


def sample_covariance_holds(curved: float, noisy: float) -> bool:
    """Whether theory's covariances are those of r = o y + s g - T(x) by moments of x, y, g, for a quadratic teacher."""
    from theory.gradient.fluctuations import sample_covariance

    c_0, c_1, c_2 = 0.8, 0.5, 0.6
    sn = make_problem(teacher=f"hermite:{c_0},{c_1},{c_2 / 2}").signal_noise(SMALL)
    mu_1, *_ = _tanh_means()
    o2, h = mu_1**2, curved * c_2 / 2
    s2 = float(DENSITY @ np.tanh(Z) ** 2) - o2 + noisy * sn.noise**2
    t2 = c_0**2 + c_1**2 + 2 * h**2  # E T^2
    t2x2 = c_0**2 + 3 * c_1**2 + 10 * h**2 + 4 * c_0 * h  # E T^2 x^2
    mean = o2 + c_1**2  # E r u, and E u^2
    square = s2 * mean + 3 * o2**2 + 5 * o2 * c_1**2 + o2 * t2 + c_1**2 * t2x2  # E r^2 u^2
    expected = np.array([square - mean**2, -c_0 * mean - 4 * c_1**2 * h, o2 + s2 + t2 - c_0**2])
    found = sample_covariance(sn)
    return _near(np.array([found[0, 0], found[0, 2], found[2, 2]]), expected, scale=1.0)


def _residual_law() -> Claim:
    return anchor(
        "X.anchor.residual-law",
        "|r| of a steep teacher and little noise has the distribution function of the mixture, summed over a fine grid",
        "docs/derivations/edges.md, eq. (27)",
        "residual_cdf",
        lambda: residual_law_holds(1.0),
        {
            "the noise twice as large": lambda: residual_law_holds(2.0),
            "the noise a twentieth larger": lambda: residual_law_holds(1.05),
        },
    )


def residual_law_holds(factor: float) -> bool:
    """Whether theory's law at 10 noise levels is the mixture with `factor` times the noise."""
    from scipy.special import ndtr

    from theory.gradient.residual_law import residual_cdf, residual_law

    def link(z: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.tanh(20.0 * z)

    spread = 0.05
    u = np.linspace(0.2, 1.2, 10)
    centre = link(Z) - 0.1
    law = residual_law(link, spread=spread, offset=0.1)
    wide = factor * spread
    inside = ndtr((u[:, None] - centre) / wide) - ndtr((-u[:, None] - centre) / wide)
    return _near(residual_cdf(law, u), inside @ DENSITY, scale=1.0, room=1e-8)


def _tracy_widom() -> Claim:
    return anchor(
        "X.anchor.tracy-widom",
        "Tracy and Widom's law F_1 by Airy determinants is that by Painleve's equation",
        "docs/derivations on Tracy-Widom; Tracy and Widom 1996",
        "tracy_widom_cdf",
        lambda: tracy_widom_holds(0.0),
        {"an argument a thousandth further": lambda: tracy_widom_holds(1e-3)},
    )


def tracy_widom_holds(shift: float) -> bool:
    """Whether the two routes agree, the second at s + `shift`."""
    from theory.random_matrices.tracy_widom import tracy_widom_cdf

    s = np.array([-3.0, -1.2, 0.98, 2.02])
    by_determinant = tracy_widom_cdf(s, method="determinant")
    return _near(by_determinant, tracy_widom_cdf(s + shift, method="painleve"), scale=1.0, room=1e-8)


def _near(found: NDArray, expected: NDArray, *, scale: float, room: float = CLOSE) -> bool:
    return bool(np.all(np.abs(found - expected) <= room * scale))
