"""An entry of the first gradient G_0 as signal plus noise: the variances of both, per row where rows differ.

Derivation: docs/derivations/gradient.md. Everything takes plain numbers; nothing is drawn.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory import checks
from theory.moments.moments import StudentMoments, TeacherMoments

__all__ = [
    "RowSignalNoise",
    "SignalNoise",
    "bulk_signal",
    "entry_scale",
    "residual_square_variance",
    "row_excess",
    "row_signal_noise",
    "signal_noise",
    "teacher_third_moment",
    "width_factor",
]

NOT_ODD = "the student is not odd: the derivation drops its even part and its mean"
STEEP, LEAST_TERMS = 0.2, 20.0
FEW_TERMS = "sigma' is large for few samples only: an entry of G_0 is a sum of about {:.2g} of them, and is not normal"

PARAMETRISATIONS = ("ntk", "mean-field")
Parametrisation = Literal["ntk", "mean-field"]
TeacherDirection = Literal["sphere", "axis"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalNoise:
    """What the entries of G_0 are made of: H_ij = mu_1 t_j + E_ij, t_j ~ N(0, v_t), E_ij ~ N(0, nu**2).

    `kappa` = mu_1 sqrt(v_t)/nu for the columns that carry the bulk of the entries (an axis-aligned teacher's
    own column is left out), `p` = kappa**2/(1 + kappa**2). `flags` say, each in a sentence, what the numbers
    below do not cover for this problem. docs/derivations/gradient.md, gradient-3 to gradient-8.
    """

    n: int
    N: int
    d: int
    parametrisation: Parametrisation
    noise: float
    teacher_direction: TeacherDirection
    student: StudentMoments
    teacher: TeacherMoments
    offset: float
    output_2: float
    residual_2: float
    residual_4: float
    b_squared: float
    v_t: float
    nu: float
    kappa: float
    p: float
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSignalNoise:
    """Signal and noise of single rows of G_0, one entry per row coordinate x_i = b.w_i/|b|."""

    nu: NDArray[np.float64]
    kappa: NDArray[np.float64]
    rho: NDArray[np.float64]


def signal_noise(
    *,
    n: int,
    N: int,
    d: int,
    student: StudentMoments,
    teacher: TeacherMoments,
    noise: float,
    parametrisation: Parametrisation = "ntk",
    teacher_direction: TeacherDirection = "sphere",
    offset: float = 0.0,
) -> SignalNoise:
    """Variances of signal and noise of one entry of G_0, and their ratio kappa.

    Parameters
    ----------
    n, N, d : int, >= 1
        Samples, width, input dimension.
    student, teacher
        Their Gaussian moments.
    noise : float, >= 0
        Standard deviation of the label noise.
    offset : float
        A = sum_i a_i/sqrt(N) of the network; matters only where E sigma != 0, and everything is conditional
        on it.

    Raises
    ------
    TypeError, ValueError
        If a size is no positive integer, a number not finite, or a word unknown.

    Notes
    -----
    docs/derivations/gradient.md, gradient-3 to gradient-8: n, N, d large and in proportion, beta spread over
    its coordinates or equal to one of them.
    """
    n, N, d = (checks.size(name, size) for name, size in (("n", n), ("N", N), ("d", d)))
    noise, offset = checks.number("noise", noise, least=0), checks.number("offset", offset)
    checks.choice("parametrisation", parametrisation, PARAMETRISATIONS)
    checks.choice("teacher_direction", teacher_direction, ("sphere", "axis"))
    width = width_factor(parametrisation, N)
    output_mean, output_variance = _own_output(student, offset, width)
    output_2 = output_variance + output_mean**2
    residual_2 = teacher.q_star + noise**2 + output_2 - 2.0 * teacher.c_0 * output_mean
    b_squared = teacher.c_1**2 + student.mu_1**2 / width
    v_t = b_squared / d + residual_2 / n
    mean_residual = output_mean - teacher.c_0
    nu_2 = residual_2 * student.var_prime / n + (mean_residual * student.mu_2) ** 2 / d
    bulk_v_t = v_t - (teacher.c_1**2 / d if teacher_direction == "axis" else 0.0)
    signal_2 = student.mu_1**2 * bulk_v_t
    p = signal_2 / (signal_2 + nu_2) if signal_2 + nu_2 > 0.0 else 0.0
    return SignalNoise(
        n=n, N=N, d=d, parametrisation=parametrisation, noise=noise, teacher_direction=teacher_direction,
        student=student, teacher=teacher, offset=offset, output_2=output_2, residual_2=residual_2,
        residual_4=_residual_fourth_moment(teacher, output_mean, output_variance + noise**2),
        b_squared=b_squared, v_t=v_t, nu=math.sqrt(nu_2), kappa=_signal_to_noise(signal_2, nu_2), p=p,
        flags=(*_flags(student, p, n, N, d), *(each.flag for each in (student, teacher) if each.flag is not None)),
    )  # fmt: skip


def _own_output(student: StudentMoments, offset: float, width: float) -> tuple[float, float]:
    """Mean and variance of the network's own output."""
    spread = max(student.q - student.s0**2, 0.0)
    return student.s0 * offset, spread / width


