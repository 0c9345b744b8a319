"""Power of the judgements on means, before the data: from predicted scatter where there is one, else from a pilot.

It is the probability that a true claim is supported, or the least that one of its lies is refuted. By how much a bound,
an order or a trend holds where it does is what the pilot's mean says; the scatter is the upper limit that the pilot leaves
to it. docs/statistics.md, eqs. (3), (5), (6) and (29).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from scipy import special

from verify import statistics as st
from verify.judging.cell_runs import CellRuns, lies_of, unit_of
from verify.judging.claim import Claim
from verify.judging.finding import Bounds
from verify.judging.sample import Prediction

__all__ = [
    "CONFIDENCE", "MIRRORED", "bound_power", "law_values", "mean_power", "scatter_limit", "scatter_of",
    "value_power",
]  # fmt: skip

CONFIDENCE = 0.9  # that one run's deviation is no larger than what a pilot's power is computed from
MIRRORED = "power: if the truth were as far on the claim's side as the pilot's mean is on the other"
Known = tuple[float | None, int | None]  # power and seeds needed, None where not known


def _moments(values: Sequence[float]) -> tuple[float, float] | None:
    """Mean and standard deviation; None of runs that have none."""
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return None
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    if not variance > 0.0 or not math.isfinite(variance):
        return None
    return mean, math.sqrt(variance)


def scatter_limit(spread: float, runs: int) -> float:
    """Upper confidence limit of a standard deviation of which `runs` normal runs showed `spread`: eq. (3), one side."""
    dof = runs - 1
    return spread * math.sqrt(dof / (2.0 * float(special.gammaincinv(dof / 2.0, 1.0 - CONFIDENCE))))


class Runs(Protocol):
    """The runs of a cell, or a sample of one number per seed."""

    @property
    def values(self) -> tuple[float, ...]: ...
    @property
    def predictions(self) -> tuple[Prediction, ...]: ...
    @property
    def pilot(self) -> "Runs | None": ...


def scatter_of(runs: Runs, *, unit: float = 1.0, relative: bool = False) -> float | None:
    """Deviation of one run's (measured - predicted)/unit, or of measured/predicted: predicted, else the pilot's limit."""
    known = [p.spread / (abs(p.value) if relative else unit) for p in runs.predictions]
    predicted = math.fsum(known) / len(known) if known else math.nan
    if math.isfinite(predicted) and predicted > 0:
        return predicted
    if runs.pilot is None:
        return None
    pairs = list(zip(runs.pilot.values, runs.pilot.predictions, strict=True))
    found = _moments([v / p.value if relative else (v - p.value) / unit for v, p in pairs])
    return None if found is None else scatter_limit(found[1], len(pairs))


def value_power(claim: Claim, cells: Sequence[CellRuns]) -> Known:
    """Of kind value: every cell inside its margin if the prediction is right, every lie refuted by a cell."""
    rate = claim.error_rate / len(cells)
    missed = 0.0
    needed: list[int | None] = []
    best = {lie.name: 0.0 for lie in claim.lies}
    for runs in cells:
        spread = scatter_of(runs, unit=unit_of(claim, runs))
        if spread is None:
            return None, None
        supported, seeds, refuted = mean_power(
            claim.margin, spread, len(runs.values), rate, lies_of(claim, runs)
        )
        missed += 1.0 - supported
        needed.append(seeds)
        best = {name: max(best[name], refuted[name]) for name in best}
    known = [seeds for seeds in needed if seeds is not None]
    most = max(known) if len(known) == len(needed) else None
    return max(min([1.0 - missed, *best.values()]), 0.0), most


def mean_power(
    margin: float, spread: float, repeats: int, rate: float, distances: Mapping[str, float]
) -> tuple[float, int | None, dict[str, float]]:
    """P(SUPPORTED | the prediction is right), seeds that bring it to 0.99, and P(REFUTED) of each lie."""
    common = dict(margin=margin, spread=spread, error_rate=rate)
    try:
        needed = int(st.repeats_needed(**common))
    except ValueError:
        needed = None
    refuted = {
        name: st.power_value(repeats=repeats, lie=distance, **common) if abs(distance) > margin else 0.0
        for name, distance in distances.items()
    }
    return st.power_value(repeats=repeats, **common), needed, refuted


def bound_power(
    claim: Claim, cells: Sequence[CellRuns], bounds_of: Callable[[CellRuns], Bounds], lie_margin: float
) -> tuple[float | None, str]:
    """Of kinds bound, order and trend: P(supported, lies refuted) if the claim is true in every cell, and a note.

    True by as much as the pilot's mean says; where that lies beyond a bound, as far on the right side of it (the note
    says so). A lie is refuted when the interval is disjoint from it +- `lie_margin`.
    """
    rate = claim.error_rate / len(cells)
    missed: list[float] = []
    best = {lie.name: 0.0 for lie in claim.lies}
    note = ""
    for runs in cells:
        found = None if runs.pilot is None else _moments(runs.pilot.values)
        if found is None or runs.pilot is None:
            return None, ""
        spread = scatter_limit(found[1], len(runs.pilot.values))
        common = dict(spread=spread, repeats=len(runs.values), error_rate=rate)
        low, high = bounds_of(runs)
        truth = _within(found[0], low, high)
        note = MIRRORED if truth != found[0] else note
        rooms = (
            *(() if low is None else (truth - low,)),
            *(() if high is None else (high - truth,)),
        )
        missed += [1.0 - st.side_power(distance=room, **common) for room in rooms]
        for name, value in law_values(claim, runs).items():
            apart = abs(truth - value) - lie_margin
            if apart > 0:
                best[name] = max(best[name], st.side_power(distance=apart, **common))
    return max(min([1.0 - math.fsum(missed), *best.values()]), 0.0), note


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
