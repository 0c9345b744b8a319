"""Assumptions B.1 to B.3 as claims: truth and lies on synthetic records, the proofs, and what is really drawn."""

from dataclasses import replace
from functools import partial

import pytest
from support import families
from support.claim_records import synthetic
from support.families import real, unmeasured

from verify.claims import assumptions
from verify.judging.claim import Kind, Lie
from verify.judging.sample import Prediction
from verify.statistics.verdict import Verdict

every = partial(families.every, "assumptions")


PROVED = families.proved("assumptions")


@pytest.mark.parametrize("name", PROVED)
def test_a_disproof_refutes_and_a_lie_that_holds_leaves_it_open(name):
    claim = every()[name]
    false = replace(claim, predict=lambda case: Prediction(value=0.0))
    assert unmeasured(false).verdict is Verdict.REFUTED
    believed = replace(claim, lies=(Lie(name="a truth", law=lambda case, prediction: 1.0),))
    assert unmeasured(believed).verdict is Verdict.INCONCLUSIVE


def test_without_interval_arithmetic_the_finding_says_that_it_is_evidence(monkeypatch):
    clear = (assumptions.student_case.cache_clear, assumptions.teacher_case.cache_clear)
    monkeypatch.setattr(assumptions, "_balls", lambda: False)
    for each in clear:
        each()
    findings = [unmeasured(every()[name]) for name in PROVED]
    for each in clear:
        each()
    assert [finding.verdict for finding in findings] == [Verdict.SUPPORTED] * 2
    assert all("evidence, no proof" in finding.note for finding in findings)


def test_the_drawn_claims_have_their_power_at_both_sizes():
    for quick in (True, False):
        for claim in every(quick).values():
            if claim.kind is not Kind.EXACT:
                cell = claim.design.cells[0]
                draws = claim.seeds * (cell.N if ".a" in claim.id else cell.N * cell.d)
                good = synthetic(claim)
                if claim.kind is Kind.DISTRIBUTION:
                    good = replace(good, values=(draws / claim.seeds,) * claim.seeds)
                assert claim.judge(claim, good).power >= 0.99, claim.id


def test_what_is_drawn_is_normal_and_independent():
    held = {}
    for name in ("A.B1.W", "A.B1.a", *(f"A.B1.independent.{kind}" for kind in assumptions.PAIRS)):
        found = real(replace(every()[name], error_rate=0.01), 12, held=held)
        assert found.verdict is Verdict.SUPPORTED, found


def test_draw_blocks_that_repeat_are_seen(monkeypatch):
    import sim.draw

    true = sim.draw._generator
    monkeypatch.setattr(
        sim.draw, "_generator", lambda seed, stream, array, block: true(seed, stream, array, 0)
    )
    assert real(every()["A.B1.independent.blocks"], 4).verdict is Verdict.REFUTED


@pytest.mark.parametrize("share", [0.05, 0.125])
def test_a_hold_out_that_shares_samples_with_the_training_set_is_not_called_independent(monkeypatch, share):
    import sim.draw

    true = sim.draw.Draw.sample_block

    def leaking(self, kind, start, stop):
        X, y = true(self, kind, start, stop)
        if kind == "holdout":
            shared = int(share * len(X))
            X[:shared] = true(self, "train", start, stop)[0][:shared]
        return X, y

    monkeypatch.setattr(sim.draw.Draw, "sample_block", leaking)
    claim = every()["A.B1.independent.samples"]
    found = real(claim, claim.seeds)
    assert found.verdict is Verdict.REFUTED
    assert found.estimate == pytest.approx(share, abs=0.01)


def test_a_scale_that_is_wrong_is_seen(monkeypatch):
    import sim.draw

    true = sim.draw.Draw.readout
    monkeypatch.setattr(sim.draw.Draw, "readout", lambda self: 1.1 * true(self))
    assert real(replace(every()["A.B1.a"], error_rate=0.01), 6).verdict is Verdict.REFUTED
