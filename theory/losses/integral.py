"""Training loss after one FB-Adam step of any size, as a Gaussian integral: the parabola of `theory.losses`
is its expansion to second order in eta. `docs/derivations/losses.md`, eqs. (10), (11).
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from theory.checks import number
from theory.functions.activations import Function
from theory.functions.gaussian_smoothing import Smoothed, smoothed
from theory.functions.narrow import few_marks
from theory.functions.smooth_pieces import Ends, RealFunction, smooth_ends
from theory.losses.parabola import memory
from theory.numerics import chebyshev
from theory.numerics.normal_panels import NORMAL_REACH, fitted_rule, panel_edges, panel_rule, zeta_nodes
from theory.update.direction import update_overlaps

if TYPE_CHECKING:
    from theory.gradient.decomposition import SignalNoise

__all__ = ["LossIntegral", "adam_loss_integral", "adam_loss_integral_with_error"]

_SHORT_OF_TEACHER = 0.35  # a piece that is shorter is a panel of its own
_SHORT_OF_STUDENT = 0.1  # shorter, as these panels are fitted after
_TAIL = 16.0  # of r, in root mean squares: beyond, tables of their own
_LEVELS = (12, 16, 24, 32, 48)
_ROUGH = 1e-3  # of a function that is not resolved: the integral may be anything
_STALLED = 24  # beyond this level, more points must halve the difference
_AGREED = 1e-8  # relative difference of two levels that ends the search: the finer is much closer


@dataclass(frozen=True, slots=True, kw_only=True)
class LossIntegral:
    """L(eta)/L(0) and how far its quadrature may be off, relative."""

    ratio: float
    error: float


def adam_loss_integral(
    sn: "SignalNoise",
    *,
    student: Function,
    teacher: Function,
    eta: float,
    sign_norm_ratio: float | None = None,
) -> float:
    """L(eta)/L(0) on the training set after one step of bias-corrected FB-Adam, eps = 0.

    Parameters
    ----------
    sn : SignalNoise
        Of this student (odd) and this teacher.
    student, teacher : Function
    eta : float
        >= 0; `adam_loss_integral_with_error` says how well the quadrature holds.
    sign_norm_ratio : float in [0, 1], optional
        c; by default its limit.

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain, or the student is not odd.

    Notes
    -----
    The shift of a preactivation at a training point is eta (zt + U + Bm r sigma'(z)): common to all neurons,
    a neuron's own, and the point's memory of itself. A teacher axis is handled as in
    `theory.update.direction`. Only the sign of mu_1 times sigma enters: -sigma learns as sigma does.
    """
    return adam_loss_integral_with_error(
        sn, student=student, teacher=teacher, eta=eta, sign_norm_ratio=sign_norm_ratio
    ).ratio


def adam_loss_integral_with_error(
    sn: "SignalNoise",
    *,
    student: Function,
    teacher: Function,
    eta: float,
    sign_norm_ratio: float | None = None,
) -> LossIntegral:
    """`adam_loss_integral` beside its error, which is that of the quadrature alone, relative.

    The difference from fewer points, or how badly student or teacher are resolved (beyond 1e-13 where they have
    more kinks or steep places than are looked for), whichever is larger.
    """
    return _refined(_problem(sn, student, teacher, eta, sign_norm_ratio))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """Eq. (11) in numbers: what a point's residual and shift are made of.

    r = rest y - sigma_*(x), zt = along_beta x + along_output y + free y', with x = beta.x, y and y' independent
    and standard normal; a preactivation moves by step (zt + noise U + own r sigma'(z)). smooth is the
    mean of sigma(m + step noise U) over U.
    """

    student: Function
    teacher: Function
    smooth: Smoothed
    teacher_ends: Ends
    sign: float
    step: float
    amplitude: float
    own: float
    rest: float
    along_beta: float
    along_output: float
    free: float


def _problem(
    sn: "SignalNoise", student: Function, teacher: Function, eta: float, sign_norm_ratio: float | None
) -> _Problem:
    eta = number("eta", eta, least=0)
    if not sn.student.odd:
        raise ValueError(f"student must be odd for the loss integral, got {student.name}")
    if sign_norm_ratio is not None:
        sign_norm_ratio = number("sign_norm_ratio", sign_norm_ratio, least=0, most=1)
    ntk = sn.parametrisation == "ntk"
    c = math.sqrt(2 / math.pi * math.asin(sn.p)) if sign_norm_ratio is None else sign_norm_ratio
    spread = sn.v_t - (sn.teacher.c_1**2 / sn.d if sn.teacher_direction == "axis" else 0.0)
    rest = math.sqrt(sn.output_2 + sn.noise**2)
    _, of_beta, of_output = update_overlaps(sn, optimiser="adam", sign_norm_ratio=c)
    own_mu = abs(sn.student.mu_1) / (1.0 if ntk else math.sqrt(sn.N))
    # Mean-field: v.wbar is smaller by sqrt(N), as the output is.
    along_output = c * of_output * own_mu / rest * (1.0 if ntk else 1 / math.sqrt(sn.N)) if rest > 0 else 0.0
    along_beta = -math.copysign(c * of_beta, sn.teacher.c_1)
    free = math.sqrt(max(c**2 - along_beta**2 - along_output**2, 0.0))
    own = memory(n=sn.n, d=sn.d, entry_scale=math.sqrt(sn.student.mu_1**2 * spread + sn.nu**2))
    step = eta if ntk else eta * math.sqrt(sn.d)
    noise = math.sqrt(max(1 - c**2, 0.0))
    line = np.linspace(-NORMAL_REACH, NORMAL_REACH, 801)
    steep = np.union1d(line, [0.5 * (a + b) for a, b in pairwise(few_marks(student))])
    largest_r = NORMAL_REACH * rest + _largest(teacher.value, line)
    common = NORMAL_REACH * (abs(along_beta) + abs(along_output) + free) + 1.0
    reach = NORMAL_REACH + step * (common + own * largest_r * _largest(student.derivative, steep))
    core = 4.0 * math.hypot(
        1.0, step * (1.0 + own * math.sqrt(sn.residual_2 * (sn.student.mu_1**2 + sn.student.var_prime)))
    )
    return _Problem(
        student=student,
        teacher=teacher,
        smooth=smoothed(student, step * noise, 1.1 * reach, core=core),
        teacher_ends=smooth_ends(teacher, NORMAL_REACH),
        sign=math.copysign(1.0, sn.student.mu_1),
        step=step,
        amplitude=math.sqrt(2 * (sn.N if ntk else 1) / math.pi),
        own=own,
        rest=rest,
        along_beta=along_beta,
        along_output=along_output,
        free=free,
    )


def _largest(curve: RealFunction, at: NDArray) -> float:
    return float(np.abs(np.asarray(curve(at), dtype=float)).max())


def _refined(problem: _Problem) -> LossIntegral:
    if problem.step == 0.0:
        return LossIntegral(ratio=1.0, error=0.0)  # an odd student's mean is 0
    rest = max(problem.smooth.ends.rest, problem.teacher_ends.rest)
    unresolved = float(np.max([problem.smooth.error, rest, 1.0 if rest > _ROUGH else 0.0]))
    coarse = _ratio(problem, _LEVELS[0])
    error = math.inf
    for level in _LEVELS[1:]:
        fine, before = _ratio(problem, level), error
        error = abs(fine - coarse) / abs(fine) if fine else abs(coarse)
        coarse = fine
        if not error > max(_AGREED, unresolved) or (level > _STALLED and error > 0.5 * before):
            break
    return LossIntegral(ratio=coarse, error=float(np.max([error, unresolved])))


def _ratio(problem: _Problem, nodes: int) -> float:
    """E (r + A M(r, zt))**2 / E r**2: over y' in tables of r and the rest of zt, then over x and y."""
    teacher = problem.teacher
    x, w = panel_rule(panel_edges(problem.teacher_ends.shorter_than(_SHORT_OF_TEACHER)), max(nodes // 2, 4))
    y, v = zeta_nodes(2 * nodes + 1)
    mass = w[:, None] * v
    keep = mass > 1e-16
    mass = mass[keep]
    r = (problem.rest * y - np.asarray(teacher.value(x))[:, None])[keep]
    part = (problem.along_beta * x[:, None] + problem.along_output * y)[keep]
    in_part = _box(part, 4 * nodes + 1, middle=True)
    above, below = 0.0, float(mass @ (r * r))
    for here in _stretches(r, math.sqrt(below)):
        in_r = _box(r[here], 2 * nodes + 7, middle=bool(np.ptp(np.sign(r[here]))))
        first, second = _moments_given(problem, in_r, in_part, nodes)
        r_basis, part_basis = chebyshev.basis(r[here], *in_r), chebyshev.basis(part[here], *in_part)
        mean, square = (((r_basis @ table) * part_basis).sum(axis=1) for table in (first, second))
        A = problem.amplitude
        above += float(mass[here] @ (r[here] ** 2 + 2 * A * r[here] * mean + A**2 * square))
    return above / below


def _stretches(r: NDArray, typical: float) -> list[NDArray]:
    """Which r lie in the middle, and in stretches towards either end that double: their tables need not be one."""
    place = np.sign(r) * np.ceil(np.log2(np.maximum(np.abs(r) / (_TAIL * typical), 1.0)))
    return [place == each for each in np.unique(place)]


def _box(values: NDArray, count: int, *, middle: bool) -> tuple[float, float, int]:
    """An interval around the values, and around 0 alike if it is the middle one; how many Chebyshev points it gets."""
    low, high = float(values.min()) - 0.01, float(values.max()) + 0.01
    if middle:
        low, high = min(low, -high), max(high, -low)
    return low, high, count


def _moments_given(
    problem: _Problem, in_r: tuple[float, float, int], in_part: tuple[float, float, int], nodes: int
) -> tuple[NDArray, NDArray]:
    """Chebyshev coefficients, in r (rows) and the part of zt known from x and y, of E M and E M**2 over y'."""
    y, v = zeta_nodes(2 * nodes + 1)
    # zt is normal of spread c: where part and y' are both far out there is no mass, and no need for a wider table.
    reach = NORMAL_REACH * math.hypot(problem.along_beta, problem.along_output, problem.free) + 0.01
    in_zt = -reach, reach, in_part[2]
    table = _mean_table(problem, in_r, in_zt, order=max(nodes // 2, 4) + 2)
    at = np.clip(chebyshev.points(*in_part)[:, None] + problem.free * y, -reach, reach).ravel()
    values = chebyshev.coefficients(table) @ chebyshev.basis(at, *in_zt).T
    values = values.reshape(in_r[2], in_part[2], len(y))
    first, second = (
        chebyshev.coefficients(chebyshev.coefficients(each @ v).T).T for each in (values, values**2)
    )
    return first, second


def _mean_table(
    problem: _Problem, in_r: tuple[float, float, int], in_zt: tuple[float, float, int], *, order: int
) -> NDArray:
    """M(r, zt), the mean over z and U, at the Chebyshev points of r (rows) and of zt."""
    student, sign, smooth = problem.student, problem.sign, problem.smooth

    def slope_at(z: NDArray) -> NDArray:
        return problem.own * sign * np.asarray(student.derivative(z), dtype=float)

    a, b = (x.ravel()[:, None] for x in np.meshgrid(_spaced(in_r, 5), _spaced(in_zt, 15)))

    def probes(z: NDArray) -> NDArray:
        return smooth.curve(z - problem.step * (b + a * slope_at(z)))

    z, weights = fitted_rule(probes, panel_edges(smooth.ends.shorter_than(_SHORT_OF_STUDENT)), order)
    slope, zt = slope_at(z), chebyshev.points(*in_zt)[:, None]
    odd = -in_r[0] == in_r[1] and -in_zt[0] == in_zt[1]  # sigma is odd: M(-r, -zt) = -M(r, zt)
    residuals = chebyshev.points(*in_r)[: (in_r[2] + 1) // 2 if odd else in_r[2]]
    rows = np.stack([smooth.curve(z - problem.step * (zt + r * slope)) @ weights for r in residuals])
    return sign * (np.concatenate([rows, -rows[in_r[2] // 2 - 1 :: -1, ::-1]]) if odd else rows)


def _spaced(interval: tuple[float, float, int], count: int) -> NDArray:
    return np.linspace(*interval[:2], count)
