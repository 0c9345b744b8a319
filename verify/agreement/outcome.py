"""From predictions and runs to outcomes: the mean over seeds, its verdict, and what became of each lie.

An outcome can be had again from its recorded mean, standard error and number of seeds, when a prediction has changed and
the runs have not.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from verify.agreement.row import PredictedRow
from verify.running.design import Design, Readings, requests_of
from verify.running.request import Request
from verify.running.store import Record
from verify.statistics import combine, mean_interval, value_verdict
from verify.statistics.intervals import Interval, around
from verify.statistics.verdict import Verdict

__all__ = ["ERROR_RATE", "Outcome", "Recorded", "outcome_again", "outcome_of", "readings_of"]

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
                (request.update, request.step, name): value
                for request in requests
                for name, (value, _) in records[request].observables.items()
            },
        )
        for seed, requests in wanted.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A row of an earlier table: what was measured, and what it was compared with.

    Attributes
    ----------
    measured, standard_error, seeds : of the mean over seeds
    predicted, margin : of then
    refuted : tuple of str
        The lies that fell then.
    """

    measured: float
    standard_error: float
    seeds: int
    predicted: float
    margin: float
    refuted: tuple[str, ...]


def outcome_of(prediction: PredictedRow, readings: Sequence[Readings]) -> Outcome:
    """Judge one prediction, and each of its lies by the same runs."""
    values = [prediction.read(one) for one in readings]
    lies = {}
    for lie in prediction.lies:
        own = values if lie.read is None else [lie.read(one) for one in readings]
        interval = mean_interval(own, error_rate=ERROR_RATE)
        lies[lie.name] = value_verdict(interval, predicted=lie.value, margin=prediction.margin)
    return _judged(prediction, mean_interval(values, error_rate=ERROR_RATE), lies)


def outcome_again(prediction: PredictedRow, recorded: Recorded) -> Outcome:
    """Judge a prediction by runs of which the mean and its standard error are known.

    A lie that is read from the runs themselves is known to be refuted only where it was, with the same prediction and
    margin.
    """
    interval = around(
        recorded.measured, recorded.standard_error, error_rate=ERROR_RATE, repeats=recorded.seeds,
        dof=recorded.seeds - 1,
    )  # fmt: skip
    same = all(
        math.isclose(old, new, rel_tol=1e-5, abs_tol=1e-12)
        for old, new in ((recorded.predicted, prediction.value), (recorded.margin, prediction.margin))
    )
    lies = {}
    for lie in prediction.lies:
        if lie.read is None:
            lies[lie.name] = value_verdict(interval, predicted=lie.value, margin=prediction.margin)
        else:
            fell = same and lie.name in recorded.refuted
            lies[lie.name] = Verdict.REFUTED if fell else Verdict.INCONCLUSIVE
    return _judged(prediction, interval, lies)


def _judged(prediction: PredictedRow, interval: Interval, lies: Mapping[str, Verdict]) -> Outcome:
    verdict = value_verdict(interval, predicted=prediction.value, margin=prediction.margin)
    return Outcome(
        prediction=prediction,
        measured=interval.estimate,
        standard_error=interval.standard_error,
        seeds=interval.repeats,
        verdict=combine(verdict, lies.values()),
        refuted=tuple(name for name, found in lies.items() if found is Verdict.REFUTED),
        not_refuted=tuple(name for name, found in lies.items() if found is not Verdict.REFUTED),
    )
