"""The catalogue: unique ids, choosing, users' files, recorded verdicts, one run shared by several claims."""

import json
from dataclasses import replace

import pytest
from support.families import whole_catalogue

from verify.claims.catalogue import choose
from verify.claims.users import user_claims
from verify.commands.options import options_of
from verify.errors import UsageError
from verify.everything.command import SPEC, main
from verify.everything.experiment import check_recorded, judge_all_claims
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.exact import judge_exact
from verify.judging.judges.order import judge_order
from verify.judging.judges.proportion import judge_proportion
from verify.judging.judges.value import judge_value
from verify.judging.sample import Prediction
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.running.design import Design
from verify.running.obtain import obtain
from verify.running.progress import Progress
from verify.session.judge_claim import judge_claim
from verify.statistics.verdict import Verdict

TINY = Cell(n=256, N=60, d=40)
DESIGN = Design(problem=make_problem(), cells=(TINY,), groups=("update-norms",), updates=(Update(),))


def all_judged(**options):
    return judge_all_claims(options_of(SPEC, options))


def a_claim(**changes) -> Claim:
    fields = dict(
        id="T.1",
        statement="||D_0||_F = sqrt(N d)",
        source="here",
        kind=Kind.VALUE,
        observable="operator_norm",
        predict=lambda case: Prediction(value=43.0, spread=1.2),
        judge=judge_value,
        margin=8.0,
        margin_reason="a test's",
        lies=(Lie(name="half", law=lambda case, prediction: 0.5 * prediction.value, rival=True),),
        design=DESIGN,
        seeds=4,
    )
    return Claim(**(fields | changes))


def judged(claim, seeds=range(6)):
    return judge_claim(claim, tuple(seeds), lambda requests: obtain(requests, store=None))


