"""From a claim and its runs to a finding: one function per kind of scaling claim.

The statistics are `verify.statistics`' (docs/statistics.md); here they are put to a claim and to each of its lies.
All but the identity work on z = log(measured/predicted), one row per cell, one column per seed.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify import statistics as st
from verify.claim import Claim, Control, Finding, Sample, Verdict
from verify.designs import Cell

__all__ = [
    "make_finding",
    "unjudged",
    "Cells",
    "by_cell",
    "judge_constant",
    "judge_exponents",
    "judge_identity",
    "judge_ordered",
    "judge_ray",
]

LAST_FITTED_SCALE = 5  # the ordered check fits k <= 5 and predicts the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A sample as arrays: one row per cell, one column per seed."""

    cells: tuple[Cell, ...]
    z: NDArray[np.float64]  # log(measured/predicted), shape (cells, seeds)
    spread: NDArray[np.float64]  # predicted standard deviation of z in one run, shape (cells,)
    known_spread: bool  # False: only the ratios between cells are meant
    lies: Mapping[str, NDArray[np.float64]]  # log(lie/predicted), shape (cells,)

    @property
    def sizes(self) -> dict[str, NDArray[np.float64]]:
        """n, N, d per cell."""
        return {
            name: np.array([float(getattr(cell, name)) for cell in self.cells]) for name in ("n", "N", "d")
        }

    @property
    def seeds(self) -> int:
        """Repeats per cell."""
        return int(self.z.shape[1])


def by_cell(claim: Claim, sample: Sample) -> Cells:
    """Arrange a sample by cell and seed; a value that is not positive and finite becomes nan."""
    cells = tuple(dict.fromkeys(case.cell for case in sample.cases))
    seeds = tuple(dict.fromkeys(sample.seeds))
    row = {cell: index for index, cell in enumerate(cells)}
    column = {seed: index for index, seed in enumerate(seeds)}
    z = np.full((len(cells), len(seeds)), np.nan)
    lies = {lie.name: np.zeros_like(z) for lie in claim.lies}
    spreads = np.full_like(z, np.nan)
    for case, seed, value, prediction in zip(
        sample.cases, sample.seeds, sample.values, sample.predictions, strict=True
    ):
        at = row[case.cell], column[seed]
        usable = math.isfinite(value) and value > 0
        z[at] = math.log(value / prediction.value) if usable else math.nan
        spreads[at] = prediction.spread / prediction.value
        for lie in claim.lies:
            lies[lie.name][at] = math.log(lie.law(case, prediction) / prediction.value)
    spread = spreads.mean(axis=1) if len(seeds) else np.ones(0)
    known = bool(np.isfinite(spread).all() and (spread > 0).all())
    if not known:
        spread = np.array([cell.d**-0.5 for cell in cells])
    return Cells(
        cells=cells,
        z=z,
        spread=spread,
        known_spread=known,
        lies={name: values.mean(axis=1) for name, values in lies.items()} if len(seeds) else {},
    )


def make_finding(
    claim: Claim, sample: Sample, verdict: Verdict, controls: list[Control], **fields: Any
) -> Finding:
    notes = [fields.pop("note", ""), *sample.flags]
    uncaught = [control.lie for control in controls if control.verdict is not Verdict.REFUTED]
    final = st.combine(verdict, controls)
    if verdict is Verdict.SUPPORTED and final is not verdict:
        notes.append(f"no power: not refuted by these runs: {', '.join(uncaught)}")
    defaults: dict[str, Any] = {
        "predicted": None,
        "estimate": None,
        "standard_error": None,
        "interval": None,
        "power": None,
        "repeats": sample.repeats,
        "repeats_needed": None,
    }
    return Finding(
        claim=claim.id,
        statement=claim.statement,
        source=claim.source,
        reading=claim.reading,
        kind=str(claim.kind),
        verdict=final,
        margin=claim.margin,
        error_rate=claim.error_rate,
        controls=tuple(controls),
        note="; ".join(dict.fromkeys(note for note in notes if note)),
        **(defaults | fields),
    )


def needed(seeds: Callable[[], int | None]) -> int | None:
    """Seeds needed; None where no affordable number is enough."""
    try:
        return seeds()
    except ValueError:
        return None


def _no_scatter(cells: Cells) -> str:
    """Why a record allows no interval; empty where it allows one."""
    if not np.isfinite(cells.z).all():
        return f"{int(np.sum(~np.isfinite(cells.z)))} of {cells.z.size} runs gave no finite positive number"
    if cells.seeds > 1 and bool((np.ptp(cells.z, axis=1) <= 1e-14).any()):
        return "runs agree to the last digit: no scatter to judge by"
    return ""


