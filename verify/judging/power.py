"""Power of the judgements on means, before the data: from predicted scatter where there is one, else from a pilot.

It is the probability that a true claim is supported, or the least that one of its lies is refuted. By how much a bound,
an order or a trend holds where it does is what the pilot's mean says; the scatter is the upper limit that the pilot leaves
to it. docs/statistics.md, eqs. (3), (5), (6) and (29).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from scipy import special

from verify import statistics as st
from verify.judging.cell_runs import CellRuns, lies_of, unit_of
from verify.judging.claim import Claim
from verify.judging.finding import Bounds
from verify.judging.need import UNKNOWN, Power, power_with_need
from verify.judging.sample import Prediction

__all__ = [
    "CONFIDENCE", "MIRRORED", "bound_power", "law_values", "mean_power", "scatter_is_predicted",
    "scatter_limit", "scatter_of", "value_power",
]  # fmt: skip

CONFIDENCE = 0.9  # that one run's deviation is no larger than what a pilot's power is computed from
MIRRORED = "power: if the truth were as far on the claim's side as the pilot's mean is on the other"


def _moments(values: Sequence[float]) -> tuple[float, float] | None:
    """Mean and standard deviation; None of runs that have none."""
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return None
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    if not variance > 0.0 or not math.isfinite(variance):
        return None
    return mean, math.sqrt(variance)


def scatter_limit(spread: float, runs: int, *, upper: bool = True) -> float:
    """Confidence limit of a standard deviation of which `runs` normal runs showed `spread`: eq. (3), one side."""
    dof = runs - 1
    level = 1.0 - CONFIDENCE if upper else CONFIDENCE
    return spread * math.sqrt(dof / (2.0 * float(special.gammaincinv(dof / 2.0, level))))


class Runs(Protocol):
    """The runs of a cell, or a sample of one number per seed."""

    @property
    def values(self) -> tuple[float, ...]: ...
    @property
    def predictions(self) -> tuple[Prediction, ...]: ...
    @property
    def pilot(self) -> "Runs | None": ...


def _predicted_scatter(runs: Runs, *, unit: float, relative: bool) -> float | None:
    """Deviation of one run as predicted; None where a prediction has none."""
    known = [p.spread / (abs(p.value) if relative else unit) for p in runs.predictions]
    found = math.fsum(known) / len(known) if known else math.nan
    return found if math.isfinite(found) and found > 0 else None


def scatter_of(runs: Runs, *, unit: float = 1.0, relative: bool = False, upper: bool = True) -> float | None:
    """Deviation of one run's (measured - predicted)/unit, or of measured/predicted: predicted, else the pilot's limit."""
    predicted = _predicted_scatter(runs, unit=unit, relative=relative)
    if predicted is not None or runs.pilot is None:
        return predicted
    pairs = list(zip(runs.pilot.values, runs.pilot.predictions, strict=True))
    found = _moments([v / p.value if relative else (v - p.value) / unit for v, p in pairs])
    return None if found is None else scatter_limit(found[1], len(pairs), upper=upper)


def scatter_is_predicted(runs: Runs, *, unit: float = 1.0, relative: bool = False) -> bool:
    """Whether no pilot is asked for the deviation of one run."""
    return _predicted_scatter(runs, unit=unit, relative=relative) is not None


def value_power(claim: Claim, cells: Sequence[CellRuns]) -> Power:
    """Of kind value: every cell inside its margin if the prediction is right, every lie refuted by a cell."""
    units = [unit_of(claim, runs) for runs in cells]
    spreads = {
        upper: [scatter_of(runs, unit=unit, upper=upper) for runs, unit in zip(cells, units, strict=True)]
        for upper in (True, False)
    }
    if None in spreads[True]:
        return UNKNOWN
    far = [lies_of(claim, runs) for runs in cells]
    rate = claim.error_rate / len(cells)

    def power_at(seeds: int, upper: bool) -> float:
        missed, best = 0.0, {lie.name: 0.0 for lie in claim.lies}
        for spread, distances in zip(spreads[upper], far, strict=True):
            assert spread is not None
            supported, refuted = mean_power(claim.margin, spread, seeds, rate, distances)
            missed += 1.0 - supported
            best = {name: max(best[name], refuted[name]) for name in best}
        return max(min([1.0 - missed, *best.values()]), 0.0)

    ranged = not all(scatter_is_predicted(runs, unit=unit) for runs, unit in zip(cells, units, strict=True))
    seeds = min(len(runs.values) for runs in cells)
    return power_with_need(power_at, seeds, ranged=ranged, always=True)


def mean_power(
    margin: float, spread: float, repeats: int, rate: float, distances: Mapping[str, float]
) -> tuple[float, dict[str, float]]:
    """P(SUPPORTED | the prediction is right), and P(REFUTED) of each lie."""
    common = dict(margin=margin, spread=spread, error_rate=rate)
    refuted = {
        name: st.power_value(repeats=repeats, lie=distance, **common) if abs(distance) > margin else 0.0
        for name, distance in distances.items()
    }
    return st.power_value(repeats=repeats, **common), refuted


def bound_power(
    claim: Claim, cells: Sequence[CellRuns], bounds_of: Callable[[CellRuns], Bounds], lie_margin: float
) -> Power:
    """Of kinds bound, order and trend: P(supported, lies refuted) if the claim is true in every cell.

    True by as much as the pilot's mean says; where that lies beyond a bound, as far on the right side of it (the note
    says so). A lie is refuted when the interval is disjoint from it +- `lie_margin`.
    """
    found = [_pilot_of_a_bound(claim, runs, bounds_of(runs), lie_margin) for runs in cells]
    if None in found:
        return UNKNOWN
    known = [each for each in found if each is not None]
    rate = claim.error_rate / len(cells)

    def power_at(seeds: int, upper: bool) -> float:
        missed: list[float] = []
        best = {lie.name: 0.0 for lie in claim.lies}
        for each in known:
            spread = scatter_limit(each.spread, each.runs, upper=upper)
            common = dict(spread=spread, repeats=seeds, error_rate=rate)
            missed += [1.0 - st.side_power(distance=room, **common) for room in each.rooms]
            for name, apart in each.apart.items():
                best[name] = max(best[name], st.side_power(distance=apart, **common))
        return max(min([1.0 - math.fsum(missed), *best.values()]), 0.0)

    note = MIRRORED if any(each.mirrored for each in known) else ""
    return power_with_need(power_at, min(len(runs.values) for runs in cells), ranged=True, note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PilotOfABound:
    """What a cell's pilot says: deviation and runs, room to each bound, distance of the lies that are told apart."""

    spread: float
    runs: int
    rooms: tuple[float, ...]
    apart: Mapping[str, float]
    mirrored: bool


