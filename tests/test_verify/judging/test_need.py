"""Wherever a power is below 0.99 the seeds that bring it there stand beside it: that number does, and one less does not."""

from dataclasses import replace

import numpy as np
import pytest

from verify.claims.rivals import constant_lie, constant_rival
from verify.commands.findings import describe_finding
from verify.judging.claim import Claim, Kind
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.order import judge_order
from verify.judging.judges.ranks import judge_ranks
from verify.judging.judges.spread import judge_spread
from verify.judging.judges.value import judge_value
from verify.judging.need import power_with_need
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.paper import SMALL, default_problem
from verify.problem.update import Update

CASE = Case(problem=default_problem(), cell=SMALL, update=Update())


def a_claim(judge, *lies, **fields) -> Claim:
    common = dict(
        id="T", statement="s", source="tests", kind=Kind.VALUE, observable="x", judge=judge, margin=0.5, margin_reason="m",
        predict=lambda case: Prediction(value=1.0), lies=lies, seeds=12, error_rate=0.01,
    )  # fmt: skip
    return Claim(**(common | fields))


def runs(claim: Claim, values) -> Sample:
    return Sample(
        cases=(CASE,) * len(values), seeds=tuple(range(len(values))), values=tuple(map(float, values)),
        predictions=(claim.predict(CASE),) * len(values),
    )  # fmt: skip


def spaced(mean: float, spread: float, count: int) -> np.ndarray:
    """Numbers of exactly that mean and standard deviation."""
    raw = np.linspace(-1.0, 1.0, count)
    return mean + spread * raw / np.std(raw, ddof=1)


def judged(claim: Claim, pilot: Sample | None, seeds: int):
    values = spaced(0.0 if claim.kind is Kind.TREND else 1.0, 0.01, seeds)
    return claim.judge(claim, replace(runs(claim, values), pilot=pilot))


LOWER = constant_lie("none", -0.4)
CASES = {
    "value": (a_claim(judge_value, constant_lie("lower", -0.2)), spaced(1.0, 0.6, 12)),
    "a lie near the margin": (a_claim(judge_value, constant_lie("near", 1.8)), spaced(1.0, 0.3, 12)),
    "bound": (a_claim(judge_bound, LOWER, kind=Kind.BOUND, bounds=(0.0, None)), spaced(0.9, 0.8, 12)),
    "order": (a_claim(judge_order, constant_lie("no change", 0.0), kind=Kind.ORDER), spaced(1.3, 0.8, 12)),
    "ranks": (
        a_claim(
            judge_ranks, constant_lie("no change", 0.0), kind=Kind.TREND, margin=0.1,
            predict=lambda case: Prediction(value=-0.1),
        ),
        spaced(-0.5, 0.2, 12),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_number_needed_is_enough_and_one_less_is_not(name):
    claim, values = CASES[name]
    pilot = runs(claim, values)
    found = judged(claim, pilot, 4)
    assert found.power < 0.99
    assert judged(claim, pilot, found.repeats_needed).power >= 0.99
    assert judged(claim, pilot, found.repeats_needed - 1).power < 0.99
    assert 2 <= found.repeats_needed_low < found.repeats_needed
    assert f"({found.repeats_needed_low} to {found.repeats_needed} needed)" in describe_finding(found) or (
        found.repeats_needed_low <= 4
    )


def test_a_predicted_scatter_leaves_one_number():
    predict = lambda case: Prediction(value=1.0, spread=0.6)  # noqa: E731
    claim = a_claim(judge_value, constant_lie("lower", -0.2), predict=predict)
    found = judged(claim, None, 4)
    assert found.repeats_needed > 4
    assert found.repeats_needed_low is None
    assert f"({found.repeats_needed} needed)" in describe_finding(found)
    assert judged(claim, None, found.repeats_needed).power >= 0.99


def test_a_spread_says_its_seeds():
    claim = a_claim(judge_spread, constant_rival("half", 0.5), margin=0.25)
    found = claim.judge(claim, runs(claim, spaced(0.0, 1.0, 20)))
    assert found.power < 0.99
    enough = claim.judge(claim, runs(claim, spaced(0.0, 1.0, found.repeats_needed)))
    less = claim.judge(claim, runs(claim, spaced(0.0, 1.0, found.repeats_needed - 1)))
    assert less.power < 0.99 <= enough.power


def test_where_no_number_of_seeds_is_enough_it_says_so():
    claim = a_claim(judge_value, constant_lie("within the margin", 1.4))
    found = judged(claim, runs(claim, spaced(1.0, 0.6, 12)), 4)
    assert (found.power, found.repeats_needed) == (0.0, None)
    assert "(no number of seeds is enough)" in describe_finding(found)


def test_a_design_with_enough_power_is_asked_for_nothing_more():
    asked = []

    def power_at(seeds: int, upper: bool) -> float:
        asked.append((seeds, upper))
        return 0.995

    assert power_with_need(power_at, 7, ranged=True).needed is None
    assert asked == [(7, True)]
