"""Judges of rates: how a number falls or grows with d, one slope per seed, and whether its last value fits too."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from verify import statistics as st
from verify.judging.claim import Claim, Lie
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import AlsoJudged, Control, Finding, Role
from verify.judging.judges.order import judge_order
from verify.judging.lies import check_lies
from verify.judging.need import UNKNOWN, Power, power_with_need
from verify.judging.power import mean_power, scatter_is_predicted, scatter_of
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.update import Update
from verify.running.design import Design
from verify.statistics.verdict import Verdict

__all__ = ["judge_rate", "judge_trend", "predicted_slope", "rate_judge", "rates_of"]


def rates_of(claim: Claim, sample: Sample) -> tuple[Claim, Sample]:
    """One number per seed: the slope of log(value) on log d over the cells; lies and predictions as slopes too.

    Cells must be drawn independently; seeds that lack a cell are left out, a value that is not positive makes its
    seed's slope nan.
    """
    cells = tuple(sorted(dict.fromkeys(case.cell for case in sample.cases), key=lambda cell: cell.d))
    at = {(case.cell, seed): i for i, (case, seed) in enumerate(zip(sample.cases, sample.seeds, strict=True))}
    seeds = [seed for seed in dict.fromkeys(sample.seeds) if all((cell, seed) in at for cell in cells)]
    if len({cell.d for cell in cells}) < 3 or not seeds:
        return claim, Sample(cases=(), seeds=(), values=(), predictions=())
    weights = _slope_weights([cell.d for cell in cells])
    rows = [[at[cell, seed] for cell in cells] for seed in seeds]
    relative = [
        [sample.predictions[i].spread / abs(sample.predictions[i].value) for i in row] for row in rows
    ]
    predictions = tuple(
        Prediction(
            value=float(weights @ _logs([sample.predictions[i].value for i in row])),
            spread=float(np.sqrt(np.sum((weights * np.array(spread)) ** 2))),
            flags=tuple(dict.fromkeys(flag for i in row for flag in sample.predictions[i].flags)),
        )
        for row, spread in zip(rows, relative, strict=True)
    )
    first = rows[0]
    lies = tuple(
        _constant(
            lie.name, float(weights @ _logs([lie.law(sample.cases[i], sample.predictions[i]) for i in first]))
        )
        for lie in claim.lies
    )
    slopes = Sample(
        cases=tuple(sample.cases[row[-1]] for row in rows),
        seeds=tuple(seeds),
        values=tuple(float(weights @ _logs([sample.values[i] for i in row])) for row in rows),
        predictions=predictions,
        pilot=None if sample.pilot is None else rates_of(claim, sample.pilot)[1],
    )
    return replace(claim, lies=lies), slopes


def predicted_slope(design: Design, predict: Callable[[Case], Prediction]) -> float:
    """The slope on log d of what is predicted in a design's cells; nan where it has fewer than three sizes."""
    cells = sorted(dict.fromkeys(design.cells), key=lambda cell: cell.d)
    if len({cell.d for cell in cells}) < 3:
        return math.nan
    update = design.updates[0] if design.updates else Update()
    values = [predict(Case(problem=design.problem, cell=cell, update=update)).value for cell in cells]
    return float(_slope_weights([cell.d for cell in cells]) @ _logs(values))


def _constant(name: str, value: float) -> Lie:
    return Lie(name=name, law=lambda case, prediction: value, rival=True)  # a law over sizes has a name


def _logs(values: Sequence[float]) -> NDArray[np.float64]:
    array = np.array(values, dtype=np.float64)
    usable = np.isfinite(array) & (array > 0)
    return np.log(array, out=np.full(array.shape, np.nan), where=usable)


def _slope_weights(sizes: Sequence[int]) -> NDArray[np.float64]:
    """Least-squares slope on log d as a weighted sum of the values."""
    x = np.log(np.array(sizes, dtype=np.float64))
    centred = x - x.mean()
    return centred / np.sum(centred**2)


def judge_trend(claim: Claim, sample: Sample) -> Finding:
    """Kind trend: the slope of log(value) on log d, one per seed, clears the margin on the predicted side."""
    slope_claim, slopes = rates_of(claim, sample)
    if not slopes.values:
        return unjudged(claim, sample, "needs three sizes of every seed")
    return judge_order(slope_claim, slopes)


def rate_judge(last: float) -> Callable[[Claim, Sample], Finding]:
    """`judge_rate` whose last value must lie within a share `last` of its prediction."""
    return partial(judge_rate, last=last)