def _pilot_of_a_bound(
    claim: Claim, runs: CellRuns, bounds: Bounds, lie_margin: float
) -> _PilotOfABound | None:
    found = None if runs.pilot is None else _moments(runs.pilot.values)
    if found is None or runs.pilot is None:
        return None
    low, high = bounds
    truth = _within(found[0], low, high)
    apart = {name: abs(truth - value) - lie_margin for name, value in law_values(claim, runs).items()}
    return _PilotOfABound(
        spread=found[1],
        runs=len(runs.pilot.values),
        rooms=(*(() if low is None else (truth - low,)), *(() if high is None else (high - truth,))),
        apart={name: distance for name, distance in apart.items() if distance > 0},
        mirrored=truth != found[0],
    )


def _within(mean: float, low: float | None, high: float | None) -> float:
    """The mean, mirrored at a bound that it lies beyond; no farther than halfway to the other."""
    if low is not None and mean < low:
        return min(2.0 * low - mean, math.inf if high is None else (low + high) / 2.0)
    if high is not None and mean > high:
        return max(2.0 * high - mean, -math.inf if low is None else (low + high) / 2.0)
    return mean


def law_values(claim: Claim, runs: CellRuns) -> dict[str, float]:
    """What each lie says the measured number is, in this cell."""
    return {
        lie.name: runs.mean([lie.law(c, p) for c, p in zip(runs.cases, runs.predictions, strict=True)])
        for lie in claim.lies
    }