def row_signal_noise(sn: SignalNoise, x: ArrayLike) -> RowSignalNoise:
    """nu_i, kappa_i and rho_i = kappa_i/sqrt(1 + kappa_i**2) of the row with x_i = b.w_i/|b|.

    Parameters
    ----------
    x : array_like, shape (...)
        N(0, 1) over rows. For students that are not odd the rows are returned alike, at leading order (flag).

    Notes
    -----
    docs/derivations/gradient.md, gradient-11. Needed where n/d is not small against d: even the population
    gradient (n = infinity) is of rank one up to these terms only.
    """
    x = np.asarray(x, dtype=np.float64)
    nu_2 = sn.nu**2 + row_excess(sn, x)
    signal_2 = bulk_signal(sn)
    total = signal_2 + nu_2
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa = np.where(signal_2 > 0.0, np.sqrt(signal_2 / nu_2), 0.0)
        rho = np.where(total > 0.0, np.sqrt(signal_2 / total), 0.0)
    return RowSignalNoise(nu=np.sqrt(nu_2), kappa=kappa, rho=rho)


def width_factor(parametrisation: Parametrisation, N: int) -> float:
    """1 for NTK, N for mean-field: what divides every variance of the network's own output."""
    return 1.0 if parametrisation == "ntk" else float(N)


def entry_scale(sn: SignalNoise) -> float:
    """G_ij = 2 entry_scale (a_i/sqrt(E a_i**2)) H_ij: 1/sqrt(N d) for NTK, 1/N for mean-field."""
    return 1.0 / math.sqrt(sn.N * sn.d) if sn.parametrisation == "ntk" else 1.0 / sn.N


def bulk_signal(sn: SignalNoise) -> float:
    """mu_1**2 v_t over the columns that kappa speaks of."""
    axis = sn.teacher.c_1**2 / sn.d if sn.teacher_direction == "axis" else 0.0
    return sn.student.mu_1**2 * (sn.v_t - axis)


def row_excess(sn: SignalNoise, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """What row i adds to nu**2, for n = infinity too: its own neuron's output, and sigma's third order."""
    if not sn.student.odd:
        return np.zeros_like(x)
    width = width_factor(sn.parametrisation, sn.N)
    own = (sn.student.sigma_sigma_prime_z - sn.student.mu_1**2) ** 2 / (sn.N * sn.d * width)
    return own + sn.student.mu_3**2 * sn.b_squared * x**2 / sn.d**2


def _signal_to_noise(signal_2: float, nu_2: float) -> float:
    if signal_2 == 0.0:
        return 0.0
    return math.sqrt(signal_2 / nu_2) if nu_2 > 0.0 else math.inf


def residual_square_variance(sn: SignalNoise) -> float:
    """Var r**2, as `residual_4` - `residual_2`**2 but without their difference, which a large offset leaves no digits."""
    teacher, mean = sn.teacher, sn.student.s0 * sn.offset
    own = max(sn.student.q - sn.student.s0**2, 0.0) / width_factor(sn.parametrisation, sn.N) + sn.noise**2
    of_teacher = max(teacher.q_star - teacher.c_0**2, 0.0)
    of_square = max(teacher.fourth - teacher.q_star**2, 0.0)
    both = teacher_third_moment(teacher) - teacher.c_0 * teacher.q_star if mean else 0.0
    largest = math.sqrt(of_teacher * of_square)
    both = max(-largest, min(largest, both))  # the third moment is a series'
    whole = of_square - 4.0 * mean * both + 4.0 * mean**2 * of_teacher
    return max(whole, 0.0) + 4.0 * own * (mean**2 - 2.0 * mean * teacher.c_0 + teacher.q_star) + 2.0 * own**2


def teacher_third_moment(teacher: TeacherMoments) -> float:
    """E sigma_*^3 of the teacher's Hermite series to second order plus an independent Gaussian remainder."""
    mean, slope, curve = teacher.c_0, teacher.c_1, teacher.c_2 / 2.0
    third_central = 6.0 * slope**2 * curve + 8.0 * curve**3
    return mean**3 + 3.0 * mean * (teacher.q_star - mean**2) + third_central


def _residual_fourth_moment(teacher: TeacherMoments, mean: float, variance: float) -> float:
    """E (g - sigma_*)**4 with g ~ N(mean, variance) independent of the teacher; exact for mean = 0."""
    g_2, g_3 = variance + mean**2, mean**3 + 3.0 * mean * variance
    g_4 = mean**4 + 6.0 * mean**2 * variance + 3.0 * variance**2
    skew = 4.0 * mean * teacher_third_moment(teacher) if mean else 0.0
    return g_4 - 4.0 * g_3 * teacher.c_0 + 6.0 * g_2 * teacher.q_star - skew + teacher.fourth


def _flags(student: StudentMoments, p: float, n: int, N: int, d: int) -> tuple[str, ...]:
    flags = []
    if not student.odd:
        flags.append(
            "student is not odd: leading order, all rows alike (the row refinement needs an odd one)"
        )
    if student.s0 != 0.0:
        flags.append("E sigma != 0: conditional on the network's offset A = sum(a)/sqrt(N)")
    if student.mu_1 == 0.0:
        flags.append("mu_1 = E sigma' = 0: the gradient has no rank-one part at this order")
    elif math.asin(min(p, 1.0)) * (2.0 / math.pi) * math.sqrt(N * d) < 1.0:
        flags.append(
            "kappa too small for this N and d: the top singular value is the noise's, not the signal's"
        )
    if student.steep_share < STEEP and n * student.steep_share < LEAST_TERMS:
        flags.append(FEW_TERMS.format(n * student.steep_share))
    return tuple(flags)
