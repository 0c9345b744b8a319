"""What a claim is judged on: the runs, what was measured in each, and what theory says of it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update

Kept = TypeVar("Kept")

__all__ = ["Sample", "Case", "Prediction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run as a prediction sees it: the problem, the cell, the update, and what was measured beside the claim."""

    problem: Problem
    cell: Cell
    update: Update
    observed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What theory says of one run: a value, the standard deviation of one run (nan where unknown), caveats."""

    value: float
    spread: float = math.nan
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The runs that a claim is judged on: parallel tuples, one entry per run.

    `pilot` holds runs on seeds of their own, from which a power is computed; never judged.
    """

    cases: tuple[Case, ...]
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    predictions: tuple[Prediction, ...]
    pilot: "Sample | None" = None

    @property
    def repeats(self) -> int:
        """Independent seeds."""
        return len(set(self.seeds))

    @property
    def flags(self) -> tuple[str, ...]:
        """Every caveat of the problem and of a prediction, once."""
        problems = dict.fromkeys(case.problem for case in self.cases)
        flags = [flag for problem in problems for flag in problem.flags]
        return tuple(
            dict.fromkeys([*flags, *(flag for prediction in self.predictions for flag in prediction.flags)])
        )

    def where(self, keep: Callable[[Cell], bool]) -> "Sample":
        """The runs whose cell satisfies `keep`."""
        kept = [index for index, case in enumerate(self.cases) if keep(case.cell)]

        def pick(items: Sequence[Kept]) -> tuple[Kept, ...]:
            return tuple(items[index] for index in kept)

        return Sample(
            cases=pick(self.cases),
            seeds=pick(self.seeds),
            values=pick(self.values),
            predictions=pick(self.predictions),
            pilot=None if self.pilot is None else self.pilot.where(keep),
        )
