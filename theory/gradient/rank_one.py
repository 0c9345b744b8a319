"""||G_0 - A||_F/||G_0||_F for the residual matrix A at finite size, with its scatter. Odd students.

The limit is in `theory.gradient.gradient_norms`; what is of relative order 1/d beside it is derived in
docs/derivations/gradient.md, section 5.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from theory.functions.activations import Function
from theory.functions.narrow import line_rule
from theory.gradient.decomposition import SignalNoise, width_factor
from theory.gradient.fluctuations import Sensitivity, global_variance

__all__ = ["FrobeniusDistance", "frobenius_distance"]

LARGEST, LARGEST_WITH_SD = 0.2, 0.06
Rule = tuple[NDArray[np.float64], NDArray[np.float64]]  # nodes and weights
TOO_FAR = "the terms of order 1/d make {:+.0%} of the distance: their squares are missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrobeniusDistance:
    """Mean over runs and its standard deviation; `limit` without the terms of order 1/d.

    `sd` is nan where those terms are above 6 %: rows then scatter beside the four numbers it knows of. The flag
    says that they are above a fifth, so that what is left out, of their square's order, is no longer small.
    """

    mean: float
    sd: float
    limit: float
    flag: str | None = None


def frobenius_distance(sn: SignalNoise, student: Function, teacher: Function) -> FrobeniusDistance:
    """The distance of G_0 from the residual matrix, relative to ||G_0||_F.

    Parameters
    ----------
    sn : SignalNoise
    student, teacher : Function
        Those of `sn`.

    Returns
    -------
    FrobeniusDistance
        `mean` and `limit` are the same, and `sd` is nan, for students that are not odd.

    Notes
    -----
    docs/derivations/gradient.md, gradient-20 to gradient-24.
    """
    signal = sn.student.mu_1**2 * sn.v_t
    total = signal + sn.nu**2
    limit = sn.nu / math.sqrt(total) if total > 0.0 else math.nan
    if not sn.student.odd or not sn.nu > 0.0:
        return FrobeniusDistance(mean=limit, sd=math.nan if sn.nu > 0.0 else 0.0, limit=limit)
    noise, cross, t_2 = _averages(sn, student, teacher)
    whole = sn.student.mu_1**2 * t_2 + 2.0 * sn.student.mu_1 * cross + noise
    if not 0.0 < noise < whole:  # sizes too small for any expansion
        return FrobeniusDistance(mean=limit, sd=math.nan, limit=limit, flag=TOO_FAR.format(math.inf))
    of_noise, of_whole, of_ratio = _log_variances(sn)
    scatter = 0.25 * (of_whole - of_noise) + 0.125 * of_ratio
    mean = min(math.sqrt(noise / whole) * math.exp(min(scatter, 1.0)), 1.0)
    terms = mean / limit - 1.0
    return FrobeniusDistance(
        mean=mean,
        sd=0.5 * mean * math.sqrt(of_ratio) if abs(terms) < LARGEST_WITH_SD else math.nan,
        limit=limit,
        flag=TOO_FAR.format(terms) if abs(terms) > LARGEST else None,
    )


def _averages(sn: SignalNoise, student: Function, teacher: Function) -> tuple[float, float, float]:
    """Means of E_ij^2, E_ij t_j (rows weighted by a_i^2) and t_j^2."""
    moments, width = sn.student, width_factor(sn.parametrisation, sn.N)
    scales, weights = _lengths(sn.d)

    nodes, of_teacher = line_rule(student), line_rule(teacher)

    def mean(values: NDArray[np.float64], scale: float = 1.0, rule: Rule = nodes) -> float:
        density = np.exp(-0.5 * rule[0] ** 2 / scale) * rule[1]
        return float(density @ values / density.sum())

    def on_scales(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([[mean(values, u * s) for s in scales.tolist()] for u in scales.tolist()])

    output, rest = student.value(nodes[0]), student.derivative(nodes[0]) - moments.mu_1
    labels = np.array([mean(teacher.value(of_teacher[0]) ** 2, u, of_teacher) for u in scales.tolist()])
    energy = scales * (on_scales(output**2) @ weights / width + labels + sn.noise**2)  # E[r^2 |x|^2/d]
    noise = float((weights * energy) @ on_scales(rest**2) @ weights) / sn.n
    cross = float((weights * energy) @ on_scales(rest) @ weights) / sn.n
    t_2 = float(weights @ energy) / sn.n + (1.0 - 1.0 / sn.n) * sn.b_squared / sn.d
    # The neuron's own output in r: a_i^2/N, weighted by a_i^2, E a_i^4 = 3.
    own = 1.0 / (width * sn.N)
    noise += own / sn.n * (3.0 * mean((output * rest) ** 2) - moments.q * moments.var_prime)
    cross += own / sn.n * 3.0 * mean(output**2 * rest)
    # What n = infinity leaves in row i: w_i (a_i seen/sqrt(N d) + mu_3 b.w_i/d), b without the neuron itself.
    seen, stays = moments.sigma_sigma_prime_z - moments.mu_1**2, 1.0 - 1.0 / sn.n
    third = moments.mu_3 * sn.b_squared / sn.d
    noise += stays / sn.d * (3.0 * own * seen**2 + moments.mu_3 * third)
    cross += stays / sn.d * (3.0 * own * seen * moments.mu_1 + third)
    return noise, cross, t_2


def _lengths(d: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights of chi^2_d/d, through the normal quantile."""
    node, weight = np.polynomial.hermite_e.hermegauss(10)
    shape = d / 2.0
    lower = special.gammaincinv(shape, special.ndtr(node))
    upper = special.gammainccinv(shape, special.ndtr(-node))
    return np.where(node < 0.0, lower, upper) / shape, weight / weight.sum()


def _log_variances(sn: SignalNoise) -> tuple[float, float, float]:
    """Variances of log mean E_ij^2, of log mean H_ij^2 and of their difference, |a|^2 apart; gradient-17."""
    signal = sn.student.mu_1**2 * sn.d
    total = signal * sn.v_t + sn.d * sn.nu**2

    def variance(signal: float, residual_2: float) -> float:
        return global_variance(
            sn, Sensitivity(scale=0.0, signal=signal, residual_2=residual_2, residual_mean=0.0)
        )

    whole = (sn.student.mu_1**2 / total, sn.d * sn.student.var_prime / sn.n / total)
    noise = (0.0, 1.0 / sn.residual_2)
    return variance(*noise), variance(*whole), variance(noise[0] - whole[0], noise[1] - whole[1])
