"""Theory asked about the spike: position, threshold, overlaps, and the rival theories."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from verify.judging.sample import Case, Prediction
from verify.predictions.optimisers import known
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Readings

if TYPE_CHECKING:
    from theory.spike.formulas import Spike, SpikeTheory
    from theory.spike.inputs import SpikeInputs

__all__ = [
    "title",
    "inputs_of",
    "spike_of",
    "expected_top",
    "overlap_below",
    "sim_below",
    "random_overlap",
    "threshold_of",
    "threshold_spread",
    "spread_of",
    "top_prediction",
    "certain",
    "even_bulk",
    "outside_prediction",
    "top_less",
]

THEORIES: "tuple[SpikeTheory, ...]" = ("two-row", "one-row", "independent")


def title(update: Update) -> str:
    """An update in words."""
    return f"{update.title}({update.eta:.3g})"


@lru_cache(maxsize=512)
def inputs_of(problem: Problem, cell: Cell, rule: Update) -> "SpikeInputs":
    """||D||_2, noise and correlations a priori; Adam's eps, where there is one, enters by the norms of its update."""
    from theory.spike.inputs import spike_inputs

    sn = problem.signal_noise(cell, {"readout_sum": 0.0})
    found = spike_inputs(
        sn,
        optimiser=known(rule),
        adam=rule.adam,
        finite_width=problem.parametrisation == "mean-field",
    )
    if known(rule) == "gd" or rule.eps == 0.0:
        return found
    from theory.update.adam_eps import adam_norm_ratios

    whole, top = (float(ratio) for ratio in adam_norm_ratios(sn, rule.eps, adam=rule.adam))
    factor = found.update_norm / math.sqrt(cell.N * cell.d)
    length = math.sqrt(found.noise_variance + factor**2)  # 1, or 3.1623 without bias correction
    if whole > length:  # rounding of a quadrature at an eps that no entry feels
        whole = length
    return replace(
        found, update_norm=top * math.sqrt(cell.N * cell.d), noise_variance=max(whole**2 - top**2, 0.0)
    )


@lru_cache(maxsize=1024)
def spike_of(problem: Problem, cell: Cell, update: Update, theory: "SpikeTheory" = "two-row") -> "Spike":
    """The spike of W_1 a priori."""
    from theory.spike.inputs import spike_at

    return spike_at(inputs_of(problem, cell, replace(update, eta=None)), update.eta or 0.0, theory=theory)


def expected_top(problem: Problem, cell: Cell, update: Update) -> tuple[float, float]:
    """s_1(W_1) of one run and its deviation: the spike's; where there is none, that of noise, below the edge.

    docs/derivations/bulk.md, eq. (5): pure noise of variance tau^2 ends at Tracy-Widom's mean, not at the edge.
    """
    from theory.random_matrices.johnstone import johnstone_scaling

    at = spike_of(problem, cell, update)
    if at.outlier:
        return at.top, spread_of(problem, cell, update)
    law = johnstone_scaling(N=cell.N, d=cell.d, variance=at.threshold / math.sqrt(cell.N * cell.d))
    return math.sqrt(max(law.mean, 0.0)), law.sd / (2.0 * math.sqrt(law.centre))


def random_overlap(problem: Problem, cell: Cell, update: Update, side: str) -> float:
    """The mean squared overlap of the top pair below the threshold, "left" or "right"."""
    from theory.spike.below import overlaps_below

    inputs, eta = inputs_of(problem, cell, replace(update, eta=None)), update.eta or 0.0
    tau = math.sqrt(inputs.initial_variance + eta**2 * inputs.noise_variance)
    found = overlaps_below(
        theta=eta * inputs.update_norm, N=inputs.N, d=inputs.d, m=inputs.m, m2=inputs.m2, tau=tau
    )
    return found.left if side == "left" else found.right


def overlap_below(problem: Problem, cell: Cell, update: Update, side: str) -> float:
    """`random_overlap`, at most 1, and in the smooth transition, where it diverges, its value where that begins."""
    begins = threshold_of(problem, cell, update) * (1.0 - cell.d ** (-1.0 / 3.0))
    inner = min(update.eta or 0.0, begins)
    return min(random_overlap(problem, cell, replace(update, eta=inner), side), 1.0)


@lru_cache(maxsize=512)
def sim_below(problem: Problem, cell: Cell, update: Update) -> float:
    """The mean sim(W_1, beta) below the threshold, kept in the smooth transition as `overlap_below` is."""
    from theory.spike.below import overlaps_below
    from theory.spike.inputs import spike_inputs

    inputs = inputs_of(problem, cell, replace(update, eta=None))
    seen = spike_inputs(
        problem.signal_noise(cell, {"readout_sum": 0.0}), optimiser=known(update), adam=update.adam,
        finite_width=problem.parametrisation == "mean-field", teacher=problem.teacher.theory,
    )  # fmt: skip
    eta = min(update.eta or 0.0, threshold_of(problem, cell, update) * (1.0 - cell.d ** (-1.0 / 3.0)))
    found = overlaps_below(
        theta=eta * inputs.update_norm, N=inputs.N, d=inputs.d, m=inputs.m, m2=inputs.m2,
        tau=math.sqrt(inputs.initial_variance + eta**2 * inputs.noise_variance),
        teacher_overlap_squared=seen.teacher_overlap_squared,
    )  # fmt: skip
    return math.sqrt(2.0 / math.pi * min(found.teacher or 0.0, 1.0))


