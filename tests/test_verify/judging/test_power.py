"""The power that a judge computes from a pilot is the share of right verdicts."""

import math
from dataclasses import replace

import numpy as np
import pytest

from verify.claims.rivals import constant_lie
from verify.judging.claim import Claim, Kind
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.order import judge_order
from verify.judging.judges.ranks import judge_ranks
from verify.judging.judges.value import judge_value
from verify.judging.power import MIRRORED, scatter_limit
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.paper import SMALL, default_problem
from verify.problem.update import Update
from verify.statistics.verdict import Verdict


def test_the_limit_of_a_deviation_covers_it_nine_times_in_ten():
    rng = np.random.default_rng(5)
    for runs_ in (12, 36):
        found = np.std(rng.standard_normal((20_000, runs_)), axis=1, ddof=1)
        share = np.mean([scatter_limit(float(s), runs_) >= 1.0 for s in found])
        assert share == pytest.approx(0.9, abs=4.5 * math.sqrt(0.09 / 20_000))


def synthetic(judge, **fields) -> Claim:
    common = dict(
        id="synthetic",
        statement="",
        source="",
        kind=Kind.VALUE,
        observable="x",
        predict=lambda case: Prediction(value=1.0),
        judge=judge,
        margin=0.5,
        margin_reason="a test",
        lies=(constant_lie("lower", -0.2), constant_lie("higher", 2.2)),
        seeds=12,
        error_rate=0.01,
    )
    return Claim(**(common | fields))


def runs(claim: Claim, values, pilot=None) -> Sample:
    case = Case(problem=default_problem(), cell=SMALL, update=Update())
    bare = Sample(
        cases=(case,) * len(values),
        seeds=tuple(range(len(values))),
        values=tuple(map(float, values)),
        predictions=(claim.predict(case),) * len(values),
    )
    return bare if pilot is None else replace(bare, pilot=runs(claim, pilot))


def pilot_like(mean: float, spread: float, count: int = 12) -> np.ndarray:
    """Numbers of exactly that mean and standard deviation."""
    raw = np.linspace(-1.0, 1.0, count)
    return mean + spread * raw / np.std(raw, ddof=1)


CASES = {
    "value": (synthetic(judge_value), 1.0, 0.42),
    "bound": (
        synthetic(judge_bound, kind=Kind.BOUND, bounds=(0.0, None), lies=(constant_lie("none", -0.6),)),
        0.9,
        0.8,
    ),
    "order": (
        synthetic(judge_order, kind=Kind.ORDER, lies=(constant_lie("no change", 0.0),)),
        1.3,
        0.8,
    ),
    "false order": (
        synthetic(judge_order, kind=Kind.ORDER, lies=(constant_lie("no change", 0.0),)),
        -0.3,
        0.8,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_power_from_a_pilot_is_the_share_of_right_verdicts(name):
    claim, mean, spread = CASES[name]
    pilot = pilot_like(mean, spread)
    rng = np.random.default_rng(11)
    replicates = 1000
    assert claim.judge(claim, runs(claim, pilot_like(mean, spread))).power is None  # nothing known beforehand
    found = claim.judge(claim, runs(claim, pilot_like(mean, spread), pilot))
    power = found.power
    assert (MIRRORED in found.note) == (name == "false order")
    spread = scatter_limit(spread, 12)  # what the power is computed from
    wanted = Verdict.REFUTED if name == "false order" else Verdict.SUPPORTED
    sure, lies = 0, dict.fromkeys((lie.name for lie in claim.lies), 0)
    for _ in range(replicates):
        found = claim.judge(claim, runs(claim, rng.normal(mean, spread, claim.seeds)))
        sure += found.verdict is wanted or (wanted is Verdict.SUPPORTED and "no power" in found.note)
        for control in found.controls:
            lies[control.lie] += control.verdict is Verdict.REFUTED
    counted = min([sure, *lies.values()]) if wanted is Verdict.SUPPORTED else sure
    assert 0.1 < power < 0.98  # the design can be wrong either way
    assert counted / replicates == pytest.approx(power, abs=4.5 * math.sqrt(0.25 / replicates))


def test_a_lie_within_the_margin_leaves_no_power():
    claim = synthetic(judge_value, lies=(constant_lie("as good as the claim", 1.4),))
    assert claim.judge(claim, runs(claim, pilot_like(1.0, 0.1), pilot_like(1.0, 0.1))).power == 0.0


def test_a_constant_pilot_or_one_that_diverged_gives_no_power():
    claim = synthetic(judge_value)
    for pilot in (np.ones(12), np.full(12, math.nan)):
        assert claim.judge(claim, runs(claim, pilot_like(1.0, 0.1), pilot)).power is None


def test_ranks_have_the_interval_of_a_bounded_number():
    """Equal coefficients are judged: 40 of -0.8 show a fall, 12 do not; and the power says so beforehand."""
    claim = synthetic(
        judge_ranks,
        kind=Kind.TREND,
        margin=0.1,
        error_rate=1e-4,
        predict=lambda case: Prediction(value=-0.1),
        lies=(constant_lie("no change", 0.0), constant_lie("the other way", 0.1)),
    )
    many, few = (claim.judge(claim, runs(claim, np.full(k, -0.8), np.full(12, -0.8))) for k in (40, 12))
    assert (many.verdict, many.power) == (Verdict.SUPPORTED, 1.0)
    assert (few.verdict, few.power) == (Verdict.INCONCLUSIVE, 0.0)
    rising = claim.judge(claim, runs(claim, np.full(40, 0.9), np.full(12, 0.9)))
    assert MIRRORED in rising.note
    assert (rising.verdict, rising.power) == (Verdict.REFUTED, 1.0)
    assert claim.judge(claim, runs(claim, [math.nan, -0.8, -0.7])).verdict is Verdict.INCONCLUSIVE
