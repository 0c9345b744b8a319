"""From predictions and runs to outcomes: the mean over seeds, its verdict, and what became of each lie."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from verify.predicted import PredictedRow
from verify.request import Request
from verify.statistics import combine, judge_value, mean_interval
from verify.store import Record
from verify.study import Design, Readings, requests_of
from verify.verdict import Verdict

__all__ = ["ERROR_RATE", "Outcome", "outcome_of", "readings_of"]

ERROR_RATE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A prediction beside its measurement.

    Attributes
    ----------
    measured, standard_error : float
        Mean over seeds, one value per seed.
    verdict : Verdict
        At `ERROR_RATE`; supported only where every lie was refuted.
    refuted, not_refuted : tuple of str
        Names of the lies.
    """

    prediction: PredictedRow
    measured: float
    standard_error: float
    seeds: int
    verdict: Verdict
    refuted: tuple[str, ...]
    not_refuted: tuple[str, ...]

    @property
    def deviation(self) -> float:
        """Measured less predicted."""
        return self.measured - self.prediction.value

    @property
    def within(self) -> bool:
        """Within the stated error plus two standard errors: weaker than a verdict."""
        return abs(self.deviation) <= self.prediction.margin + 2.0 * self.standard_error

    @property
    def precise(self) -> bool:
        """Whether the standard error is at most a quarter of the stated error."""
        return self.seeds >= self.seeds_needed

    @property
    def seeds_needed(self) -> int:
        """Seeds that would bring the standard error to a quarter of the stated error, going by these seeds' scatter."""
        return math.ceil(self.seeds * (4.0 * self.standard_error / self.prediction.margin) ** 2)


def readings_of(
    designs: Sequence[Design],
    seeds: Sequence[int],
    obtain: Callable[[Sequence[Request]], Mapping[Request, Record]],
) -> list[Readings]:
    """What every seed gave, all designs together: one gradient serves them."""
    wanted: dict[int, list[Request]] = {seed: [] for seed in seeds}
    for design in designs:
        for (_, seed), requests in requests_of(design, seeds).items():
            wanted[seed] += requests
    records = obtain([request for requests in wanted.values() for request in requests])
    return [
        Readings(
            cell=requests[0].cell,
            seed=seed,
            values={
                (request.update, name): value
                for request in requests
                for name, (value, _) in records[request].observables.items()
            },
        )
        for seed, requests in wanted.items()
    ]


def outcome_of(prediction: PredictedRow, readings: Sequence[Readings]) -> Outcome:
    """Judge one prediction, and each of its lies by the same runs."""
    values = np.array([prediction.read(one) for one in readings])
    interval = mean_interval(values, error_rate=ERROR_RATE)
    lies = {}
    for lie in prediction.lies:
        own = interval
        if lie.read is not None:
            own = mean_interval([lie.read(one) for one in readings], error_rate=ERROR_RATE)
        lies[lie.name] = judge_value(own, predicted=lie.value, margin=prediction.margin)
    verdict = judge_value(interval, predicted=prediction.value, margin=prediction.margin)
    return Outcome(
        prediction=prediction,
        measured=float(values.mean()),
        standard_error=float(values.std(ddof=1) / math.sqrt(values.size)),
        seeds=values.size,
        verdict=combine(verdict, lies.values()),
        refuted=tuple(name for name, found in lies.items() if found is Verdict.REFUTED),
        not_refuted=tuple(name for name, found in lies.items() if found is not Verdict.REFUTED),
    )
