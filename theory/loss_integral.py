"""Training loss after one FB-Adam step of any size, as a Gaussian integral: the parabola of `theory.losses`
is its expansion to second order in eta. `docs/derivations/losses.md`, eqs. (10), (11).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from theory import chebyshev
from theory._domain import number
from theory.activations import Function
from theory.gaussian_smoothing import Smoothed, smoothed
from theory.legendre import gauss_legendre
from theory.losses import memory
from theory.ridge_kernels import zeta_nodes
from theory.update_direction import update_overlaps

if TYPE_CHECKING:
    from theory.decomposition import SignalNoise

__all__ = ["LossIntegral", "adam_loss_integral", "adam_loss_integral_with_error"]

Curve = Callable[[NDArray], NDArray]
_REACH = 8.7  # 3e-18 of the mass of N(0, 1) lies beyond
_SPLIT = 1e-10  # a panel of z is halved while its two rules differ by more, relative
_LEVELS = (12, 16, 24, 32, 48)
_AGREED = 1e-8  # relative difference of two levels that ends the search: the finer is much closer
_MOST_PANELS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class LossIntegral:
    """L(eta)/L(0) and the relative difference of two quadratures of it."""

    ratio: float
    error: float


def adam_loss_integral(
    sn: "SignalNoise",
    *,
    student: Function,
    teacher: Function,
    eta: float,
    sign_norm_ratio: float | None = None,
    nodes: int | None = None,
) -> float:
    """L(eta)/L(0) on the training set after one step of bias-corrected FB-Adam, eps = 0.

    Parameters
    ----------
    sn : SignalNoise
        Of this student (odd) and this teacher.
    student, teacher : Function
        With all their kinks.
    eta : float
        >= 0; `adam_loss_integral_with_error` says how well the quadrature holds.
    sign_norm_ratio : float, optional
        c; by default its limit.
    nodes : int, optional
        Points per dimension are a few times this; by default as many as it takes for two counts to agree to
        1e-9, 48 at most.

    Notes
    -----
    The shift of a preactivation at a training point is eta (zt + U + Bm r sigma'(z)): common to all neurons,
    a neuron's own, and the point's memory of itself. A teacher axis is handled as in
    `theory.update_direction`. Only the sign of mu_1 times sigma enters: -sigma learns as sigma does.
    """
    problem = _problem(sn, student, teacher, eta, sign_norm_ratio)
    return _refined(problem).ratio if nodes is None else _ratio(problem, nodes)


def adam_loss_integral_with_error(
    sn: "SignalNoise",
    *,
    student: Function,
    teacher: Function,
    eta: float,
    sign_norm_ratio: float | None = None,
) -> LossIntegral:
    """`adam_loss_integral` beside its error: the difference from a coarser quadrature, relative."""
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
    line = np.linspace(-_REACH, _REACH, 801)
    largest_r = _REACH * rest + _largest(teacher.value, line)
    common = _REACH * (abs(along_beta) + abs(along_output) + free) + 1.0
    reach = _REACH + step * (common + own * largest_r * _largest(student.derivative, line))
    return _Problem(
        student=student,
        teacher=teacher,
        smooth=smoothed(student, step * math.sqrt(max(1 - c**2, 0.0)), 1.1 * reach),
        sign=math.copysign(1.0, sn.student.mu_1),
        step=step,
        amplitude=math.sqrt(2 * (sn.N if ntk else 1) / math.pi),
        own=own,
        rest=rest,
        along_beta=along_beta,
        along_output=along_output,
        free=free,
    )


def _largest(curve: Curve, at: NDArray) -> float:
    return float(np.abs(np.asarray(curve(at), dtype=float)).max())


def _refined(problem: _Problem) -> LossIntegral:
    coarse = _ratio(problem, _LEVELS[0])
    error = math.nan
    for level in _LEVELS[1:]:
        fine = _ratio(problem, level)
        error = abs(fine - coarse) / abs(fine) if fine else abs(coarse)
        coarse = fine
        if not error > _AGREED:
            break
    return LossIntegral(ratio=coarse, error=max(error, problem.smooth.error))


def _ratio(problem: _Problem, nodes: int) -> float:
    """E (r + A M(r, zt))**2 / E r**2: over y' in a table of r and the rest of zt, then over x and y."""
    if problem.step == 0.0:
        return 1.0  # an odd student's mean is 0
    teacher = problem.teacher
    x, w = _panel_rule(_probes(teacher.value), kinks=teacher.kinks, order=max(nodes // 2, 4), tolerance=1e-6)
    y, v = zeta_nodes(2 * nodes + 1)
    mass = w[:, None] * v
    keep = mass > 1e-16
    mass = mass[keep]
    r = (problem.rest * y - np.asarray(teacher.value(x))[:, None])[keep]
    part = (problem.along_beta * x[:, None] + problem.along_output * y)[keep]
    in_r, in_part = _box(r, 2 * nodes + 1), _box(part, 4 * nodes + 1)
    first, second = _moments_given(problem, in_r, in_part, nodes)
    r_basis, part_basis = chebyshev.basis(r, *in_r), chebyshev.basis(part, *in_part)
    mean, square = (((r_basis @ table) * part_basis).sum(axis=1) for table in (first, second))
    excess = 2 * problem.amplitude * r * mean + problem.amplitude**2 * square
    return float(mass @ (r * r + excess) / (mass @ (r * r)))


def _box(values: NDArray, count: int) -> tuple[float, float, int]:
    """An interval around the values, and how many Chebyshev points it gets."""
    return float(values.min()) - 0.01, float(values.max()) + 0.01, count


def _moments_given(
    problem: _Problem, in_r: tuple[float, float, int], in_part: tuple[float, float, int], nodes: int
) -> tuple[NDArray, NDArray]:
    """Chebyshev coefficients, in r (rows) and the part of zt known from x and y, of E M and E M**2 over y'."""
    y, v = zeta_nodes(2 * nodes + 1)
    beyond = problem.free * _REACH
    in_zt = in_part[0] - beyond, in_part[1] + beyond, in_part[2]
    table = _mean_table(problem, in_r, in_zt, order=max(nodes // 2, 4) + 2)
    at = (chebyshev.points(*in_part)[:, None] + problem.free * y).ravel()
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
    student, sign, smooth = problem.student, problem.sign, problem.smooth.curve

    def slope_at(z: NDArray) -> NDArray:
        return problem.own * sign * np.asarray(student.derivative(z), dtype=float)

    a, b = (x.ravel()[:, None] for x in np.meshgrid(_spaced(in_r, 5), _spaced(in_zt, 15)))

    def probes(z: NDArray) -> NDArray:
        unmoved = np.asarray(
            student.value(z), dtype=float
        )  # smoothing may hide how steep the slope's bump is
        return np.vstack([unmoved, smooth(z - problem.step * (b + a * slope_at(z)))])

    z, weights = _panel_rule(probes, kinks=student.kinks, order=order, tolerance=_SPLIT)
    slope, zt = slope_at(z), chebyshev.points(*in_zt)[:, None]
    rows = [smooth(z - problem.step * (zt + r * slope)) @ weights for r in chebyshev.points(*in_r)]
    return sign * np.stack(rows)


def _spaced(interval: tuple[float, float, int], count: int) -> NDArray:
    return np.linspace(*interval[:2], count)


def _probes(curve: Curve) -> Curve:
    """The curve and its square, as rows."""

    def rows(z: NDArray) -> NDArray:
        values = np.asarray(curve(z), dtype=float)
        return np.stack([values, values**2])

    return rows


def _panel_rule(
    probes: Curve, *, kinks: tuple[float, ...], order: int, tolerance: float
) -> tuple[NDArray, NDArray]:
    """Nodes and weights for E over N(0, 1) on panels halved until they resolve every row of `probes`."""
    # Neither an end nor a centre at 0 or a round number: what is steep there would hide between two panels, or
    # cancel in one.
    first = np.linspace(-_REACH, _REACH, 13)
    first[1:-1] += 0.3718
    edges = np.unique(np.concatenate([first, [k for k in kinks if abs(k) < _REACH]]))
    fine, coarse = (gauss_legendre(k) for k in (order, order - 2))
    left, right = edges[:-1], edges[1:]
    while len(left) < _MOST_PANELS:
        values = []
        for rule in (fine, coarse):
            z, weights = _on_panels(left, right, rule)
            rows = np.asarray(probes(z.ravel())).reshape(-1, *z.shape)
            values.append((rows * weights).sum(axis=2))
        size = np.abs(values[0]).sum(axis=1, keepdims=True) + 1e-300
        split = (np.abs(values[0] - values[1]) > tolerance * size).any(axis=0)
        split &= right - left > 1e-9
        if not split.any():
            break
        middle = 0.5 * (left[split] + right[split])
        left, right = (
            np.concatenate([left[~split], left[split], middle]),
            np.concatenate([right[~split], middle, right[split]]),
        )
    z, weights = _on_panels(left, right, fine)
    return z.ravel(), weights.ravel() / weights.sum()


def _on_panels(left: NDArray, right: NDArray, rule: tuple[NDArray, NDArray]) -> tuple[NDArray, NDArray]:
    half = 0.5 * (right - left)[:, None]
    z = 0.5 * (right + left)[:, None] + half * rule[0]
    return z, half * rule[1] * np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
