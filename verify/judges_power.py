"""Power of the judgements on means, before the data: from predicted scatter where there is one, else from a pilot.

A claim is decided rightly with probability of at least what is reported: a true one is supported and every lie refuted.
Whether a bound, an order or a trend is true, and by how much, is what the pilot's mean says. docs/statistics.md, eqs.
(5), (6) and (29).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from verify import statistics as st
from verify.claim import Claim, Prediction
from verify.judges_groups import Group, lies_of, unit_of

__all__ = ["Bounds", "bound_power", "law_values", "mean_power", "scatter_of", "value_power"]

Bounds = tuple[float | None, float | None]
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


class Runs(Protocol):
    """A group, or a sample of one number per seed."""

    @property
    def values(self) -> tuple[float, ...]: ...
    @property
    def predictions(self) -> tuple[Prediction, ...]: ...
    @property
    def pilot(self) -> "Runs | None": ...


def scatter_of(runs: Runs, *, unit: float = 1.0, relative: bool = False) -> float | None:
    """Standard deviation of one run's (measured - predicted)/unit, or of measured/predicted: predicted, else the pilot's."""
    known = [p.spread / (abs(p.value) if relative else unit) for p in runs.predictions]
    predicted = math.fsum(known) / len(known) if known else math.nan
    if math.isfinite(predicted) and predicted > 0:
        return predicted
    if runs.pilot is None:
        return None
    pairs = zip(runs.pilot.values, runs.pilot.predictions, strict=True)
    found = _moments([v / p.value if relative else (v - p.value) / unit for v, p in pairs])
    return None if found is None else found[1]


def value_power(claim: Claim, groups: Sequence[Group]) -> Known:
    """Of kind value: every cell inside its margin if the prediction is right, every lie refuted by a cell."""
    rate = claim.error_rate / len(groups)
    missed = 0.0
    needed: list[int | None] = []
    best = {lie.name: 0.0 for lie in claim.lies}
    for group in groups:
        spread = scatter_of(group, unit=unit_of(claim, group))
        if spread is None:
            return None, None
        supported, seeds, refuted = mean_power(
            claim.margin, spread, len(group.values), rate, lies_of(claim, group)
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
    claim: Claim, groups: Sequence[Group], bounds_of: Callable[[Group], Bounds], lie_margin: float
) -> float | None:
    """Of kinds bound, order and trend, if the truth is the pilot's mean: supported, lies refuted, where it is in bounds
    in every cell; refuted where it is not. A lie is refuted when the interval is disjoint from it +- `lie_margin`.
    """
    rate = claim.error_rate / len(groups)
    inside: list[float] = []
    beyond: list[float] = []
    best = {lie.name: 0.0 for lie in claim.lies}
    for group in groups:
        truth = None if group.pilot is None else _moments(group.pilot.values)
        if truth is None:
            return None
        mean, spread = truth
        common = dict(spread=spread, repeats=len(group.values), error_rate=rate)
        low, high = bounds_of(group)
        for room in (
            *(() if low is None else (mean - low,)),
            *(() if high is None else (high - mean,)),
        ):
            if room > 0:
                inside.append(1.0 - st.side_power(distance=room, **common))
            else:
                beyond.append(st.side_power(distance=-room, **common))
        for name, value in law_values(claim, group).items():
            apart = abs(mean - value) - lie_margin
            if apart > 0:
                best[name] = max(best[name], st.side_power(distance=apart, **common))
    if beyond:
        return max(beyond)
    return max(min([1.0 - math.fsum(inside), *best.values()]), 0.0)


def law_values(claim: Claim, group: Group) -> dict[str, float]:
    """What each lie says the measured number is, in this cell."""
    return {
        lie.name: group.mean([lie.law(c, p) for c, p in zip(group.cases, group.predictions, strict=True)])
        for lie in claim.lies
    }
