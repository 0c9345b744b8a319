"""Each kind of scaling claim on synthetic runs: truth supported, each lie refuted, empty records never supported."""

import math
from dataclasses import replace

import pytest
from support import norm_records

from verify.claims.norms.rivals import MATCHED_LAWS, ONE_CONSTANT
from verify.claims.norms.section import norm_claims, stated_for
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.finding import exit_code
from verify.judging.sample import Prediction, Sample
from verify.problem.cells import off_ray, own_sizes, ray, scaling_cells
from verify.problem.functions import resolve_function
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.statistics.verdict import Verdict

PROBLEM = Problem(
    student=resolve_function("tanh", "--student"), teacher=resolve_function("softplus", "--teacher")
)
CELLS = scaling_cells()
SEEDS = 5


ADAM = Update()


def claims_of(update=ADAM, cells=CELLS):
    return {claim.id: claim for claim in norm_claims(PROBLEM, update, cells)}


def synthetic(claim: Claim, cells, *, seeds=SEEDS, **options) -> Sample:
    return norm_records.synthetic(claim, cells, seeds=seeds, **options)


def cells_for(claim):
    if claim.id.endswith(".ordered"):
        return ray(range(1, 9))
    return CELLS if claim.id.endswith(".ray") else off_ray()


STATISTICAL = ("T4.1.2", "T4.1.2.constant", "T4.1.2.ray", "T4.1.2.ordered")


@pytest.mark.parametrize("name", STATISTICAL)
def test_a_true_claim_is_supported_with_every_lie_refuted_at_the_power_it_states(name):
    claim = claims_of()[name]
    finding = claim.judge(claim, synthetic(claim, cells_for(claim)))
    assert finding.verdict is Verdict.SUPPORTED
    assert finding.power >= 0.99
    assert finding.repeats_needed is None or finding.repeats_needed <= SEEDS
    assert {control.lie for control in finding.controls} == {lie.name for lie in claim.lies}
    assert all(control.verdict is Verdict.REFUTED for control in finding.controls)


@pytest.mark.parametrize("name", STATISTICAL[1:])
def test_where_a_lie_of_a_constant_is_true_the_claim_is_refuted(name):
    claim = claims_of()[name]
    for lie in claim.lies:
        finding = claim.judge(claim, synthetic(claim, cells_for(claim), law=lie.law))
        assert finding.verdict is Verdict.REFUTED, lie.name


@pytest.mark.parametrize("name", STATISTICAL)
@pytest.mark.parametrize("record", ["zero", "negative", "copied seeds"])
def test_a_norm_that_can_be_none_supports_nothing(name, record):
    claim = claims_of()[name]
    finding = claim.judge(claim, norm_records.saying_nothing(claim, record, cells=cells_for(claim)))
    assert finding.as_json()["verdict"] in ("inconclusive", "refuted")


def test_an_identity_is_supported_exactly_and_refuted_by_one_run():
    claim = claims_of()["T4.1.F"]
    good = synthetic(claim, CELLS, spread=0.0)
    finding = claim.judge(claim, good)
    assert finding.verdict is Verdict.SUPPORTED
    assert {control.lie for control in finding.controls} >= {law.name for law in MATCHED_LAWS}
    one_off = replace(good, values=(good.values[0] * (1 + 1e-9), *good.values[1:]))
    assert claim.judge(claim, one_off).verdict is Verdict.REFUTED
    one_nan = replace(good, values=(math.nan, *good.values[1:]))
    assert claim.judge(claim, one_nan).verdict is Verdict.INCONCLUSIVE


def test_a_gradient_of_zeros_judges_nothing():
    claim = claims_of()["T4.1.F"]
    good = synthetic(claim, CELLS, spread=0.0)
    nothing = replace(
        good,
        values=(0.0,) * len(good.values),
        predictions=(Prediction(value=0.0, spread=0.0),) * len(good.values),
    )
    finding = claim.judge(claim, nothing)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "nothing to judge" in finding.note
    case = replace(good.cases[0], observed={"zeros": float(good.cases[0].cell.N * good.cases[0].cell.d)})
    assert claim.predict(case).flags == ("G_0 is exactly zero in 100% of its entries",)


def test_on_the_ray_the_laws_that_coincide_are_named_and_the_law_is_not_identified():
    on_ray = ray(range(1, 9))
    identity = claims_of()["T4.1.F"]
    finding = identity.judge(identity, synthetic(identity, on_ray, spread=0.0))
    assert finding.verdict is Verdict.SUPPORTED
    assert "not told apart: N, d, n, N + d" in finding.note
    law = claims_of(cells=on_ray)["T4.1.2"]
    finding = law.judge(law, synthetic(law, on_ray))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "not identified by this design" in finding.note
    told = {control.lie: control.verdict for control in finding.controls}
    assert told["N"] is Verdict.INCONCLUSIVE
    assert told["(N d)^0.45"] is Verdict.REFUTED


def test_one_scale_outside_its_band_refutes_the_ray():
    claim = claims_of()["T4.1.2.ray"]
    good = synthetic(claim, CELLS)
    off = tuple(
        value * (1.08 if case.cell.k == 8 else 1.0)
        for case, value in zip(good.cases, good.values, strict=True)
    )
    finding = claim.judge(claim, replace(good, values=off))
    assert finding.verdict is Verdict.REFUTED
    assert "(8000, 6000, 4000)" in finding.note


