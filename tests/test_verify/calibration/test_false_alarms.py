"""The counting of false alarms: true to the judges there are, and not fooled by miscalibrated ones."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from verify import statistics as st
from verify.calibration.false_alarms import RATES, all_trials, run_trial
from verify.judging.claim import Kind
from verify.judging.judges.value import judge_value
from verify.statistics.verdict import Verdict

TRIALS = {trial.name: trial for trial in all_trials()}


def with_judge(trial, judge):
    return replace(trial, claim=replace(trial.claim, judge=judge))


def normal_quantile(claim, sample):
    """judge_value with the normal quantile in place of Student's."""
    off = np.array(sample.values) - 5.0
    reach = -stats.norm.ppf(claim.error_rate / 2) * off.std(ddof=1) / math.sqrt(off.size)
    interval = st.Interval(
        estimate=off.mean(), standard_error=0.0, low=off.mean() - reach, high=off.mean() + reach,
        repeats=off.size, dof=math.inf,
    )  # fmt: skip
    verdict = st.value_verdict(interval, predicted=0.0, margin=claim.margin)
    return replace(judge_value(claim, sample), verdict=verdict)


def always(verdict):
    return lambda claim, sample: replace(judge_value(claim, sample), verdict=verdict)


def timid(claim, sample):
    """Judges at a hundredth of its error rate: no false findings, but not the power that is claimed."""
    return judge_value(replace(claim, error_rate=claim.error_rate / 100), sample)


def test_every_kind_has_a_trial():
    assert {trial.kind for trial in TRIALS.values()} == set(Kind)


@pytest.mark.parametrize("name", TRIALS)
def test_the_judges_are_calibrated(name):
    for rate in RATES:
        row = run_trial(TRIALS[name], rate=rate, replicates=60)
        assert row.calibrated, (rate, row.faults)
        assert row.replicates == 60
        assert row.refutations_allowed <= rate
        assert row.supports_allowed <= rate


def test_counts_are_the_same_whatever_else_is_run():
    one, two = (run_trial(TRIALS["judge_bound"], rate=0.05, replicates=50) for _ in range(2))
    assert one == two
    assert run_trial(TRIALS["judge_bound"], rate=0.05, replicates=50, seed=1) != one


def test_a_normal_quantile_for_students_is_flagged():
    trial = with_judge(TRIALS["judge_value"], normal_quantile)
    row = run_trial(trial, rate=0.01, replicates=1000)
    assert not row.calibrated
    assert any("too often" in fault for fault in row.faults)


@pytest.mark.parametrize(
    ("verdict", "fault"),
    [
        (Verdict.SUPPORTED, "supports what is false too often"),
        (Verdict.REFUTED, "refutes what is true too often"),
        (Verdict.INCONCLUSIVE, "power below the prediction"),
    ],
)
def test_a_judge_that_always_says_one_thing_is_flagged(verdict, fault):
    row = run_trial(with_judge(TRIALS["judge_value"], always(verdict)), rate=0.05, replicates=60)
    assert fault in row.faults


def test_a_timid_judge_is_flagged_for_its_power():
    row = run_trial(with_judge(TRIALS["judge_value"], timid), rate=0.05, replicates=300)
    assert row.false_supports == 0
    assert "power below the prediction" in row.faults


def test_copies_passed_off_as_repeats_are_flagged():
    """Every seed counted twice: intervals too short by a factor sqrt 2."""
    trial = TRIALS["judge_bound"]

    def doubled(rng, offset):
        sample = trial.draw(rng, offset)
        return replace(
            sample,
            cases=sample.cases * 2,
            seeds=tuple(range(2 * len(sample.seeds))),
            values=sample.values * 2,
            predictions=sample.predictions * 2,
        )

    row = run_trial(replace(trial, draw=doubled), rate=0.01, replicates=1000)
    assert any("too often" in fault for fault in row.faults)


def test_looks_without_splitting_the_rate_are_flagged():
    """Three looks, each at the whole rate."""
    trial = TRIALS["judge_value in looks"]

    def unsplit(claim, sample):
        for count in (5, 10, 20):
            first = replace(
                sample,
                cases=sample.cases[:count],
                seeds=sample.seeds[:count],
                values=sample.values[:count],
                predictions=sample.predictions[:count],
            )
            finding = judge_value(claim, first)
            if finding.verdict is not Verdict.INCONCLUSIVE:
                return finding
        return finding

    row = run_trial(with_judge(trial, unsplit), rate=0.05, replicates=1500)
    assert any("too often" in fault for fault in row.faults)
