"""Every claim of the catalogue, through the same door as a run: records that say nothing support nothing."""

import math
from functools import lru_cache
from types import SimpleNamespace

import pytest
from support.families import whole_catalogue

import verify.session.judge_claim
from verify.judging.claim import Kind
from verify.running.design import Readings
from verify.session.judge_claim import judge_claim
from verify.statistics.verdict import Verdict


@lru_cache(maxsize=1)
def measured():
    return [claim for claim in whole_catalogue(True) if claim.design is not None]


BESIDE = {
    "zeros": 0.0,
    "readout_sum": 0.0,
    "split_signal": 0.936,
    "split_mu_1": 0.605706,
}  # what predictions read


class Everything(dict):
    """A record that has every observable, always the same number."""

    def __init__(self, value):
        super().__init__({name: (number, None) for name, number in BESIDE.items()})
        self["the number"] = (value, None)


def judged(claim, value, monkeypatch, seeds=12):
    monkeypatch.setattr(Readings, "value", lambda self, observable, update=None, step=None: value)
    monkeypatch.setattr(Readings, "at", lambda self, update, observable, step=None: value)
    record = SimpleNamespace(observables=Everything(value), reused=False)
    return judge_claim(claim, range(seeds), lambda requests: dict.fromkeys(requests, record))


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.7310585786, 1234.5678])
def test_a_constant_or_meaningless_record_supports_no_claim(value, monkeypatch):
    passed = [
        claim.id for claim in measured() if judged(claim, value, monkeypatch).verdict is Verdict.SUPPORTED
    ]
    assert passed == []


def test_no_run_at_all_supports_no_claim(monkeypatch):
    verdicts = {claim.id: judged(claim, 0.5, monkeypatch, seeds=0).verdict for claim in measured()}
    assert set(verdicts.values()) == {Verdict.INCONCLUSIVE}


def test_whole_numbers_alone_are_a_record_only_of_claims_that_count(monkeypatch):
    """0 in every run is what a count or an identity may say; nothing else is supported by it."""
    for value in (0.0, 1.0):
        for claim in measured():
            if judged(claim, value, monkeypatch).verdict is Verdict.SUPPORTED:
                assert claim.kind in (Kind.COUNT, Kind.PROPORTION, Kind.IDENTITY, Kind.BOUND), (
                    claim.id,
                    value,
                )


def test_the_guard_is_what_refuses_copies(monkeypatch):
    """Without it, singular values that are equal in every run would count as runs without an outlier."""
    monkeypatch.setattr(verify.session.judge_claim, "_copies", lambda wanted, records: None)
    passed = {c.id for c in measured() if judged(c, 0.731, monkeypatch, 40).verdict is Verdict.SUPPORTED}
    assert passed
