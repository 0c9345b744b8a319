"""Every open finding says why, and how many seeds would settle it; a refuted one names the lies that its runs allow."""

from dataclasses import replace

import numpy as np
import pytest

from verify.claims.norms.section import norm_claims
from verify.commands.findings import describe_finding
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.contrasts import directed_judge
from verify.judging.judges.order import judge_order
from verify.judging.judges.proportion import judge_proportion
from verify.judging.judges.ranks import judge_ranks
from verify.judging.judges.value import judge_value
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.cells import Cell, ray
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.session.reasons import reasoned
from verify.session.seeds_needed import deviation_limits
from verify.statistics.verdict import Verdict

CASE = Case(problem=make_problem(), cell=Cell(n=64, N=30, d=20), update=Update())


def a_claim(**changes):
    fields = dict(
        id="T", statement="a test's", source="here", kind=Kind.VALUE, observable="x", judge=judge_value, margin=0.1,
        predict=lambda case: Prediction(value=1.0), margin_reason="a test's",
        lies=(Lie(name="double", law=lambda case, prediction: 2.0, rival=True),),
    )  # fmt: skip
    return Claim(**(fields | changes))


def sample(claim, mean, spread, seeds):
    """Runs with exactly this mean and standard deviation."""
    z = np.random.default_rng(1).standard_normal(seeds)
    values = mean + spread * (z - z.mean()) / z.std(ddof=1)
    return Sample(
        cases=(CASE,) * seeds, seeds=tuple(range(seeds)), values=tuple(map(float, values)),
        predictions=(claim.predict(CASE),) * seeds,
    )  # fmt: skip


def found(claim, mean, spread, seeds):
    runs = sample(claim, mean, spread, seeds)
    return reasoned(claim, runs, claim.judge(claim, runs))


ORDER = dict(
    kind=Kind.ORDER, judge=judge_order, lies=(Lie(name="none", law=lambda case, prediction: 0.0, rival=True),)
)
BOUND = dict(kind=Kind.BOUND, judge=judge_bound, bounds=(0.5, None))