def threshold_of(problem: Problem, cell: Cell, rule: Update, theory: "SpikeTheory" = "two-row") -> float:
    """The predicted eta_c of an update rule."""
    from theory.spike.inputs import critical_eta

    return critical_eta(inputs_of(problem, cell, replace(rule, eta=None)), theory=theory)


def threshold_spread(problem: Problem, cell: Cell, rule: Update) -> float:
    """Predicted standard deviation of a run's own eta_c; nan where it is not derived (eps), or there is no threshold."""
    from theory.spike.threshold_scatter import threshold_spreads

    rule = replace(rule, eta=None)
    sn = problem.signal_noise(cell, {"readout_sum": 0.0})
    if not sn.nu > 0.0 or (known(rule) == "adam" and rule.eps > 0.0):
        return math.nan
    return threshold_spreads(sn, inputs_of(problem, cell, rule), optimiser=known(rule))["critical_eta"]


@lru_cache(maxsize=512)
def spread_of(problem: Problem, cell: Cell, update: Update) -> float:
    """Predicted standard deviation of s_1(W_1) in one run; nan without an outlier (and with eps: not derived)."""
    from theory.spike.fluctuation import spike_spread
    from theory.update.sign import uncorrected_factor

    if known(update) == "adam" and update.eps > 0.0:
        return math.nan
    sn = problem.signal_noise(cell, {"readout_sum": 0.0})
    uncorrected = known(update) == "adam" and update.adam == "uncorrected"
    eta = (update.eta or 0.0) * (uncorrected_factor() if uncorrected else 1.0)
    return spike_spread(sn, eta=eta, optimiser=known(update)).total if sn.nu > 0.0 else math.nan


def top_prediction(update: Update) -> Callable[[Case], Prediction]:
    """s_1(W_1) with its deviation."""

    def predict(case: Case) -> Prediction:
        at = spike_of(case.problem, case.cell, update)
        flags = (at.flag,) if at.flag else ()
        return Prediction(value=at.top, spread=spread_of(case.problem, case.cell, update), flags=flags)

    return predict


def certain(problem: Problem, cell: Cell, update: Update, *, level: float = 1e-4) -> bool:
    """Whether k_out is predicted: clearly below the threshold, or s_1 beyond what noise reaches by 4 deviations."""
    from theory.random_matrices.johnstone import top_singular_value_quantile

    at = spike_of(problem, cell, update)
    if not at.outlier:
        return at.strength < (1.0 - cell.d ** (-1.0 / 3.0)) * at.threshold
    variance = at.threshold / math.sqrt(cell.N * cell.d)
    p = max(1.0 - level / min(cell.N, cell.d), 0.5)
    reach = float(top_singular_value_quantile(p, N=cell.N, d=cell.d, variance=variance))
    spread = spread_of(problem, cell, update)
    return at.top - 4.0 * (spread if math.isfinite(spread) else 0.02 * at.top) > reach


@lru_cache(maxsize=1024)
def even_bulk(problem: Problem, cell: Cell, update: Update) -> bool:
    """Whether the bulk is still that of W_0 to 10 % of its variance: beyond, the update's uneven columns move its edge,
    and a Tracy-Widom p-value for even noise of variance tau^2 finds outliers that are none
    (theory/random_matrices/edges.py).
    """
    at = spike_of(problem, cell, update)
    start = 1.0 if problem.parametrisation == "ntk" else 1.0 / cell.d
    return at.threshold / math.sqrt(cell.N * cell.d) <= 1.1 * start


@lru_cache(maxsize=256)
def outside_prediction(
    problem: Problem, cell: Cell, rule: Update, factor: float, theory: "SpikeTheory" = "two-row"
) -> float:
    """The eta at which the predicted s_1 is `factor` times the edge; it has the order of eta_c."""
    from scipy import optimize

    first = math.log(threshold_of(problem, cell, rule, theory))

    def excess(log_eta: float) -> float:
        at = spike_of(problem, cell, replace(rule, eta=math.exp(log_eta)), theory)
        return at.top / at.edge - factor

    return math.exp(optimize.brentq(excess, first, first + math.log(30.0)))


def top_less(readings: Readings, *, theory: "SpikeTheory") -> float:
    """The measured s_1 less a theory's, at the run's own theta, m, m2 and tau (`verify.measurements.spike_rows`).

    nan where the run has no such numbers, as after a step that diverged.
    """
    from theory.spike.formulas import spike

    theta, m, m2, tau = (readings.at(None, name) for name in ("theta", "m", "m2", "tau"))
    if not (all(map(math.isfinite, (theta, m, m2, tau))) and tau > 0.0):
        return math.nan
    at = spike(theta=theta, m=m, m2=m2, N=readings.cell.N, d=readings.cell.d, tau=tau, theory=theory)
    return readings.at(None, "top_singular_value") - at.top
