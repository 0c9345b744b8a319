"""A sample by cell and seed, as z = log(measured/predicted), for judges of laws across cells; findings on its mean."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding
from verify.judging.finding import AlsoJudged, Control, Finding
from verify.judging.lies import check_lies
from verify.judging.sample import Sample
from verify.problem.cells import Cell
from verify.statistics.verdict import Verdict

__all__ = ["Cells", "by_cell", "factor_bounds", "factors", "mean_finding", "needed", "no_scatter"]


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


def needed(seeds: Callable[[], int | None]) -> int | None:
    """Seeds needed; None where no affordable number is enough."""
    try:
        return seeds()
    except ValueError:
        return None


def no_scatter(cells: Cells) -> str:
    """Why a record allows no interval; empty where it allows one."""
    if not np.isfinite(cells.z).all():
        return f"{int(np.sum(~np.isfinite(cells.z)))} of {cells.z.size} runs gave no finite positive number"
    if cells.seeds > 1 and bool((np.ptp(cells.z, axis=1) <= 1e-14).any()):
        return "runs agree to the last digit: no scatter to judge by"
    return ""


def mean_finding(
    claim: Claim,
    sample: Sample,
    mean: st.Interval,
    verdict: Verdict,
    distances: Mapping[str, float],
    power: tuple[float | None, int | None],
    note: str = "",
    *,
    shown: st.Interval | None = None,
    also: Sequence[AlsoJudged] = (),
) -> Finding:
    """The finding on a mean of z = log(measured/predicted), lies given as distances of z.

    `shown` is the interval that the verdict follows from, where that is not the one by which lies are judged.
    """
    judged = shown or mean
    check_lies(claim, {name: (distance,) for name, distance in distances.items()})
    controls = [
        Control(lie=name, verdict=st.value_verdict(mean, predicted=distance, margin=claim.margin))
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
        interval=factors(judged),
        bounds=factor_bounds(claim.margin),
        dof=judged.dof,
        also=also,
        power=power[0],
        repeats_needed=power[1],
        note=note,
    )


def factor_bounds(margin: float) -> tuple[float, float]:
    """What a factor must lie between whose logarithm must lie within +- `margin`."""
    return math.exp(-margin), math.exp(margin)


def factors(interval: st.Interval) -> tuple[float, float] | None:
    """The interval of a logarithm as one of the factor; None where the record allows none."""
    if not interval.usable:
        return None
    return math.exp(max(interval.low, -700.0)), math.exp(min(interval.high, 700.0))