@pytest.mark.parametrize(
    ("changes", "mean", "spread", "verdict"),
    [
        ({}, 1.05, 0.1, Verdict.SUPPORTED),
        ({}, 0.97, 0.2, Verdict.SUPPORTED),
        ({}, 1.3, 0.6, Verdict.REFUTED),
        (
            {"margin": 0.3, "lies": (Lie(name="near", law=lambda case, p: 1.7, rival=True),)},
            1.1,
            0.9,
            Verdict.SUPPORTED,
        ),
        (ORDER, 0.3, 0.8, Verdict.SUPPORTED),
        (ORDER, -0.05, 0.4, Verdict.REFUTED),
        (BOUND, 0.7, 0.9, Verdict.SUPPORTED),
        (BOUND, 0.4, 0.4, Verdict.REFUTED),
    ],
)
def test_the_number_of_seeds_that_is_said_settles_it_and_half_of_it_does_not(changes, mean, spread, verdict):
    claim = a_claim(**changes)
    first = found(claim, mean, spread, 12)
    assert first.verdict is Verdict.INCONCLUSIVE
    assert f"{first.repeats_needed_low} to {first.repeats_needed} seeds would tell" in first.note
    enough = found(claim, mean, spread, first.repeats_needed + 10)
    assert enough.verdict is verdict
    assert found(claim, mean, spread, max(first.repeats_needed // 3, 12)).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("seeds", [3, 5, 12])
def test_the_range_has_the_number_that_settles_it_at_the_same_scatter(seeds):
    """Solved at the number itself: Student's quantile at three seeds is 100, at thirty it is 4.5."""
    claim = a_claim(margin=0.5)
    first = found(claim, 1.2, 0.12 * seeds**0.5, seeds)
    assert first.verdict is Verdict.INCONCLUSIVE
    settled = next(
        k
        for k in range(seeds + 1, 400)
        if found(claim, 1.2, 0.12 * seeds**0.5, k).verdict is not first.verdict
    )
    assert first.repeats_needed_low <= settled <= first.repeats_needed
    half = (first.interval[1] - first.interval[0]) / 2.0
    assert (
        first.repeats_needed < 0.5 * seeds * (half / 0.3) ** 2 or seeds > 3
    )  # what a quantile that stays would say


def test_the_limits_of_a_deviation_leave_a_tenth_on_either_side():
    rng = np.random.default_rng(2)
    for dof in (2, 11):
        low, high = deviation_limits(dof)
        shown = np.std(rng.standard_normal((20_000, dof + 1)), axis=1, ddof=1)
        for share in (np.mean(low * shown <= 1.0), np.mean(high * shown >= 1.0)):
            assert share == pytest.approx(0.9, abs=0.01)


def test_ranks_need_the_seeds_of_a_bounded_number():
    claim = a_claim(
        kind=Kind.TREND, judge=judge_ranks, predict=lambda case: Prediction(value=-0.1),
        lies=(Lie(name="none", law=lambda case, prediction: 0.0),),
    )  # fmt: skip
    runs = replace(sample(claim, -0.5, 0.1, 12), values=(-0.5,) * 12)
    first = reasoned(claim, runs, claim.judge(claim, runs))
    assert first.verdict is Verdict.INCONCLUSIVE
    assert first.repeats_needed_low is None  # it does not rest on their scatter
    for count, verdict in (
        (first.repeats_needed - 1, Verdict.INCONCLUSIVE),
        (first.repeats_needed, Verdict.SUPPORTED),
    ):
        more = replace(sample(claim, -0.5, 0.1, count), values=(-0.5,) * count)
        assert claim.judge(claim, more).verdict is verdict


def test_a_decided_finding_of_little_power_keeps_the_number_that_would_be_enough():
    claim = a_claim()
    runs = sample(claim, 1.0, 0.02, 12)
    weak = replace(claim.judge(claim, runs), power=0.9, repeats_needed=20)
    assert weak.verdict is Verdict.SUPPORTED
    assert reasoned(claim, runs, weak).repeats_needed == 20
    assert "(20 needed)" in describe_finding(reasoned(claim, runs, weak))
    assert reasoned(claim, runs, replace(weak, power=0.995)).repeats_needed is None


def test_where_the_estimate_lies_on_the_border_no_number_is_promised():
    finding = found(a_claim(), 1.1, 0.2, 30)
    assert finding.repeats_needed is None
    assert finding.note == "the interval reaches over the margin"


def test_a_refuted_finding_names_the_lies_that_its_runs_allow():
    finding = found(
        a_claim(lies=(Lie(name="twice", law=lambda case, prediction: 2.0, rival=True),)), 2.0, 0.01, 20
    )
    assert finding.verdict is Verdict.REFUTED
    assert finding.note == "these runs allow as well: twice"


def test_what_is_supported_stays_as_it_is_and_what_cannot_be_judged_says_why():
    claim = a_claim()
    runs = sample(claim, 1.0, 0.02, 40)
    finding = claim.judge(claim, runs)
    assert reasoned(claim, runs, finding) == finding
    assert found(claim, float("nan"), 0.02, 5).note == "a run gave no number"
    same = replace(sample(claim, 1.0, 0.02, 5), values=(1.0,) * 5)
    assert reasoned(claim, same, claim.judge(claim, same)).note.startswith("every seed gave the same number")
    share = a_claim(kind=Kind.PROPORTION, judge=judge_proportion, margin=0.25)
    runs = replace(sample(share, 1.0, 1.0, 8), values=(1.0,) * 8)
    assert reasoned(share, runs, judge_proportion(share, runs)).repeats_needed == 35


@pytest.mark.parametrize("theory", [0.3, -0.3, float("nan")])
def test_what_theory_expects_of_a_direction_does_not_move_the_seeds_that_would_tell(theory):
    """A finding reports theory's contrast as predicted; the ends of its verdict are those of the direction judged."""
    claim = a_claim(**(ORDER | {"judge": directed_judge(lambda: theory)}))
    plain = a_claim(**ORDER)
    for mean in (-0.05, 0.3):
        directed, judged = (found(each, mean, 0.8, 12) for each in (claim, plain))
        assert directed.verdict is Verdict.INCONCLUSIVE
        assert directed.repeats_needed == judged.repeats_needed
    wrong = found(claim, -0.05, 0.4, 12)
    assert found(claim, -0.05, 0.4, wrong.repeats_needed + 10).verdict is Verdict.REFUTED


@pytest.mark.parametrize("changes", [{}, ORDER, BOUND], ids=["value", "order", "bound"])
def test_a_decided_finding_asks_for_no_more_seeds_than_it_had(changes):
    claim = a_claim(**changes)
    for mean, seeds in ((-3.0, 60), (1.0, 400)):
        finding = found(claim, mean, 0.25, seeds)
        assert finding.verdict is not Verdict.INCONCLUSIVE
        assert (finding.repeats_needed or 0) <= seeds
        assert "seeds would tell" not in finding.note


def test_an_open_finding_never_asks_for_fewer_seeds_than_it_had():
    """A lie inside the margin is told apart by no number of seeds, and none is named."""
    near = a_claim(lies=(Lie(name="near", law=lambda case, prediction: 1.05),))
    finding = found(near, 1.0, 0.02, 400)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.repeats_needed is None or finding.repeats_needed > 400
    share = a_claim(kind=Kind.PROPORTION, judge=judge_proportion, margin=0.25)
    runs = replace(sample(share, 1.0, 1.0, 60), values=(1.0,) * 48 + (0.0,) * 12)
    open_ = reasoned(share, runs, judge_proportion(share, runs))
    assert (open_.verdict, open_.repeats_needed) == (Verdict.INCONCLUSIVE, None)


def test_an_order_of_ratios_asks_for_the_seeds_that_its_own_interval_needs():
    """Its margin is a share of 1, not the distance that a contrast must clear."""
    claim = next(
        c for c in norm_claims(CASE.problem, Update(), ray(range(1, 8), (100, 75, 50))) if "ordered" in c.id
    )
    rng = np.random.default_rng(3)
    at = replace(CASE, observed={"readout_sum": 0.0, "zeros": 0.0})
    cells = {cell: replace(at, cell=cell) for cell in claim.design.cells}

    def judged(seeds):
        runs = [(cell, seed) for cell in cells for seed in range(seeds)]
        predictions = tuple(claim.predict(cells[cell]) for cell, _ in runs)
        values = tuple(p.value + p.spread * rng.standard_normal() for p in predictions)
        sample = Sample(
            cases=tuple(cells[cell] for cell, _ in runs), seeds=tuple(seed for _, seed in runs), values=values,
            predictions=predictions,
        )  # fmt: skip
        return reasoned(claim, sample, claim.judge(claim, sample))

    first = judged(6)
    assert first.verdict is Verdict.INCONCLUSIVE
    assert first.repeats_needed is not None
    assert judged(4 * first.repeats_needed).verdict is Verdict.SUPPORTED