def unjudged(claim: Claim, sample: Sample, note: str) -> Finding:
    controls = [Control(lie=lie.name, verdict=Verdict.INCONCLUSIVE) for lie in claim.lies]
    return make_finding(claim, sample, Verdict.INCONCLUSIVE, controls, note=note)


def judge_identity(claim: Claim, sample: Sample) -> Finding:
    """Kind identity: every run equals its prediction to the tolerance that its spread field carries.

    A lie is refuted when one run disagrees with it. One that agrees with the prediction on every run (a law that is
    proportional to it on these cells) is no lie in this case: it is left out, and the note says so.
    """
    if not sample.values:
        return unjudged(claim, sample, "no runs")
    values = np.array(sample.values)
    expected = np.array([prediction.value for prediction in sample.predictions])
    if not (expected > 0).all():
        return unjudged(claim, sample, "nothing to judge")
    tolerance = np.array([prediction.spread for prediction in sample.predictions])
    verdict = st.judge_identity(values, expected=expected, tolerance=tolerance)
    controls, same = [], []
    for lie in claim.lies:
        law = np.array(
            [lie.law(case, pred) for case, pred in zip(sample.cases, sample.predictions, strict=True)]
        )
        if np.all(np.abs(law - expected) <= tolerance):
            same.append(lie.name)
        else:
            controls.append(
                Control(lie=lie.name, verdict=st.judge_identity(values, expected=law, tolerance=tolerance))
            )
    ratios = values / expected
    worst = float(ratios[np.argmax(np.abs(ratios - 1.0))]) if np.isfinite(values).all() else math.nan
    note = f"the same numbers on these cells, so not told apart: {', '.join(same)}" if same else ""
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=1.0,
        estimate=worst,
        standard_error=0.0,
        power=1.0,
        note=note,
    )


def judge_exponents(claim: Claim, sample: Sample) -> Finding:
    """Kind exponent: the exponents of measured/predicted in n, N, d, and every rival law's share in it."""
    if sample.repeats < 2 or not sample.values:
        return unjudged(claim, sample, "needs at least 2 seeds")
    cells = by_cell(claim, sample)
    fit = st.exponent_fit(cells.z, cells.sizes, spread=cells.spread, error_rate=claim.error_rate)
    controls = [
        Control(
            lie=name,
            verdict=st.judge_rival(
                st.rival_fit(cells.z, ratio, spread=cells.spread, error_rate=claim.error_rate)
            ),
        )
        for name, ratio in cells.lies.items()
    ]
    power, seeds = _design_power(claim, cells)
    notes = [_no_scatter(cells)]
    if fit.not_identified:
        notes.append(f"not identified by this design: {', '.join(fit.not_identified)}")
    nominal = claim.exponents
    return make_finding(
        claim,
        sample,
        st.judge_exponents(fit, margin=claim.margin),
        controls,
        predicted=dict(nominal),
        estimate={name: nominal[name] + found.estimate for name, found in fit.exponents.items()},
        standard_error={name: found.standard_error for name, found in fit.exponents.items()},
        interval={
            name: (nominal[name] + found.low, nominal[name] + found.high)
            for name, found in fit.exponents.items()
            if found.usable
        },
        power=power,
        repeats_needed=seeds,
        note="; ".join(note for note in notes if note),
    )


def _design_power(claim: Claim, cells: Cells) -> tuple[float | None, int | None]:
    """The least power over the claim and its lies, and the seeds that bring it to 0.99; None where the sd is unknown."""
    if not cells.known_spread:
        return None, None
    design = dict(spread=cells.spread, error_rate=claim.error_rate, margin=claim.margin, rivals=cells.lies)
    power = st.exponent_power(cells.sizes, seeds=cells.seeds, **design)
    return power.least, needed(lambda: st.seeds_needed(cells.sizes, **design))


def judge_constant(claim: Claim, sample: Sample) -> Finding:
    """Kind value: measured/predicted at the centre of the design, exponents left free where they are identified."""
    if sample.repeats < 2 or not sample.values:
        return unjudged(claim, sample, "needs at least 2 seeds")
    cells = by_cell(claim, sample)
    free = st.exponent_fit(cells.z, cells.sizes, spread=cells.spread, error_rate=claim.error_rate)
    sizes = {} if free.not_identified else cells.sizes
    constant = st.exponent_fit(cells.z, sizes, spread=cells.spread, error_rate=claim.error_rate).constant
    weights = cells.spread**-2 / np.sum(cells.spread**-2)
    distances = {name: float(weights @ ratio) for name, ratio in cells.lies.items()}
    verdict = st.judge_value(constant, predicted=0.0, margin=claim.margin)
    power = _constant_power(claim, cells, sizes, distances)
    return _mean_finding(claim, sample, constant, verdict, distances, power, _no_scatter(cells))