def test_one_own_cell_judges_the_constant_and_leaves_the_law_open():
    cells = own_sizes([(2000, 1500, 1000)])
    claims = claims_of(cells=cells)
    law, constant = claims["T4.1.2"], claims["T4.1.2.constant"]
    assert law.judge(law, synthetic(law, cells, seeds=20)).verdict is Verdict.INCONCLUSIVE
    assert constant.judge(constant, synthetic(constant, cells, seeds=20)).verdict is Verdict.SUPPORTED
    assert set(claims) == {"T4.1.F", "T4.1.2", "T4.1.2.constant"}


def test_with_eps_the_pure_law_is_a_lie_where_the_cells_can_see_it():
    update = Update(eps=1e-8)
    claim = claims_of(update)["T4.1.F"]
    assert claim.lies[0].name == "sqrt(N d) without drift"
    assert claim.judge(claim, synthetic(claim, off_ray())).verdict is Verdict.SUPPORTED
    lied = claim.judge(claim, synthetic(claim, off_ray(), law=claim.lies[0].law))
    assert lied.verdict is not Verdict.SUPPORTED
    tiny = claims_of(Update(eps=1e-300))["T4.1.F"]
    assert tiny.kind is Kind.IDENTITY  # a drift that no float can show
    small = claims_of(Update(eps=1e-13))["T4.1.F"]
    assert "sqrt(N d) without drift" not in {lie.name for lie in small.lies}


@pytest.mark.parametrize("name", ["X.G2", "X.G2.constant", "X.GF", "X.GF.constant"])
def test_the_gradient_claims_decide_at_their_own_twenty_seeds(name):
    update = Update(optimiser="gd")
    claim = claims_of(update)[name]
    assert claim.seeds == 20
    finding = claim.judge(claim, synthetic(claim, off_ray(), seeds=20))
    assert finding.verdict is Verdict.SUPPORTED
    assert finding.power >= 0.99


def _claim(**changes):
    fields = dict(
        id="X", statement="s", source="s", kind=Kind.VALUE, observable="x", predict=lambda case: Prediction(value=1.0),
        judge=lambda claim, sample: None, margin=0.1, margin_reason="because", lies=(ONE_CONSTANT,),
    )  # fmt: skip
    return Claim(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"lies": ()}, "lies"),
        ({"margin": 0.0}, "margin"),
        ({"margin": math.nan}, "margin"),
        ({"margin": -1.0}, "margin"),
        ({"margin_reason": " "}, "margin_reason"),
        ({"error_rate": 0.0}, "error_rate"),
    ],
)
def test_a_claim_without_a_lie_or_a_margin_is_refused_when_it_is_defined(changes, says):
    with pytest.raises(ValueError, match=says):
        _claim(**changes)
    assert _claim().id == "X"


def test_a_linear_students_operator_norm_is_an_identity():
    linear = replace(PROBLEM, student=resolve_function("linear", "--student"))
    claim = next(claim for claim in norm_claims(linear, ADAM, CELLS) if claim.id == "T4.1.2")
    assert claim.kind is Kind.IDENTITY
    good = synthetic(claim, CELLS, spread=0.0)
    assert claim.judge(claim, good).verdict is Verdict.SUPPORTED
    off = replace(good, values=(good.values[0] * 0.999, *good.values[1:]))
    assert claim.judge(claim, off).verdict is Verdict.REFUTED


def test_a_lie_that_equals_the_prediction_in_a_case_is_not_stated_there():
    claim = claims_of()["T4.1.2"]
    same = Lie(name="three times the same", law=lambda case, prediction: 3 * prediction.value)
    kept = stated_for(replace(claim, lies=(same, *claim.lies)), PROBLEM, ADAM)
    assert kept.lies == claim.lies  # an exponent's constant is free: a multiple is no rival
    constant = claims_of()["T4.1.2.constant"]
    assert same in stated_for(replace(constant, lies=(same, *constant.lies)), PROBLEM, ADAM).lies


def test_exit_codes_follow_the_verdicts():
    claim = claims_of()["T4.1.2"]
    good = claim.judge(claim, synthetic(claim, off_ray()))
    refuted, open_one = (
        replace(good, verdict=verdict) for verdict in (Verdict.REFUTED, Verdict.INCONCLUSIVE)
    )
    assert exit_code([good, good]) == 0
    assert exit_code([good, open_one]) == 3
    assert exit_code([good, open_one, refuted]) == 1
    assert exit_code([]) == 3


def test_a_finding_is_plain_data():
    claim = claims_of()["T4.1.2"]
    data = claim.judge(claim, synthetic(claim, off_ray())).as_json()
    assert set(data) == {
        "claim", "statement", "source", "reading", "kind", "verdict", "predicted", "estimate", "standard_error", "interval",
        "margin", "error_rate", "power", "repeats", "repeats_needed", "controls", "note", "stated", "relative", "bounds",
        "tolerance", "also", "dof", "repeats_needed_low",
    }  # fmt: skip
    assert data["verdict"] == "supported"
    assert set(data["controls"][0]) == {"lie", "verdict"}
    assert Lie(name="x", law=lambda case, prediction: 1.0).name == "x"
