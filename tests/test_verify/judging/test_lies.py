"""What a lie must be: another number than the prediction, and a rival by name or within three margins of it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from support.families import whole_catalogue

from verify.claims.rivals import constant_lie, constant_rival, power_of_d, times
from verify.claims.users import user_claims
from verify.errors import UsageError
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.count import judge_count
from verify.judging.judges.order import judge_order
from verify.judging.judges.proportion import judge_proportion
from verify.judging.judges.rates import judge_trend, rate_judge
from verify.judging.judges.ray import judge_ordered
from verify.judging.judges.spread import judge_spread
from verify.judging.judges.value import judge_value
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.cells import Cell
from verify.problem.paper import SMALL, default_problem
from verify.problem.second_stage import SecondStage
from verify.problem.update import Update
from verify.running.design import Design
from verify.session.pilot import rehearse
from verify.session.session import judge
from verify.statistics.verdict import Verdict

DESIGN = Design(problem=default_problem(), cells=(SMALL,), groups=("gradient",))
LADDER = replace(DESIGN, cells=tuple(Cell(n=2 * d, N=d, d=d) for d in (20, 40, 80)))
OBSERVED = {"zeros": 0.0, "readout_sum": 0.0, "split_signal": 0.936, "split_mu_1": 0.605706}


def a_claim(*lies: Lie, **fields) -> Claim:
    common = dict(
        id="T", statement="s", source="tests", kind=Kind.VALUE, observable="x", judge=judge_value, margin=0.1,
        margin_reason="m", predict=lambda case: Prediction(value=1.0), design=DESIGN, seeds=10,
    )  # fmt: skip
    return Claim(lies=lies, **(common | fields))


KINDS = {
    "value": (dict(), 1.0),
    "relative value": (dict(relative=True, predict=lambda case: Prediction(value=50.0), margin=0.1), 50.0),
    "bound": (dict(kind=Kind.BOUND, judge=judge_bound, bounds=(0.95, None)), 1.0),
    "order": (dict(kind=Kind.ORDER, judge=judge_order), 1.0),
    "proportion": (dict(kind=Kind.PROPORTION, judge=judge_proportion), 1.0),
    "spread": (dict(judge=judge_spread), 1.0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_lie_that_is_no_lie_or_too_easy_is_refused_by_name_and_distance(kind):
    fields, predicted = KINDS[kind]
    room = 0.1 * predicted
    for apart in (-1.5, -2.9):
        assert rehearse(a_claim(constant_lie("near", predicted + apart * room), **fields), pilot=None)
    far = constant_lie("far", predicted - 5.0 * room)
    with pytest.raises(UsageError, match=r"claim T: lie 'far' must lie within 3 margins .* rival=True"):
        rehearse(a_claim(far, **fields), pilot=None)
    assert rehearse(a_claim(replace(far, rival=True), **fields), pilot=None)
    with pytest.raises(UsageError, match="claim T: lie 'same' must differ from the prediction"):
        rehearse(a_claim(constant_lie("same", predicted), **fields), pilot=None)


@pytest.mark.parametrize("judge_of", [judge_trend, rate_judge(0.05)])
def test_a_law_over_sizes_is_a_rival_by_its_name_but_must_be_another_law(judge_of):
    fields = dict(
        judge=judge_of, design=LADDER, kind=Kind.EXPONENT, predict=lambda case: Prediction(value=1.0 / case.cell.d)
    )  # fmt: skip
    assert rehearse(a_claim(power_of_d("d^2", 2.0, 80), **fields), pilot=None)
    with pytest.raises(UsageError, match="lie 'the same law' must differ"):
        rehearse(a_claim(times("the same law", 1.0), **fields), pilot=None)


def test_another_count_is_a_lie_and_the_same_count_is_none():
    fields = dict(kind=Kind.COUNT, judge=judge_count, margin=0.5)
    assert rehearse(a_claim(constant_lie("none", 0.0), **fields), pilot=None)
    with pytest.raises(UsageError, match="lie 'one' must differ"):
        rehearse(a_claim(constant_lie("one", 1.0), **fields), pilot=None)


def test_where_one_cell_tells_them_apart_it_is_another_number():
    cells = (SMALL, Cell(n=200, N=150, d=100))
    lie = Lie(name="grows", law=lambda case, p: p.value * (case.cell.d / 200) ** 0.1)
    assert rehearse(a_claim(lie, design=replace(DESIGN, cells=cells)), pilot=None)


def test_what_a_rival_says_may_be_measured_and_may_agree():
    """A control measured beside the claim that comes out like it leaves the claim open; it is no mistake."""
    control = Lie(name="without", law=lambda case, p: case.observed.get("w", math.nan), rival=True)
    claim = a_claim(control, kind=Kind.PROPORTION, judge=judge_proportion, margin=0.5)
    assert rehearse(claim, pilot=None)
    case = Case(problem=default_problem(), cell=SMALL, update=Update(), observed={"w": 1.0})
    runs = Sample(
        cases=(case,) * 40,
        seeds=tuple(range(40)),
        values=(1.0,) * 40,
        predictions=(Prediction(value=1.0),) * 40,
    )
    assert claim.judge(claim, runs).verdict is Verdict.INCONCLUSIVE


def test_it_is_refused_before_anything_is_simulated(monkeypatch, tmp_path):
    def never(*args, **options):
        raise AssertionError("simulated")

    monkeypatch.setattr("verify.session.session.obtain", never)
    with pytest.raises(UsageError, match="must differ"):
        judge(a_claim(constant_lie("same", 1.0)), seeds=2)
    path = tmp_path / "mine.py"
    path.write_text(
        "from verify.claim import Claim, Kind, Lie, Prediction\n"
        "from verify.problem.paper import SMALL, default_problem\n"
        "from verify.claim import judge_value\n"
        "from verify.claim import Design\n"
        "def predict(case):\n    return Prediction(value=1.0)\n"
        "CLAIM = Claim(id='M', statement='s', source='s', kind=Kind.VALUE, observable='x', predict=predict,\n"
        "    judge=judge_value, margin=0.1, margin_reason='m', lies=(Lie(name='far', law=lambda c, p: 9.0),),\n"
        "    design=Design(problem=default_problem(), cells=(SMALL,), groups=('gradient',)))\n"
    )
    with pytest.raises(UsageError) as refused:
        user_claims(path)
    assert "mine.py:5: claim M: lie 'far' must lie within 3 margins" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("quick", [True, False])
def test_the_catalogues_lies_keep_the_rule(quick):
    looked = [
        rehearse(c, pilot=None, observed=OBSERVED) for c in whole_catalogue(quick) if c.design is not None
    ]
    assert len(looked) > 200
    assert None not in looked
    assert constant_rival("x", 0.0).rival


@pytest.mark.parametrize("quick", [True, False])
def test_a_supported_order_need_not_have_refuted_all_of_its_lies(quick):
    """One lies beyond the margin, on the claim's side: it can be true beside the claim."""
    checked = 0
    for claim in whole_catalogue(quick):
        if claim.kind is Kind.ORDER and claim.judge is not judge_ordered:
            case = Case(
                problem=claim.design.problem, cell=claim.design.cells[0], update=Update(), observed=OBSERVED
            )
            prediction = claim.predict(case)
            side = math.copysign(1.0, prediction.value)
            assert any(side * lie.law(case, prediction) > claim.margin for lie in claim.lies), claim.id
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("quick", [True, False])
def test_the_whole_catalogue_has_one_ridge_stage(quick):
    stages = {claim.design.second_stage for claim in whole_catalogue(quick) if claim.design is not None}
    assert stages == {SecondStage(test_samples=2000 if quick else 5000)}