def judge_rate(claim: Claim, sample: Sample, *, last: float) -> Finding:
    """Kind exponent: the slope on log d is the predicted one within the margin, and so is the value at the largest d.

    Half of the error rate each. A lie is a law over the sizes; the slope or the last value refutes it.
    """
    slope_claim, slopes = rates_of(claim, sample)
    if not slopes.values or slopes.repeats < 2:
        return unjudged(claim, sample, "needs three sizes of every seed, and two seeds")
    rate = claim.error_rate / 2
    off = [value - p.value for value, p in zip(slopes.values, slopes.predictions, strict=True)]
    slope = st.mean_interval(off, error_rate=rate)
    largest = max(case.cell.d for case in sample.cases)
    end = sample.where(lambda cell: cell.d == largest)
    ratio = st.mean_interval(
        [v / p.value - 1.0 for v, p in zip(end.values, end.predictions, strict=True)], error_rate=rate
    )
    predicted = float(np.mean([prediction.value for prediction in slopes.predictions]))
    predicted = 0.0 if abs(predicted) < 1e-12 else predicted  # of a law that does not move
    distances = _distances(claim, slope_claim, slopes, end)
    check_lies(slope_claim, distances)
    controls = []
    for name, (at_slope, at_end) in distances.items():
        seen = (_beyond(slope, at_slope, claim.margin), _beyond(ratio, at_end, last))
        controls.append(Control(lie=name, verdict=Verdict.REFUTED if any(seen) else Verdict.INCONCLUSIVE))
    verdict = st.joint_verdict(
        [st.value_verdict(slope, predicted=0.0, margin=claim.margin), st.value_verdict(ratio, predicted=0.0, margin=last)]
    )  # fmt: skip
    power = _rate_power(rate, claim.margin, last, slopes, end, distances)
    return make_finding(
        claim, sample, verdict, controls, predicted=predicted, estimate=predicted + slope.estimate,
        standard_error=slope.standard_error,
        interval=(predicted + slope.low, predicted + slope.high) if slope.usable else None,
        dof=slope.dof, also=(_last_value(ratio, largest, last),),
        power=power.value, repeats_needed=power.needed, repeats_needed_low=power.needed_low,
        note="slope on log d",
    )  # fmt: skip


def _last_value(ratio: st.Interval, largest: int, last: float) -> AlsoJudged:
    """The value at the largest d over its prediction."""
    return AlsoJudged(
        what=f"measured over predicted at d = {largest}", predicted=1.0, estimate=1.0 + ratio.estimate,
        interval=(1.0 + ratio.low, 1.0 + ratio.high) if ratio.usable else None, margin=last, role=Role.DECIDES,
    )  # fmt: skip


def _distances(
    claim: Claim, slope_claim: Claim, slopes: Sample, end: Sample
) -> dict[str, tuple[float, float]]:
    """How far each lie is from the prediction: its slope, and its value at the largest d as a share."""
    found = {}
    for lie, at_slope in zip(claim.lies, slope_claim.lies, strict=True):
        case, prediction = slopes.cases[0], slopes.predictions[0]
        shares = [lie.law(c, p) / p.value - 1.0 for c, p in zip(end.cases, end.predictions, strict=True)]
        found[lie.name] = (at_slope.law(case, prediction) - prediction.value, float(np.mean(shares)))
    return found


def _rate_power(
    rate: float, margin: float, last: float, slopes: Sample, end: Sample,
    distances: Mapping[str, tuple[float, float]],
) -> Power:  # fmt: skip
    """Slope and last value both supported if the prediction is right, each lie refuted by the better of them."""
    asked = ((margin, slopes, False), (last, end, True))
    spreads = {
        upper: [scatter_of(sample, relative=relative, upper=upper) for _, sample, relative in asked]
        for upper in (True, False)
    }
    if None in spreads[True]:
        return UNKNOWN

    def power_at(seeds: int, upper: bool) -> float:
        parts = []
        for index, ((room, _, _), spread) in enumerate(zip(asked, spreads[upper], strict=True)):
            assert spread is not None
            far = {name: distance[index] for name, distance in distances.items()}
            parts.append(mean_power(room, spread, seeds, rate, far))
        (slope, by_slope), (value, by_value) = parts
        lies = [max(by_slope[name], by_value[name]) for name in distances]
        return max(min([slope + value - 1.0, *lies]), 0.0)

    ranged = not all(scatter_is_predicted(sample, relative=relative) for _, sample, relative in asked)
    return power_with_need(power_at, min(slopes.repeats, end.repeats), ranged=ranged)


def _beyond(interval: st.Interval, distance: float, margin: float) -> bool:
    """Whether a lie that far off is told apart: it lies outside the margin and its own band is disjoint."""
    apart = abs(distance) > margin
    return apart and st.value_verdict(interval, predicted=distance, margin=margin) is Verdict.REFUTED