def test_only_chooses_what_is_listed_too_and_adds_up(capsys):
    assert main(["--list", "--quick", "--only", "T4.1.F", "--only", "L.B5"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert "T4.1.F" in listed
    assert "L.B5" in listed
    assert {name.split(".")[0] for name in listed} == {"T4", "L"}
    with pytest.raises(UsageError, match="--only: unknown claim 'T4.1.Z'"):
        main(["--list", "--quick", "--only", "T4.1.Z"])


def test_every_id_is_there_once_and_every_claim_has_lies_a_margin_and_a_design():
    for quick in (True, False):
        claims = whole_catalogue(quick)
        assert len({claim.id for claim in claims}) == len(claims)
        assert all(claim.lies and claim.margin_reason for claim in claims)
        assert all(claim.design is not None or claim.kind is Kind.EXACT for claim in claims)


def test_choosing_by_id_takes_a_whole_family_and_names_the_nearest():
    claims = whole_catalogue(True)
    assert [claim.id for claim in choose(claims, ["T4.1.2.constant"])] == ["T4.1.2.constant"]
    assert "T4.1.2.ray" in {claim.id for claim in choose(claims, ["T4.1.2"])}
    for wanted, nearest in (
        ("T4.1.x", "T4.1."),
        ("c1b", "C.1b."),
        ("x.ridge.start.kta", "X.ridge.start.kta."),
    ):
        with pytest.raises(UsageError, match=rf"--only: unknown claim '{wanted}'; nearest: {nearest}"):
            choose(claims, [wanted])


def test_a_value_is_supported_refuted_and_its_lie_caught_on_real_runs():
    wide = judged(a_claim())
    assert wide.verdict is Verdict.SUPPORTED
    assert wide.controls[0].verdict is Verdict.REFUTED
    assert wide.power is not None
    wrong = judged(a_claim(predict=lambda case: Prediction(value=20.0, spread=2.0)))
    assert wrong.verdict is Verdict.REFUTED
    near = a_claim(
        lies=(Lie(name="a hair", law=lambda case, prediction: 1.001 * prediction.value, rival=True),)
    )
    assert judged(near).verdict is Verdict.INCONCLUSIVE  # a lie within the margin is never caught


def test_bounds_orders_proportions_and_exact_statements():
    half = Lie(name="half", law=lambda case, prediction: 0.5 * prediction.value, rival=True)
    bound = a_claim(kind=Kind.BOUND, judge=judge_bound, bounds=(20.0, 60.0), lies=(half,), margin=1.0)
    assert judged(bound).verdict is Verdict.SUPPORTED
    assert judged(replace(bound, bounds=(70.0, None))).verdict is Verdict.REFUTED
    nothing = Lie(name="no change", law=lambda case, prediction: 0.0, rival=True)
    contrast = a_claim(
        kind=Kind.ORDER,
        judge=judge_order,
        margin=1.0,
        lies=(nothing,),
        predict=lambda case: Prediction(value=10.0),
    )
    rising = replace(contrast, measure=lambda readings: readings.value("operator_norm") - 25.0)
    assert judged(rising).verdict is Verdict.SUPPORTED
    assert (
        judged(replace(contrast, measure=lambda r: 25.0 - r.value("operator_norm"))).verdict
        is Verdict.REFUTED
    )
    rare = Lie(name="one in a hundred", law=lambda case, prediction: 0.01, rival=True)
    share = a_claim(
        kind=Kind.PROPORTION, judge=judge_proportion, margin=0.9, lies=(rare,), measure=lambda r: 1.0
    )
    assert judged(share, range(5)).verdict is Verdict.SUPPORTED
    assert judged(replace(share, measure=lambda r: 0.0), range(100)).verdict is Verdict.REFUTED
    exact = a_claim(
        kind=Kind.EXACT,
        judge=judge_exact,
        margin=0.0,
        design=None,
        predict=lambda case: Prediction(value=1.0),
        lies=(Lie(name="a falsehood", law=lambda case, prediction: 0.0, rival=True),),
    )
    assert judged(exact).verdict is Verdict.SUPPORTED
    assert judged(replace(exact, predict=lambda case: Prediction(value=0.0))).verdict is Verdict.REFUTED
    believed = replace(exact, lies=(Lie(name="a truth", law=lambda case, prediction: 1.0, rival=True),))
    assert judged(believed).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("measure", [lambda r: float("nan"), lambda r: 43.0, lambda r: float("inf")])
def test_nan_constant_and_infinite_records_support_nothing(measure):
    for judge, kind in ((judge_value, Kind.VALUE), (judge_bound, Kind.BOUND), (judge_order, Kind.ORDER)):
        claim = a_claim(judge=judge, kind=kind, measure=measure, bounds=(1.0, 50.0))
        assert judged(claim).verdict is not Verdict.SUPPORTED
        assert judged(claim, range(0)).verdict is Verdict.INCONCLUSIVE
    nan = a_claim(judge=judge_proportion, kind=Kind.PROPORTION, measure=lambda r: float("nan"), margin=0.5)
    assert judged(nan).verdict is Verdict.INCONCLUSIVE


USER = """
from verify.claim import Claim, Kind, Lie, Prediction
from verify.problem.cells import Cell
from verify.claim import judge_value
from verify.problem import Update, make_problem
from verify.claim import Design

CLAIMS = [
    Claim(
        id="U.1", statement="a user's", source="the user", kind=Kind.VALUE, observable="frobenius_norm",
        measure=lambda readings: readings.value("operator_norm"),
        predict=lambda case: Prediction(value=43.0, spread=1.2), judge=judge_value, margin=8.0, margin_reason="mine",
        lies=(Lie(name="half", law=lambda case, prediction: 21.5, rival=True),), seeds=6,
        design=Design(problem=make_problem(), cells=(Cell(n=256, N=60, d=40),), groups=("update-norms",),
                      updates=(Update(),)),
    )
]
"""


@pytest.mark.usefixtures("few_claims")
def test_a_users_file_is_judged_beside_the_catalogue_and_its_runs_are_kept(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(USER)
    first = all_judged(claims=[path], only=["U.1"], quick=True, store=tmp_path / "store")
    assert [(f.claim, f.verdict) for f in first.findings] == [("U.1", Verdict.SUPPORTED)]
    assert (first.account.computed, first.account.reused) == (6, 0)
    again = all_judged(claims=[path], only=["U.1"], quick=True, store=tmp_path / "store")
    assert (again.account.computed, again.account.reused) == (0, 6)
    assert again.findings == first.findings


@pytest.mark.usefixtures("few_claims")
def test_records_that_were_tampered_with_or_cut_off_are_refused_named_and_computed_again(tmp_path, capsys):
    path, store = tmp_path / "mine.py", tmp_path / "store"
    path.write_text(USER)
    first = all_judged(claims=[path], only=["U.1"], store=store)
    one, other, *_ = sorted(store.glob("*.json"))
    changed = json.loads(one.read_text())
    changed["body"]["observables"]["operator_norm"][0] *= 1.5  # a number that would refute the claim
    one.write_text(json.dumps(changed))
    other.write_text(other.read_text()[:-40])
    options = ["--claims", str(path), "--only", "U.1", "--store", str(store), "--out", str(tmp_path / "out")]
    assert main(options) == 0
    printed = capsys.readouterr()
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (run["cells_computed"], run["cells_reused"]) == (2, 4)
    assert sorted(run["records_refused"]) == [
        f"{one.name}: its checksum does not match",
        f"{other.name}: truncated or not a record",
    ]
    for name in (one.name, other.name):
        assert name in printed.out + printed.err
    again = all_judged(claims=[path], only=["U.1"], store=store)
    assert (again.account.computed, again.account.refused) == (0, ())
    assert again.findings == first.findings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1 +", "mine.py:1: "),
        ("\nraise OSError('no')", "mine.py:2: OSError: no"),
        ("x = 1", "must define a Claim"),
        ("CLAIMS = [1]", "must define a Claim"),
        (
            USER.replace(
                'lies=(Lie(name="half", law=lambda case, prediction: 21.5, rival=True),)', "lies=()"
            ),
            "lies must name",
        ),
        (USER.replace("margin=8.0", "margin=0.0"), "margin must be finite"),
    ],
)
def test_a_users_file_with_a_mistake_is_one_line_with_file_and_line(tmp_path, text, says):
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(UsageError, match="--claims: ") as caught:
        user_claims(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("few_claims")
def test_a_claims_own_error_rate_holds_unless_the_command_says_otherwise(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(USER.replace("seeds=6,", "seeds=6, error_rate=0.01,"))
    common = dict(claims=[path], only=["U.1"], store=tmp_path / "store")
    assert all_judged(**common).findings[0].error_rate == 0.01
    assert all_judged(**common, error_rate=1e-3).findings[0].error_rate == 1e-3


def test_recorded_verdicts_are_compared(tmp_path):
    finding = judged(a_claim())
    path = tmp_path / "verdicts.json"
    path.write_text(json.dumps([finding.as_json()]))
    assert check_recorded([finding], path) == []
    assert check_recorded([replace(finding, verdict=Verdict.REFUTED)], path) == [
        "T.1: recorded supported, now refuted"
    ]
    assert check_recorded([replace(finding, claim="T.2")], path) == ["T.2: not recorded, now supported"]
    assert check_recorded([], path) == []
    assert check_recorded([], path, whole=True) == ["T.1: recorded supported, no longer judged"]
    (control,) = finding.controls
    let_go = replace(finding, controls=(replace(control, verdict=Verdict.INCONCLUSIVE),))
    assert check_recorded([let_go], path) == ["T.1: lie 'half' was recorded as refuted, now it is not"]
    path.write_text(json.dumps([finding.as_json() | {"verdict": "maybe"}]))
    with pytest.raises(UsageError, match="--check"):
        check_recorded([finding], path)
    path.write_text("[{}]")
    with pytest.raises(UsageError, match="--check"):
        check_recorded([finding], path)


def test_claims_on_the_same_runs_simulate_them_once():
    progress = Progress()
    claims = (a_claim(), a_claim(id="T.2", observable="frobenius_norm"))
    held: dict = {}

    def shared(requests):
        missing = [request for request in requests if request not in held]
        held.update(obtain(missing, store=None, progress=progress) if missing else {})
        return held

    for claim in claims:
        judge_claim(claim, (0, 1, 2), shared)
    assert progress.computed == 3