@pytest.mark.parametrize("quick", [True, False])
def test_every_share_has_a_lie_that_its_verdict_does_not_imply(quick):
    """A supported share lies above 1 - margin, and so refutes every lie below it: one must be above, or be measured."""
    shares = [claim for claim in whole_catalogue(quick=quick) if claim.judge is judge_proportion]
    assert len(shares) > 5
    for claim in shares:
        case = Case(problem=claim.design.problem, cell=claim.design.cells[0], update=Update())
        said = [lie.law(case, Prediction(value=1.0)) for lie in claim.lies]
        assert any(not math.isfinite(share) or 1.0 - claim.margin < share < 1.0 for share in said), claim.id


def test_ranks_are_judged_by_the_interval_of_a_trend():
    """`trend_interval` of the values that the coefficients are of."""
    from verify.judging.judges.ranks import judge_ranks
    from verify.statistics import spearman_coefficients, trend_interval

    rng = np.random.default_rng(4)
    levels = np.arange(5.0)
    values = -levels + rng.standard_normal((20, 5))
    wanted = trend_interval(values, levels, error_rate=0.01)
    claim = a_claim(
        constant_lie("none", 0.0), kind=Kind.TREND, judge=judge_ranks, predict=lambda case: Prediction(value=-0.1),
        error_rate=0.01,
    )  # fmt: skip
    case = Case(problem=default_problem(), cell=SMALL, update=Update())
    runs = Sample(
        cases=(case,) * 20, seeds=tuple(range(20)), values=tuple(map(float, spearman_coefficients(values, levels))),
        predictions=(claim.predict(case),) * 20,
    )  # fmt: skip
    assert claim.judge(claim, runs).interval == (wanted.low, wanted.high)
