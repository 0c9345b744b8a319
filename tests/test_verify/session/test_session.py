"""Claims judged together: one gradient for all of them, looks, what survives an interruption, copies are no repeats."""

from dataclasses import replace

import pytest

import verify.running.simulate
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.unpredicted import judge_unpredicted
from verify.judging.judges.value import judge_value
from verify.judging.sample import Prediction
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.running.design import Design
from verify.running.resources import Resources
from verify.running.store import Record, Store
from verify.session.judge_claim import judge_claim
from verify.session.session import Session, judge_together, requests_of_claims
from verify.statistics.verdict import Verdict

CELL = Cell(n=64, N=30, d=20)
RULE = Update()


def a_claim(id, observable="operator_norm_ratio", group="update", **changes):
    steps = (replace(RULE, eta=0.1),)
    design = Design(problem=make_problem(), cells=(CELL,), groups=(group,), updates=steps, paired=True)
    fields = dict(
        id=id, statement="a test's", source="here", kind=Kind.VALUE, observable=observable, judge=judge_value, margin=0.5,
        predict=lambda case: Prediction(value=0.75, spread=0.1), margin_reason="a test's", seeds=3, design=design,
        lies=(Lie(name="none", law=lambda case, prediction: -1.0, rival=True),),
    )  # fmt: skip
    return Claim(**(fields | changes))


def judged(claims, session=None, **options):
    options = {"seeds_of": lambda claim: claim.seeds, "session": session or Session()} | options
    return judge_together(claims, **options)


@pytest.fixture
def batches(monkeypatch):
    """Every batch that is simulated."""
    seen = []
    measure = verify.running.simulate.measure_batch

    def counted(requests, *, backend):
        seen.append(list(requests))
        return measure(requests, backend=backend)

    monkeypatch.setattr(verify.running.simulate, "measure_batch", counted)
    return seen


def test_claims_of_one_cell_and_seed_share_one_gradient_whatever_they_measure(batches):
    claims = [a_claim("T.1"), a_claim("T.2", "relative_training_loss", "training_loss", seeds=2)]
    judged(claims)
    assert [len(batch) for batch in batches] == [2, 2, 1]


def test_further_looks_are_taken_by_undecided_claims_alone(batches):
    tight = a_claim(
        "T.tight", margin=1e-9, lies=(Lie(name="0", law=lambda case, prediction: 0.7, rival=True),)
    )
    open_claim = replace(tight, predict=lambda case: Prediction(value=0.85, spread=0.1), margin=0.01)
    decided = a_claim("T.wrong", predict=lambda case: Prediction(value=40.0, spread=0.1))
    open_claim, decided = (replace(claim, error_rate=0.2) for claim in (open_claim, decided))
    first, second = judged([open_claim, decided], max_seeds=4, seeds_of=lambda claim: 2)
    assert (second.verdict, second.repeats, first.repeats) == (Verdict.REFUTED, 2, 4)
    assert {finding.error_rate for finding in (first, second)} == {0.1}
    assert sum(map(len, batches)) == 4


def test_a_look_of_one_is_a_look_of_all_where_findings_stand_beside_one_table(batches):
    open_claim = a_claim(
        "T.open", margin=1e-9, lies=(Lie(name="0", law=lambda case, prediction: 0.7, rival=True),)
    )
    claims = [replace(claim, error_rate=0.2) for claim in (open_claim, a_claim("T.easy"))]
    options = {"max_seeds": 4, "seeds_of": lambda claim: 2}
    assert [finding.repeats for finding in judged(claims, **options)] == [4, 2]
    assert [finding.repeats for finding in judged(claims, all_at_once=True, **options)] == [4, 4]


def test_no_look_is_spent_on_a_claim_without_a_prediction(batches):
    claim = a_claim("T.1", judge=judge_unpredicted, unpredicted="theory is silent")
    (finding,) = judged([claim], max_seeds=8, seeds_of=lambda claim: 2)
    assert (finding.verdict, finding.repeats) == (Verdict.INCONCLUSIVE, 2)
    assert finding.note.startswith("no prediction: theory is silent")
    assert sum(map(len, batches)) == 2


def test_requests_are_asked_for_once_and_a_claim_without_a_design_asks_for_nothing():
    one, other = a_claim("T.1"), a_claim("T.2", "frobenius_norm_ratio")
    assert len(requests_of_claims([(one, range(3)), (other, range(2))])) == 3
    assert requests_of_claims([(replace(one, design=None), range(3))]) == []


@pytest.mark.parametrize("threads", [1, 2])
def test_what_was_finished_before_an_interruption_is_not_simulated_again(threads, tmp_path, monkeypatch):
    claims, finished = [a_claim("T.1", seeds=6)], []
    measure = verify.running.simulate.measure_batch

    def interrupted(requests, *, backend):
        if requests[0].seed == 3:
            raise KeyboardInterrupt
        records = measure(requests, backend=backend)
        finished.append(requests[0].seed)
        return records

    def session():
        return Session(store=Store(tmp_path), resources=Resources(threads=threads))

    monkeypatch.setattr(verify.running.simulate, "measure_batch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        judged(claims, session())
    before = set(finished)
    assert before >= {0, 1}
    finished.clear()
    monkeypatch.setattr(verify.running.simulate, "measure_batch", measure)
    again = session()
    judged(claims, again)
    assert (again.progress.computed, again.progress.reused) == (6 - len(before), len(before))


def test_a_session_takes_what_it_has_got_from_memory(batches):
    session = Session()
    judged([a_claim("T.1")], session)
    judged([a_claim("T.2")], session)
    assert len(batches) == 3


def test_seeds_with_one_and_the_same_record_support_nothing():
    claim = a_claim("T.1", error_rate=0.2)

    def copies(requests):
        return {
            request: Record(
                key={}, observables={"operator_norm_ratio": (0.75 + 0.01 * (request.seed % 7), None)}
            )
            for request in requests
        }

    assert judge_claim(claim, range(7), copies).verdict is Verdict.SUPPORTED
    copied = judge_claim(claim, range(8), copies)
    assert copied.verdict is Verdict.INCONCLUSIVE
    assert "seeds 0 and 7 have the same record" in copied.note
