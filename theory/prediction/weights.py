"""The part of `theory.predict` that is about W_0, the spike against the learning rate, and the spectrum of W_1."""

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar

from theory.prediction.problem import NO_SIGNAL, Problem, flag_of, quantity
from theory.prediction.spectrum import initial_variance_of
from theory.random_matrices.bulk import hill_alpha_null, marchenko_pastur_edges
from theory.random_matrices.johnstone import johnstone_scaling
from theory.spike.formulas import critical_theta
from theory.spike.inputs import SpikeInputs, critical_eta, spike_at, spike_inputs
from theory.spike.threshold_scatter import threshold_spreads

if TYPE_CHECKING:
    from theory.prediction.quantity import Quantity

__all__ = ["initial_quantities", "inputs_of", "spike_quantities"]

NEVER = "no outlier at any eta: the noise of the update outgrows its signal"
TINY = "N or d is 1: a vector has no bulk"
BEYOND = 1e9  # times the critical eta: as good as infinity in float64


def initial_quantities(problem: Problem) -> list["Quantity"]:
    """The bulk of W_0 and the null value of Hill's alpha."""
    sn = problem.sn
    variance = initial_variance_of(sn.parametrisation, sn.d)
    lower, upper = marchenko_pastur_edges(N=sn.N, d=sn.d, variance=variance)
    flag = problem.sizes_flag
    found = [
        quantity(problem, "initial_lower_edge", math.sqrt(lower), flag=flag),
        quantity(problem, "initial_upper_edge", math.sqrt(upper), flag=flag),
    ]
    names = ("johnstone_centre", "johnstone_scale", "initial_top_singular_value", "alpha_hill_null")
    if min(sn.N, sn.d) < 2:
        return found + [quantity(problem, name, math.nan, flag=TINY) for name in names]
    law = johnstone_scaling(N=sn.N, d=sn.d, variance=variance)
    top = math.sqrt(max(law.mean, 0.0))
    return [
        *found,
        quantity(problem, "johnstone_centre", law.centre, flag=flag),
        quantity(problem, "johnstone_scale", law.scale, flag=flag),
        quantity(
            problem, "initial_top_singular_value", top, sd=law.sd / (2.0 * math.sqrt(law.centre)), flag=flag
        ),
        quantity(problem, "alpha_hill_null", hill_alpha_null(N=sn.N, d=sn.d), flag=flag),
    ]


def spike_quantities(problem: Problem) -> list["Quantity"]:
    """What decides about the spike at any learning rate, with the rivals of the two-row theory."""
    names = ["spike_m", "spike_m2", "update_teacher_overlap", "update_teacher_overlap_limit"]
    names += ["critical_theta", "critical_eta", *(["critical_eta_one_row"] if problem.is_adam else [])]
    names += [
        "critical_eta_independent",
        "sim_maximum",
        "sim_maximum_eta",
        "sim_at_threshold",
        "sim_at_infinity",
    ]
    inputs = inputs_of(problem)
    if inputs is None:
        return [quantity(problem, name, math.nan, flag=NO_SIGNAL) for name in names]
    flag = flag_of(inputs.flag, problem.step_flag)
    eta = critical_eta(inputs)
    threshold_flag = flag_of(flag, None if math.isfinite(eta) else NEVER)
    best, best_eta = _largest_similarity(inputs, eta)
    tau = (
        math.sqrt(inputs.initial_variance + eta**2 * inputs.noise_variance)
        if math.isfinite(eta)
        else math.inf
    )
    theta = math.inf
    if math.isfinite(eta):
        theta = critical_theta(N=inputs.N, d=inputs.d, m=inputs.m, m2=inputs.m2, tau=tau)
    values = {
        "spike_m": inputs.m,
        "spike_m2": inputs.m2,
        "update_teacher_overlap": inputs.teacher_overlap_squared,
        "update_teacher_overlap_limit": _overlap_limit(problem),
        "critical_theta": theta,
        "critical_eta": eta,
        "critical_eta_one_row": critical_eta(inputs, theory="one-row"),
        "critical_eta_independent": critical_eta(inputs, theory="independent"),
        "sim_maximum": best,
        "sim_maximum_eta": best_eta,
        "sim_at_threshold": 0.0 if math.isfinite(eta) else math.nan,
        "sim_at_infinity": _similarity(inputs, BEYOND * eta) if math.isfinite(eta) else 0.0,
    }
    spreads = _spreads(problem)
    seen = inputs.teacher_flag
    flags = dict.fromkeys(names[:4], flag) | {"update_teacher_overlap": flag_of(flag, seen)}
    flags |= {name: flag_of(threshold_flag, seen) for name in names if name.startswith("sim_")}
    return [
        quantity(
            problem, name, values[name], sd=spreads.get(name, math.nan), flag=flags.get(name, threshold_flag)
        )
        for name in names
    ]


