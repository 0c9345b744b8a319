"""The runs of one cell, and what judges of one number per cell and seed ask of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.finding import Control
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.cells import Cell
from verify.statistics.verdict import Verdict

__all__ = [
    "WEIGHT", "CellRuns", "JudgedCell", "control_of", "deciding", "interval_of", "lies_of", "runs_by_cell", "too_few",
    "unit_of", "which_cell",
]  # fmt: skip

WEIGHT = (Verdict.SUPPORTED, Verdict.INCONCLUSIVE, Verdict.REFUTED)  # of a cell's verdict in that of them all


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRuns:
    """The runs of one cell, and the pilot's."""

    cell: Cell
    cases: tuple[Case, ...]
    values: tuple[float, ...]
    predictions: tuple[Prediction, ...]
    pilot: "CellRuns | None" = None

    def mean(self, numbers: Sequence[float]) -> float:
        return float(np.mean(numbers)) if len(numbers) else math.nan

    @property
    def predicted(self) -> float:
        """Mean prediction over the cell's runs."""
        return self.mean([prediction.value for prediction in self.predictions])

    @property
    def spread(self) -> float:
        """Predicted standard deviation of one run; nan where unknown."""
        return self.mean([prediction.spread for prediction in self.predictions])


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCell:
    """A cell's verdict, the interval that it follows from, and how near the cell is to another verdict."""

    verdict: Verdict
    runs: CellRuns
    interval: st.Interval
    nearness: float = 0.0


def deciding(cells: Sequence[JudgedCell]) -> JudgedCell:
    """The cell that the verdict on all of them follows from: a refuted one, else an open one; the nearest of its kind."""
    return max(cells, key=lambda cell: (WEIGHT.index(cell.verdict), cell.nearness))


def which_cell(cells: Sequence[JudgedCell]) -> str:
    """A word on the cell whose numbers a finding has; none where there is one cell."""
    return (
        f"numbers of the cell that decides among {len(cells)}: {deciding(cells).runs.cell.label}"
        if len(cells) > 1
        else ""
    )


def runs_by_cell(sample: Sample) -> list[CellRuns]:
    """The runs of each cell; their pilot is the same cell's."""
    pilots = {} if sample.pilot is None else {runs.cell: runs for runs in runs_by_cell(sample.pilot)}
    cells = []
    for cell in dict.fromkeys(case.cell for case in sample.cases):
        here = [index for index, case in enumerate(sample.cases) if case.cell == cell]
        cells.append(
            CellRuns(
                cell=cell,
                cases=tuple(sample.cases[index] for index in here),
                values=tuple(sample.values[index] for index in here),
                predictions=tuple(sample.predictions[index] for index in here),
                pilot=pilots.get(cell),
            )
        )
    return cells


def too_few(sample: Sample) -> bool:
    return not sample.values or sample.repeats < 2


def unit_of(claim: Claim, runs: CellRuns) -> float:
    """What the margin is a multiple of: 1, or the prediction's size."""
    return abs(runs.predicted) if claim.relative else 1.0


def interval_of(claim: Claim, runs: CellRuns, cells: int) -> st.Interval:
    """Of (measured - predicted) in units of the margin's unit, run by run."""
    unit = unit_of(claim, runs)
    differences = [
        (value - prediction.value) / unit
        for value, prediction in zip(runs.values, runs.predictions, strict=True)
    ]
    return st.mean_interval(differences, error_rate=claim.error_rate / cells)


def lies_of(claim: Claim, runs: CellRuns) -> dict[str, float]:
    """How far each lie lies from the prediction in this cell, in the margin's unit."""
    unit = unit_of(claim, runs)
    return {
        lie.name: runs.mean(
            [(lie.law(c, p) - p.value) / unit for c, p in zip(runs.cases, runs.predictions, strict=True)]
        )
        for lie in claim.lies
    }


def control_of(name: str, verdicts: Sequence[Verdict]) -> Control:
    """A lie about every cell is refuted by one."""
    refuted = Verdict.REFUTED in verdicts
    return Control(lie=name, verdict=Verdict.REFUTED if refuted else Verdict.INCONCLUSIVE)
