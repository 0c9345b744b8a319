"""The main job on real runs: every verdict as it should be, and a prediction that is 4 % off is refuted."""

import json

import pytest

import theory.update.sign
import verify.running.simulate
from verify.commands.options import options_of
from verify.predictions import norms as norm_predictions
from verify.scaling.command import SPEC, run
from verify.scaling.experiment import experiment
from verify.statistics.verdict import Verdict

CASES = {
    "defaults": {"scales": [1, 2, 3], "seeds": 3},
    "mean-field": {"parametrisation": "mean-field", "design": "off-ray", "seeds": 3},
    "uncorrected": {"adam": "uncorrected", "design": "off-ray", "seeds": 3},
    "eps": {"eps": 1e-8, "design": "off-ray", "seeds": 5},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Records that two runs of the same cells share."""
    return tmp_path_factory.mktemp("store")


@pytest.mark.parametrize("case", CASES)
def test_every_claim_is_supported_and_every_lie_refuted(case, store):
    for finding in run(**CASES[case], store=store):
        assert finding.verdict is Verdict.SUPPORTED, json.dumps(finding.as_json())
        assert finding.controls
        assert all(control.verdict is Verdict.REFUTED for control in finding.controls)


def test_a_prediction_four_percent_off_is_refuted(monkeypatch, store):
    right = theory.update.sign.sign_norm_ratio_refined
    monkeypatch.setattr(theory.update.sign, "sign_norm_ratio_refined", lambda sn: 1.04 * right(sn))
    norm_predictions.adam_ratios.cache_clear()
    try:
        findings = {finding.claim: finding for finding in run(design="off-ray", seeds=3, store=store)}
    finally:
        norm_predictions.adam_ratios.cache_clear()
    assert findings["T4.1.2.constant"].verdict is Verdict.REFUTED
    assert findings["T4.1.F"].verdict is Verdict.SUPPORTED


@pytest.mark.parametrize("adam", ["corrected", "uncorrected"])
@pytest.mark.parametrize("eps", [1e-300, 1e-12, 1e-6, 1e-4, 1e-2, 1.0, 1e6, 1e12])
def test_every_eps_is_judged(eps, adam):
    findings = run(sizes=[(256, 120, 100), (256, 60, 50)], seeds=2, eps=eps, adam=adam, store=None)
    assert {finding.claim for finding in findings} >= {"T4.1.F", "T4.1.2", "T4.1.2.constant"}
    assert all(finding.verdict is not Verdict.REFUTED for finding in findings)
    if eps >= 1e-6:  # a scatter that the design does not resolve supports nothing
        assert any(finding.verdict is Verdict.INCONCLUSIVE for finding in findings)


def test_a_lie_that_the_design_cannot_refute_stays_and_leaves_the_claim_open():
    found = {
        finding.claim: finding
        for finding in run(design="off-ray", seeds=2, student="centred-softplus", store=None)
    }
    law = found["T4.1.2"]
    assert law.verdict is Verdict.INCONCLUSIVE
    assert "one c for every n/d" in {c.lie for c in law.controls if c.verdict is not Verdict.REFUTED}
    assert law.repeats_needed > 2


def test_looks_take_every_seed_once_and_fresh_takes_none_from_the_store(tmp_path):
    options = {"sizes": [(256, 120, 100), (256, 240, 100)], "seeds": 2, "max_seeds": 8, "store": tmp_path}
    first = experiment(options_of(SPEC, options)).account
    assert (first.looks, first.computed, first.reused) == (3, 16, 0)
    assert (again := experiment(options_of(SPEC, options)).account).reused == 16
    assert again.computed == 0
    fresh = experiment(options_of(SPEC, options | {"fresh": True})).account
    assert (fresh.computed, fresh.reused) == (16, 0)


def test_copied_records_support_nothing_here_either(monkeypatch):
    """Every seed from the second on is measured as the first: copies are no repeats, whatever they agree with."""
    measure = verify.running.simulate.measure_batch
    first = {}

    def copied(requests, *, backend):
        found = measure(requests, backend=backend)
        for request, record in found.items():
            found[request] = first.setdefault(request.cell, record)
        return found

    options = {"sizes": [(256, 120, 100)], "seeds": 3, "threads": 1, "store": None}
    assert run(**options)[0].verdict is Verdict.SUPPORTED
    monkeypatch.setattr(verify.running.simulate, "measure_batch", copied)
    for finding in run(**options):
        assert finding.verdict is Verdict.INCONCLUSIVE
        assert "have the same record" in finding.note


def test_an_open_finding_says_why():
    found = {finding.claim: finding for finding in run(sizes=[(2, 40, 10)], seeds=20, optimiser="gd")}
    assert "seeds would tell" in found["X.G2.constant"].note
    cells = [(256, 120, 100), (256, 240, 100), (256, 120, 200), (512, 120, 100)]
    law = {finding.claim: finding for finding in run(sizes=cells, seeds=2)}["T4.1.2"]
    reaching = [name for name, (low, high) in law.interval.items() if high - low > 0.06]
    assert reaching
    assert f"the interval of {', '.join(reaching)} reaches over the margin" in law.note


def test_every_finding_of_a_run_with_looks_is_on_the_seeds_of_its_table():
    result = experiment(
        options_of(SPEC, {"sizes": [(256, 120, 100), (256, 240, 100)], "seeds": 2, "max_seeds": 8})
    )
    assert {finding.repeats for finding in result.findings} == {8}
    assert len({run.seed for run in result.runs}) == 8
    identity = result.findings[0]
    assert (identity.claim, identity.verdict) == ("T4.1.F", Verdict.SUPPORTED)