def _spreads(problem: Problem) -> dict[str, float]:
    """Scatter of a run's own m and threshold, not derived with eps or along an axis; of m2 where it keeps away from 0."""
    derived = problem.sn.teacher_direction == "sphere" and not (problem.is_adam and problem.eps > 0.0)
    if not (problem.sn.nu > 0.0 and derived):
        return {}
    inputs = spike_inputs(problem.sn, optimiser=problem.optimiser, adam=problem.adam, finite_width=True)
    found = threshold_spreads(problem.sn, inputs, optimiser=problem.optimiser)
    if not found["spike_m2"] < 0.5 * inputs.m2:
        found["spike_m2"] = math.nan
    return found


def inputs_of(problem: Problem) -> SpikeInputs | None:
    """Of the spike's formulas; under mean-field with the m of finite width, which shows in s_1."""
    if problem.sn.student.mu_1 == 0.0 or problem.sn.kappa == 0.0:
        return None
    return spike_inputs(
        problem.sn,
        optimiser=problem.optimiser,
        adam=problem.adam,
        finite_width=True,
        teacher=problem.teacher,
    )


def _overlap_limit(problem: Problem) -> float:
    """(v . beta)^2 as n grows beyond all bounds: the share of the teacher in b, 2/pi of it for the sign."""
    sn = problem.sn
    share = sn.teacher.c_1**2 / sn.b_squared
    if not problem.is_adam:
        return share
    if sn.teacher_direction == "axis":
        return (1.0 if sn.teacher.c_1 else 0.0) / sn.d
    # At n = infinity an odd student leaves no noise at leading order; mu_2 leaves c_0^2 mu_2^2/d.
    mean = sn.student.s0 * sn.offset - sn.teacher.c_0
    signal_2 = sn.student.mu_1**2 * sn.b_squared
    p = signal_2 / (signal_2 + (mean * sn.student.mu_2) ** 2)
    return share * p / math.asin(p)


def _similarity(inputs: SpikeInputs, eta: float) -> float:
    return spike_at(inputs, eta).similarity or 0.0


def _largest_similarity(inputs: SpikeInputs, start: float) -> tuple[float, float]:
    """Largest sim over eta and where; (its limit, inf) where it only rises."""
    if not math.isfinite(start):
        return 0.0, math.inf
    grid = start * np.geomspace(1.0, 1e6, 241)
    values = [_similarity(inputs, float(eta)) for eta in grid]
    limit = _similarity(inputs, BEYOND * start)
    top = int(np.argmax(values))
    if values[top] <= limit * (1.0 + 1e-9) or top == len(grid) - 1:
        return limit, math.inf
    logs = np.log(grid)
    found = minimize_scalar(
        lambda x: -_similarity(inputs, math.exp(x)),
        bounds=(logs[max(top - 1, 0)], logs[top + 1]),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return -float(found.fun), math.exp(float(found.x))