def _constant_power(
    claim: Claim, cells: Cells, sizes: Mapping[str, NDArray[np.float64]], distances: Mapping[str, float]
) -> tuple[float | None, int | None]:
    if not cells.known_spread:
        return None, None
    design = dict(
        spread=cells.spread,
        error_rate=claim.error_rate,
        margin=1.0,  # of the exponents, which are not judged here
        constant_margin=claim.margin,
        constant_lies=distances,
    )
    power = st.exponent_power(sizes, seeds=cells.seeds, **design)
    least = min([power.constant, *power.constant_lies.values()])
    return least, needed(lambda: st.seeds_needed(sizes, **design))


def judge_ray(claim: Claim, sample: Sample) -> Finding:
    """Kind value on the ray: the weighted mean of measured/predicted over its cells, and a band for every cell.

    A cell whose interval is disjoint from the margin refutes; a cell inside supports nothing, the mean does. Cells off
    the ray lend their scatter to the pooled scale, never their mean.
    """
    if sample.repeats < 2 or not sample.values:
        return unjudged(claim, sample, "needs at least 2 seeds")
    cells = by_cell(claim, sample)
    on_ray = np.array([cell.design == "ray" for cell in cells.cells])
    design: dict[str, Any] = dict(sizes=cells.sizes, spread=cells.spread)
    mean = st.group_mean(cells.z, on_ray, error_rate=claim.error_rate, **design)
    rate = (
        claim.error_rate / 2
    )  # two ways to refute, the mean and the band, share the rate; only the mean supports
    against = st.group_mean(cells.z, on_ray, error_rate=rate, **design)
    outside = []
    for index in np.flatnonzero(on_ray):
        alone = np.arange(len(on_ray)) == index
        interval = st.group_mean(cells.z, alone, error_rate=rate / on_ray.sum(), **design)
        if st.judge_value(interval, predicted=0.0, margin=claim.margin) is Verdict.REFUTED:
            outside.append(cells.cells[index].label)
    weights = on_ray * cells.spread**-2 / np.sum(cells.spread[on_ray] ** -2)
    distances = {name: float(weights @ ratio) for name, ratio in cells.lies.items()}
    power: tuple[float | None, int | None] = (None, None)
    if cells.known_spread:
        asked: dict[str, Any] = dict(
            error_rate=claim.error_rate, margin=claim.margin, lies=distances, **design
        )
        power = (
            st.group_power(on_ray, seeds=cells.seeds, **asked),
            needed(lambda: st.group_seeds_needed(on_ray, **asked)),
        )
    refuted = bool(outside) or st.judge_value(against, predicted=0.0, margin=claim.margin) is Verdict.REFUTED
    supported = st.judge_value(mean, predicted=0.0, margin=claim.margin) is Verdict.SUPPORTED
    verdict = Verdict.REFUTED if refuted else Verdict.SUPPORTED if supported else Verdict.INCONCLUSIVE
    note = f"outside the band: {', '.join(outside)}" if outside else _no_scatter(cells)
    return _mean_finding(claim, sample, mean, verdict, distances, power, note)


def _mean_finding(
    claim: Claim,
    sample: Sample,
    mean: st.Interval,
    verdict: Verdict,
    distances: Mapping[str, float],
    power: tuple[float | None, int | None],
    note: str = "",
) -> Finding:
    """The finding on a mean of z = log(measured/predicted), lies given as distances of z."""
    controls = [
        Control(lie=name, verdict=st.judge_value(mean, predicted=distance, margin=claim.margin))
        for name, distance in distances.items()
    ]
    factor = math.exp(mean.estimate)
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=1.0,
        estimate=factor,
        standard_error=factor * mean.standard_error,
        interval=_factors(mean),
        power=power[0],
        repeats_needed=power[1],
        note=note,
    )


def _factors(interval: st.Interval) -> tuple[float, float] | None:
    """The interval of a logarithm as one of the factor; None where the record allows none."""
    if not interval.usable:
        return None
    return math.exp(max(interval.low, -700.0)), math.exp(min(interval.high, 700.0))


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
            st.judge_value(deviation, predicted=float(offset), margin=claim.margin)
            for deviation, offset in zip(found.deviations, offsets, strict=True)
        ]
        controls.append(Control(lie=name, verdict=st.judge_all(apart)))
    worst = max(found.deviations, key=lambda deviation: abs(deviation.estimate))
    power, seeds = _ordered_power(claim, cells, first)
    return make_finding(
        claim,
        sample,
        st.judge_ordered(found, margin=claim.margin),
        controls,
        predicted=1.0,
        estimate=math.exp(worst.estimate),
        standard_error=worst.standard_error,
        interval=_factors(worst),
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
