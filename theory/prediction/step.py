"""The part of `theory.predict` that is about W_1 after a step of one eta: its bulk, top values, overlaps and sim."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from theory.gradient.norms import gradient_norms
from theory.prediction.problem import NO_SIGNAL, TOO_LARGE, Problem, flag_of, quantity
from theory.prediction.spectrum import initial_variance_of
from theory.prediction.weights import inputs_of
from theory.random_matrices.edges import Edge
from theory.spectrum.noise_spectra import LeastValue, gradient_weight_edges, least_weight_value, weight_edges
from theory.spectrum.nullity_rows import refined_nullity
from theory.spectrum.second_value import second_value_flag
from theory.spike.below import overlaps_below
from theory.spike.fluctuation import spike_spread
from theory.spike.formulas import Spike
from theory.spike.inputs import SpikeInputs, critical_eta, spike_at, spike_inputs

if TYPE_CHECKING:
    from theory.prediction.quantity import Quantity

__all__ = ["step_quantities"]

NO_OUTLIER = "no outlier at this eta"
NEAR = "within d^(-1/3) of the threshold, relative: the transition is smooth there"
STILL = {"adam": 1.1, "gd": 1.05}  # largest tau^2 over W_0's variance while W_0's rows make the scatter
LOUD = (
    "GD: where tau^2 is above 1.05 times W_0's variance second values were measured up to 5 % above their prediction at "
    "n/d = 2, d = 200, 7 % at N/d = 1/2, 9 % at n/d = 8 (the edge itself lies above those)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bulk:
    """Edges of the bulk of W_1; the largest and the least value that pure noise would have, and their scatter."""

    lower: float
    upper: float
    expected: float
    sd: float
    least: float
    least_sd: float
    flag: str | None
    upper_flag: str | None
    least_flag: str | None


def step_quantities(problem: Problem, eta: float) -> list["Quantity"]:
    """Bulk, top singular values, overlaps and sim of W_1 at one learning rate."""
    inputs = inputs_of(problem)
    variance = _tau_squared(problem, eta)
    bulk = _bulk(problem, eta, variance)
    found = [
        quantity(
            problem, "tau", math.sqrt(variance), eta=eta, flag=flag_of(*problem.sn.flags, problem.step_flag)
        ),
        quantity(problem, "bulk_lower_edge", bulk.lower, eta=eta, flag=bulk.flag),
        quantity(problem, "bulk_upper_edge", bulk.upper, eta=eta, flag=bulk.upper_flag),
    ]
    if inputs is None:
        found.append(_least(problem, eta, bulk))
        names = ("top_singular_value", "second_singular_value", "left_overlap", "right_overlap", "sim")
        return found + [quantity(problem, name, math.nan, eta=eta, flag=NO_SIGNAL) for name in names]
    at = spike_at(inputs, eta)
    near = abs(at.strength / at.threshold - 1.0) < inputs.d ** (-1.0 / 3.0)
    flag = flag_of(at.flag, problem.step_flag, NEAR if near else None)
    found += _top_values(problem, eta, at, bulk, flag)
    if at.deflated:
        found.append(quantity(problem, "least_singular_value", at.bottom, eta=eta, flag=flag))
        found.append(quantity(problem, "deflated_singular_value", at.bottom, eta=eta, flag=flag))
    else:
        found.append(_least(problem, eta, bulk))
    return found + _overlaps(problem, inputs, eta, at, flag)


def _least(problem: Problem, eta: float, bulk: _Bulk) -> "Quantity":
    return quantity(
        problem, "least_singular_value", bulk.least, sd=bulk.least_sd, eta=eta, flag=bulk.least_flag
    )


def _overlaps(
    problem: Problem, inputs: SpikeInputs, eta: float, at: Spike, flag: str | None
) -> list["Quantity"]:
    """Squared overlaps with the update's pair and sim: the spike's, or below the threshold what the bulk has of them."""
    names = ("left_overlap", "right_overlap", "sim")
    if at.outlier:
        values = (at.left_overlap_squared, at.right_overlap_squared, at.similarity or 0.0)
        flags = (flag, flag, flag_of(flag, inputs.teacher_flag))
        return [
            quantity(problem, n, v, eta=eta, flag=f) for n, v, f in zip(names, values, flags, strict=True)
        ]
    # in the smooth transition the formula diverges: there its value at the transition's beginning
    inner = min(eta, critical_eta(inputs) * (1.0 - inputs.d ** (-1.0 / 3.0)))
    flag = flag_of(flag, NEAR if inner < eta and NEAR not in (flag or "") else None)
    tau = math.sqrt(inputs.initial_variance + inner**2 * inputs.noise_variance)
    theta = inner * inputs.update_norm
    below = overlaps_below(
        theta=theta, N=inputs.N, d=inputs.d, m=inputs.m, m2=inputs.m2, tau=tau,
        teacher_overlap_squared=inputs.teacher_overlap_squared,
    )  # fmt: skip
    square = min(below.teacher or 0.0, 1.0)
    values = (min(below.left, 1.0), min(below.right, 1.0), math.sqrt(2.0 / math.pi * square))
    spreads = (
        math.sqrt(2.0) * below.left,
        math.sqrt(2.0) * below.right,
        math.sqrt((1.0 - 2.0 / math.pi) * square),
    )
    return [
        quantity(problem, n, v, sd=sd, eta=eta, flag=flag)
        for n, v, sd in zip(names, values, spreads, strict=True)
    ]


def _top_values(problem: Problem, eta: float, at: Spike, bulk: _Bulk, flag: str | None) -> list["Quantity"]:
    names = ("top_singular_value", "second_singular_value")
    if not at.outlier:
        none = flag_of(flag, bulk.upper_flag, NO_OUTLIER + ": s_1 is the bulk's, see top_singular_value")
        return [
            quantity(
                problem, names[0], bulk.expected, sd=bulk.sd, eta=eta, flag=flag_of(flag, bulk.upper_flag)
            ),
            quantity(problem, names[1], math.nan, eta=eta, flag=none),
        ]
    sd, sd_flag = math.nan, None
    if problem.sn.nu > 0.0 and not (problem.is_adam and problem.eps > 0.0):
        corrected = spike_inputs(problem.sn, optimiser=problem.optimiser, finite_width=True)
        spread = spike_spread(
            problem.sn, eta=eta * problem.length, optimiser=problem.optimiser, inputs=corrected
        )
        sd, sd_flag = spread.total, spread.flag
    return [
        quantity(problem, names[0], at.top, sd=sd, eta=eta, flag=flag_of(flag, sd_flag)),
        quantity(problem, names[1], bulk.expected, sd=bulk.sd, eta=eta, flag=flag_of(flag, bulk.upper_flag)),
    ]


def _bulk(problem: Problem, eta: float, variance: float) -> _Bulk:
    sn = problem.sn
    flag = flag_of(*sn.flags, problem.step_flag)
    # While W_0 is most of the bulk its rows make the scatter; later the largest r_k^2 and a_i^2 do, which is not derived.
    still = variance <= STILL[problem.optimiser] * initial_variance_of(sn.parametrisation, sn.d)
    if problem.residual_squares is not None:
        edges = weight_edges if problem.is_adam else gradient_weight_edges
        lower, upper = edges(
            sn, problem.teacher, eta * problem.length, residual_squares=problem.residual_squares
        )
    elif still and not problem.is_adam:
        lower, upper = _even_edges(sn.N, sn.d, variance)
    else:
        nan = math.nan
        flag = flag_of(flag, TOO_LARGE)
        return _Bulk(
            lower=nan, upper=nan, expected=nan, sd=nan, least=nan, least_sd=nan,
            flag=flag, upper_flag=flag, least_flag=flag,
        )  # fmt: skip
    flag = flag_of(flag, *lower.flags, *upper.flags, second_value_flag(sn, few=False))
    least = LeastValue(value=lower.expected, sd=lower.sd if still else math.nan, flags=())
    if problem.is_adam and problem.residual_squares is not None:
        least = _least_of_adam(problem, eta * problem.length, still)
    return _Bulk(
        lower=lower.value,
        upper=upper.value,
        expected=upper.expected,
        sd=upper.sd if still else math.nan,
        least=least.value,
        least_sd=least.sd,
        flag=flag,
        upper_flag=flag if still or problem.is_adam else flag_of(flag, LOUD),
        least_flag=flag_of(flag, *least.flags),
    )


def _least_of_adam(problem: Problem, eta: float, still: bool) -> LeastValue:
    """Its scatter is that of W_0's rows, and once the modes are apart of the number of columns that stay."""
    sn, modes = problem.sn, refined_nullity(problem.sn, problem.student)
    found = least_weight_value(
        sn, problem.teacher, eta, residual_squares=problem.residual_squares, modes=modes
    )
    return found if still or eta > modes.separation else replace(found, sd=math.nan)


def _even_edges(N: int, d: int, variance: float) -> tuple[Edge, Edge]:
    """Of independent entries, with no array of their size: GD's noise while it is quiet, docs/derivations/edges.md."""
    rows, columns = math.sqrt(N), math.sqrt(d)
    found = []
    for sign, end in ((-1.0, abs(rows - columns)), (1.0, rows + columns)):
        scale = sign * variance * end ** (4.0 / 3.0) / (N * d) ** (1.0 / 6.0)
        found.append(Edge(value=math.sqrt(variance) * end, scale=scale, argument=math.nan))
    return found[0], found[1]


def _tau_squared(problem: Problem, eta: float) -> float:
    inputs = inputs_of(problem)
    initial = initial_variance_of(problem.sn.parametrisation, problem.sn.d)
    if inputs is not None:
        return initial + eta**2 * inputs.noise_variance
    if problem.is_adam:
        return initial + (eta * problem.length) ** 2
    return initial + (eta * gradient_norms(problem.sn)[1]) ** 2 / (problem.sn.N * problem.sn.d)
