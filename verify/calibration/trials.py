"""A trial: one judge on a synthetic claim whose truth is known, since it was put there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.contrasts import Judge
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.cells import Cell
from verify.problem.problem import Problem, make_problem
from verify.problem.update import Update
from verify.running.design import Design

__all__ = ["ONE", "Trial", "case_at", "make_claim", "repeated", "sample_from"]

ONE = Cell(n=400, N=300, d=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One judge, a claim for it, and records on which the claim's truth is known.

    Attributes
    ----------
    name : str
        The judge's, as in `verify.judging.judges`.
    claim : Claim
        Its error rate is replaced by that of the run.
    draw : callable (Generator, offset) -> Sample
        Records whose truth lies `offset` margins from the prediction: 0 the claim is exactly true, 1 on the margin's
        edge, `lie` where the claim's lie has it.
    allowed : callable (rate) -> (refuted, supported)
        Largest probabilities of a false finding on the edge, where both are largest; derived in docs/statistics.md.
    predicted : callable (rate) -> (supported, refuted)
        Power: P(SUPPORTED | offset 0) and P(REFUTED | the lie); nan where no formula is stated.
    exact : bool
        Whether `predicted` is the probability itself, or a lower bound on it.
    lie : float
        Offset of the lie.
    design : str
        For the table: repeats, cells and margin in words.
    """

    name: str
    claim: Claim
    draw: Callable[[np.random.Generator, float], Sample]
    allowed: Callable[[float], tuple[float, float]]
    predicted: Callable[[float], tuple[float, float]]
    exact: bool = True
    lie: float = 2.0
    design: str = ""

    @property
    def kind(self) -> Kind:
        """The claim's."""
        return self.claim.kind


@lru_cache(maxsize=1)
def _problem() -> Problem:
    return make_problem()


def case_at(cell: Cell = ONE, observed: Mapping[str, float] | None = None) -> Case:
    """A run of the default problem as a prediction sees it."""
    return Case(problem=_problem(), cell=cell, update=Update(), observed=observed or {})


def _one(case: Case) -> Prediction:
    return Prediction(value=1.0)


def make_claim(
    kind: Kind,
    judge: Judge,
    *,
    margin: float,
    lie: Callable[[Case, Prediction], float],
    bounds: tuple[float | None, float | None] = (None, None),
    predict: Callable[[Case], Prediction] = _one,
    design: Design | None = None,
) -> Claim:
    """A claim about synthetic records; what it predicts comes with the records."""
    return Claim(
        id=f"synthetic.{kind}", statement="a number that was put there", source="docs/calibration.md", kind=kind,
        observable="value", predict=predict, judge=judge, margin=margin, margin_reason="of the trial's design",
        lies=(Lie(name="the lie", law=lie, rival=True),), bounds=bounds, design=design,
    )  # fmt: skip


def sample_from(
    cells: Sequence[Cell], values: NDArray[np.float64], predictions: Sequence[Prediction | float]
) -> Sample:
    """A sample from values of shape (cells, seeds) and one prediction per cell."""
    cases, seeds, numbers, told = [], [], [], []
    for cell, row, prediction in zip(cells, values, predictions, strict=True):
        case = case_at(cell)
        given = prediction if isinstance(prediction, Prediction) else Prediction(value=prediction)
        for seed, value in enumerate(row):
            cases.append(case)
            seeds.append(seed)
            numbers.append(float(value))
            told.append(given)
    return Sample(cases=tuple(cases), seeds=tuple(seeds), values=tuple(numbers), predictions=tuple(told))


def repeated(values: NDArray[np.float64], prediction: Prediction | float = 0.0) -> Sample:
    """A sample of one cell, one value per seed."""
    return sample_from([ONE], values[None, :], [prediction])
