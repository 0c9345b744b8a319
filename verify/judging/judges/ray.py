"""Judges along the paper's ray: the mean with a band for every scale, and the large scales predicted from the small ones."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from verify import statistics as st
from verify.judging.cell_runs import WEIGHT
from verify.judging.cells import Cells, by_cell, factor_bounds, factors, mean_finding, needed, no_scatter
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import AlsoJudged, Control, Finding, Role
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["LAST_FITTED_SCALE", "judge_ordered", "judge_ray"]

LAST_FITTED_SCALE = 5  # the ordered check fits k <= 5 and predicts the rest


def judge_ray(claim: Claim, sample: Sample) -> Finding:
    """Kind value on the ray: the weighted mean of measured/predicted over its cells, and a band for every cell.

    The finding has the interval that the verdict follows from: at the claim's rate where it supports, else at half of it.

    A cell whose interval is disjoint from the margin refutes; a cell inside supports nothing, the mean does. Cells off
    the ray lend their scatter to the pooled scale, never their mean.
    """
    if sample.repeats < 2 or not sample.values:
        return unjudged(claim, sample, "needs at least 2 seeds")
    cells = by_cell(claim, sample)
    on_ray = np.array([cell.design == "ray" for cell in cells.cells])
    mean_of = partial(st.group_mean, cells.z, sizes=cells.sizes, spread=cells.spread)
    mean = mean_of(on_ray, error_rate=claim.error_rate)
    rate = (
        claim.error_rate / 2
    )  # two ways to refute, the mean and the band, share the rate; only the mean supports
    against = mean_of(on_ray, error_rate=rate)
    bands = [
        (cells.cells[index].label, mean_of(np.arange(len(on_ray)) == index, error_rate=rate / on_ray.sum()))
        for index in np.flatnonzero(on_ray)
    ]
    outside = [
        label
        for label, band in bands
        if st.value_verdict(band, predicted=0.0, margin=claim.margin) is Verdict.REFUTED
    ]
    weights = on_ray * cells.spread**-2 / np.sum(cells.spread[on_ray] ** -2)
    distances = {name: float(weights @ ratio) for name, ratio in cells.lies.items()}
    power: tuple[float | None, int | None] = (None, None)
    if cells.known_spread:
        asked: dict[str, Any] = dict(
            sizes=cells.sizes,
            spread=cells.spread,
            error_rate=claim.error_rate,
            margin=claim.margin,
            lies=distances,
        )
        power = (
            st.group_power(on_ray, seeds=cells.seeds, **asked),
            needed(lambda: st.group_seeds_needed(on_ray, **asked)),
        )
    refuted = (
        bool(outside) or st.value_verdict(against, predicted=0.0, margin=claim.margin) is Verdict.REFUTED
    )
    supported = st.value_verdict(mean, predicted=0.0, margin=claim.margin) is Verdict.SUPPORTED
    verdict = Verdict.REFUTED if refuted else Verdict.SUPPORTED if supported else Verdict.INCONCLUSIVE
    note = f"outside the band: {', '.join(outside)}" if outside else no_scatter(cells)
    return mean_finding(
        claim, sample, mean, verdict, distances, power, note,
        shown=mean if supported else against, also=(_worst_band(claim, bands, outside),),
    )  # fmt: skip


def _worst_band(claim: Claim, bands: Sequence[tuple[str, st.Interval]], outside: Sequence[str]) -> AlsoJudged:
    """The scale whose band is farthest off, one of those outside where there are any."""
    label, band = max(bands, key=lambda each: (each[0] in outside, abs(each[1].estimate)))
    return AlsoJudged(
        what=f"measured/predicted of the scale farthest off, {label}", predicted=1.0, estimate=math.exp(band.estimate),
        interval=factors(band), margin=claim.margin, bounds=factor_bounds(claim.margin), role=Role.REFUTES,
    )  # fmt: skip


def judge_ordered(claim: Claim, sample: Sample) -> Finding:
    """Kind order: a constant fitted on the scales k <= 5 predicts the others, each within the margin."""
    if sample.repeats < 2 or not sample.values:
        return unjudged(claim, sample, "needs at least 2 seeds")
    cells = _rising(by_cell(claim, sample))
    first = sum(cell.k is not None and cell.k <= LAST_FITTED_SCALE for cell in cells.cells)
    found = st.ordered_check(cells.z, first=first, spread=cells.spread, error_rate=claim.error_rate)
    weights = cells.spread[:first] ** -2 / np.sum(cells.spread[:first] ** -2)
    controls = []
    for name, drift in cells.lies.items():
        offsets = drift[first:] - weights @ drift[:first]
        apart = [
            st.value_verdict(deviation, predicted=float(offset), margin=claim.margin)
            for deviation, offset in zip(found.deviations, offsets, strict=True)
        ]
        controls.append(Control(lie=name, verdict=st.joint_verdict(apart)))
    judged = [
        st.value_verdict(deviation, predicted=0.0, margin=claim.margin) for deviation in found.deviations
    ]
    _, worst = max(
        zip(judged, found.deviations, strict=True),
        key=lambda each: (WEIGHT.index(each[0]), abs(each[1].estimate)),
    )
    power, seeds = _ordered_power(claim, cells, first)
    return make_finding(
        claim,
        sample,
        st.ordered_verdict(found, margin=claim.margin),
        controls,
        predicted=1.0,
        estimate=math.exp(worst.estimate),
        standard_error=worst.standard_error,
        interval=factors(worst),
        bounds=factor_bounds(claim.margin),
        dof=worst.dof,
        power=power,
        repeats_needed=seeds,
        note=f"estimate and interval of the scale farthest off among {len(found.deviations)} predicted",
    )


def _rising(cells: Cells) -> Cells:
    """The same cells in rising order of scale."""
    order = sorted(range(len(cells.cells)), key=lambda index: cells.cells[index].k or 0)
    return Cells(
        cells=tuple(cells.cells[index] for index in order),
        z=cells.z[order],
        spread=cells.spread[order],
        known_spread=cells.known_spread,
        lies={name: ratio[order] for name, ratio in cells.lies.items()},
    )


def _ordered_power(claim: Claim, cells: Cells, first: int) -> tuple[float | None, int | None]:
    if not cells.known_spread:
        return None, None
    design = dict(first=first, spread=cells.spread, error_rate=claim.error_rate, margin=claim.margin)
    power = min(
        st.ordered_power(seeds=cells.seeds, drift=drift, **design) for drift in (None, *cells.lies.values())
    )
    if power >= 0.99:
        return power, None
    return power, needed(
        lambda: max(st.ordered_seeds_needed(drift=drift, **design) for drift in cells.lies.values())
    )
