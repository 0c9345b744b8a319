"""Looks at a growing number of repeats: what they ask, and that they keep their rate."""

import math

import numpy as np
import pytest

from verify.statistics import (
    look_schedule,
    look_until_decided,
    mean_interval,
    value_verdict,
)
from verify.statistics.verdict import Verdict

SUPPORTED, REFUTED, INCONCLUSIVE = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.INCONCLUSIVE


def test_looks_double_and_split_the_rate():
    assert look_schedule(5, 39) == (5, 10, 20)
    asked = []

    def judge(repeats, rate):
        asked.append((repeats, rate))
        return SUPPORTED if repeats >= 10 else INCONCLUSIVE

    found = look_until_decided(judge, first=5, most=39, error_rate=3e-4)
    assert asked == [(5, pytest.approx(1e-4)), (10, pytest.approx(1e-4))]
    assert (found.verdict, found.repeats, found.looks) == (SUPPORTED, 10, 2)
    never = look_until_decided(lambda repeats, rate: INCONCLUSIVE, first=5, most=39, error_rate=3e-4)
    assert (never.verdict, never.repeats, never.looks) == (INCONCLUSIVE, 20, 3)
    with pytest.raises(ValueError, match="most must be at least the first look's 5"):
        look_schedule(5, 4)


@pytest.mark.parametrize("rate", [0.05, 0.01])
def test_looks_keep_their_rate_and_unsplit_ones_do_not(rate):
    rng = np.random.default_rng(12)
    trials, edge = 2000, 3.0
    false = unsplit = 0
    for row in rng.normal(size=(trials, 40)):

        def judge(repeats, share, row=row):
            return value_verdict(mean_interval(row[:repeats], error_rate=share), predicted=edge, margin=edge)

        false += look_until_decided(judge, first=5, most=40, error_rate=rate).verdict is not INCONCLUSIVE
        unsplit += any(judge(repeats, rate) is not INCONCLUSIVE for repeats in look_schedule(5, 40))
    room = 4.5 * math.sqrt(rate * trials)
    assert false <= rate * trials + room
    assert unsplit > 1.5 * rate * trials
