"""Judge of a straight line through the origin along the paper's ray: slope, intercept and curvature, one at a time."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.lies import check_lies
from verify.judging.need import power_with_need
from verify.judging.sample import Sample
from verify.statistics.regression import coefficient_interval, design_matrix, fit
from verify.statistics.verdict import Verdict

__all__ = ["LINE_PARTS", "line_judge", "line_power"]

Part = Literal["slope", "intercept", "curvature"]
LINE_PARTS: dict[Part, int] = {"slope": 0, "intercept": 1, "curvature": 1}


def line_judge(part: Part) -> Callable[[Claim, Sample], Finding]:
    """Kind value: one coefficient of the fit measured = slope s (+ intercept, or curvature s^2) along s = sqrt(N d).

    The values and predictions are norms over sizes; predictions are proportional to s. Weighted least squares on
    y = measured/predicted, weights 1/sd^2 from the predicted spread, one pooled scale:

    * slope: y = b0, margin on b0 - 1;
    * intercept: y = b0 + b1 s_1/s with s_1 the smallest s: b1 is the intercept over the norm at s_1;
    * curvature: y = b0 + b1 (s/s_max - 1): b1 is the change of the slope over the ray.

    A lie's law gives a norm as well; it is refuted when the coefficient that it would have lies outside.
    """
    return partial(_judge_line, part=part)


def _columns(part: Part, s: np.ndarray) -> np.ndarray:
    ones = np.ones_like(s)
    second = {"slope": None, "intercept": s.min() / s, "curvature": s / s.max() - 1.0}[part]
    return ones[:, None] if second is None else np.stack([ones, second], axis=1)


def line_power(
    s: np.ndarray,
    spread: np.ndarray,
    *,
    part: Part,
    seeds: int,
    margin: float,
    error_rate: float,
    lie: float | None = None,
) -> float:
    """P(SUPPORTED) of a true line, or P(REFUTED) of a coefficient that is `lie` away from the true one.

    From the predicted relative spread per cell (normal scale, Student's quantile).
    """
    from scipy import special

    design = design_matrix(_columns(part, s), spread)
    error = float(design.errors[LINE_PARTS[part]]) / np.sqrt(seeds)
    dof = float(len(s) * seeds - design.rank)
    reach = st.student_quantile(error_rate=error_rate, dof=dof) * error
    if lie is not None:
        return float(special.ndtr((abs(lie) - margin - reach) / error)) if abs(lie) > margin else 0.0
    return float(max(2.0 * special.ndtr((margin - reach) / error) - 1.0, 0.0)) if margin > reach else 0.0


def _judge_line(claim: Claim, sample: Sample, *, part: Part) -> Finding:
    if not sample.values or sample.repeats < 2:
        return unjudged(claim, sample, "needs at least 2 seeds")
    cells = tuple(sorted(dict.fromkeys(case.cell for case in sample.cases)))
    if len(cells) < 3:
        return unjudged(claim, sample, "needs three sizes")
    seeds = tuple(dict.fromkeys(sample.seeds))
    y, spread, laws = _arranged(claim, sample, cells, seeds)
    s = np.array([np.sqrt(cell.N * cell.d) for cell in cells])
    design, index = design_matrix(_columns(part, s), spread), LINE_PARTS[part]
    found = fit(y, spread, design)
    interval = coefficient_interval(found, index, error_rate=claim.error_rate, repeats=len(seeds))
    true = 1.0 if part == "slope" else 0.0
    controls = []
    found_by = {name: float((design.solver @ law)[index]) for name, law in laws.items()}
    check_lies(claim, {name: (value - true,) for name, value in found_by.items()})
    for name, value in found_by.items():
        apart = abs(value - true) > claim.margin
        refuted = (
            apart and st.value_verdict(interval, predicted=value, margin=claim.margin) is Verdict.REFUTED
        )
        controls.append(Control(lie=name, verdict=Verdict.REFUTED if refuted else Verdict.INCONCLUSIVE))

    def power_at(count: int, upper: bool) -> float:
        common: dict[str, Any] = dict(
            part=part, seeds=count, margin=claim.margin, error_rate=claim.error_rate
        )
        apart = (None, *(value - true for value in found_by.values()))
        return min(line_power(s, spread, lie=lie, **common) for lie in apart)

    power = power_with_need(power_at, len(seeds), ranged=False)
    return make_finding(
        claim, sample, st.value_verdict(interval, predicted=true, margin=claim.margin), controls,
        predicted=true, estimate=interval.estimate, standard_error=interval.standard_error,
        interval=(interval.low, interval.high) if interval.usable else None, dof=interval.dof,
        power=power.value, repeats_needed=power.needed,
    )  # fmt: skip


def _arranged(
    claim: Claim, sample: Sample, cells: tuple, seeds: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """measured/predicted by cell and seed, its predicted deviation per cell, lie/predicted per cell."""
    y = np.full((len(cells), len(seeds)), np.nan)
    spread = np.zeros(len(cells))
    laws = {lie.name: np.zeros(len(cells)) for lie in claim.lies}
    for case, seed, value, prediction in zip(
        sample.cases, sample.seeds, sample.values, sample.predictions, strict=True
    ):
        row = cells.index(case.cell)
        y[row, seeds.index(seed)] = value / prediction.value
        spread[row] = prediction.spread / prediction.value
        for lie in claim.lies:
            laws[lie.name][row] = lie.law(case, prediction) / prediction.value
    return y, spread, laws
