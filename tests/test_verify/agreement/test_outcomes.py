"""A row judged again from its recorded mean is the row judged from its runs; what the record cannot tell is not refuted."""

from dataclasses import replace

import numpy as np
import pytest

from verify.agreement.outcome import Recorded, outcome_again, outcome_of
from verify.agreement.row import PredictedRow, RivalValue
from verify.problem.cells import Cell
from verify.running.design import Readings
from verify.statistics.verdict import Verdict

CELL = Cell(n=4, N=3, d=2)


def read(readings):
    return readings.at(None, "x")


RIVALS = (RivalValue(name="other", value=2.0), RivalValue(name="paired", value=0.0, read=read))


def row(value, *, margin=0.1):
    return PredictedRow(
        quantity="q", where="w", value=value, margin=margin, stated="0.1", read=read, rivals=RIVALS
    )


def runs(mean, count=30):
    values = mean + 0.05 * np.random.default_rng(3).standard_normal(count)
    return [Readings(cell=CELL, seed=k, values={(None, 1, "x"): float(x)}) for k, x in enumerate(values)]


def recorded(outcome):
    return Recorded(
        measured=outcome.measured, standard_error=outcome.standard_error, seeds=outcome.seeds,
        predicted=outcome.prediction.value, margin=outcome.prediction.margin, refuted=outcome.refuted,
    )  # fmt: skip


@pytest.mark.parametrize("mean", [1.0, 1.12, 1.5])
def test_the_same_prediction_is_judged_the_same(mean):
    first = outcome_of(row(1.0), runs(mean))
    again = outcome_again(row(1.0), recorded(first))
    assert (again.verdict, again.refuted, again.not_refuted) == (
        first.verdict,
        first.refuted,
        first.not_refuted,
    )
    assert (again.measured, again.standard_error, again.seeds) == (
        first.measured,
        first.standard_error,
        first.seeds,
    )
    assert again.within == first.within
    assert first.verdict is {1.0: Verdict.SUPPORTED, 1.12: Verdict.INCONCLUSIVE, 1.5: Verdict.REFUTED}[mean]


def test_a_changed_prediction_is_judged_anew():
    old = recorded(outcome_of(row(1.0), runs(1.5)))
    again = outcome_again(row(1.5), old)
    assert "other" in again.refuted
    assert again.within
    assert outcome_again(row(1.0), old).verdict is Verdict.REFUTED
    # A lie that is read from the runs: whether it falls beside the new prediction, the record does not say.
    assert "paired" in again.not_refuted
    assert again.verdict is Verdict.INCONCLUSIVE
    assert "paired" in outcome_again(replace(row(1.0), margin=0.2), old).not_refuted
