"""Every claim of both catalogues can tell: its power before the data, and what has too little, with the reason."""

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from support.both_catalogues import NAMES, claims_of

from verify.judging.claim import Kind
from verify.session.pilot import (
    pilot_of,
    rehearse,
)

DOCS = Path(__file__).parents[3] / "docs"
BESIDE = {"zeros": 0.0, "readout_sum": 0.0, "split_signal": 0.936, "split_mu_1": 0.605706}
LEAST = 0.99
HUNDREDS = (
    "under eq. 6 the change is near its margin or small beside one run's scatter: hundreds of seeds and more"
)
DOZENS = "32 seeds of the whole sweep is what the paper's size affords; 40 to 60 would do"
MORE = "twice the seeds would do, at twice the price of the dearest designs"
SPECTRA = "a whole spectrum at the paper's size costs seconds; a hundred would do"
RANKS = (
    "Spearman's coefficients are bounded numbers: their interval, valid whatever their law, takes hundreds of "
    "seeds unless they lie near -1"
)
NEAR = "the truth lies near the bound: the paper's number and the theory's are hardly apart here"
TAILS = "GD's one step hardly moves the exponents: the change lies near its margin"
ONE = (
    "at this size the rival theory differs by less than the prediction's own error: no number of seeds tells"
)
LIMIT = (
    "0.99 and more at the pilot's own deviation, 0.5 and more at the upper limit that two dozen runs leave to it: a longer "
    "pilot, or up to twice the seeds, would close the gap"
)
TOO_LITTLE: dict[str, dict[str, str]] = {  # id, or its first part: why it has less power than 0.99
    "quick": {
        "S4.1d.test.paper": HUNDREDS,
        "S4.1d.holdout.paper": HUNDREDS,
        "S4.1d.begins.test.paper": HUNDREDS,
        "S4.1e.at-0.1.test.paper": HUNDREDS,
        "S4.1e.at-0.1.holdout.paper": HUNDREDS,
        "S4.1e.at-1.holdout.paper": HUNDREDS,
        "S4.1e.at-0.01.holdout.paper": HUNDREDS,
        "L.B4.label.limit": LIMIT,
        "L.B4.residual.rate": LIMIT,
        "S4.1e.at-1.test.released": LIMIT,
        "S4.1f.low.paper": HUNDREDS,
        "S4.1c.upper.median": LIMIT,
        "S4.1e.at-1.kta.paper": HUNDREDS,
        "S4.1e.at-1.kta.released": HUNDREDS,
        "S4.1e.at-0.01.test.paper": HUNDREDS,
        "F.1.test.paper": HUNDREDS,
        "X.loss.break-even": LIMIT,
        "X.ridge.adam-1.kta": HUNDREDS,
        "C.1b.right.gd": MORE,
        "S4.1g.to-1.paper.ranks": RANKS,
        "S4.1g.whole-grid.released.ranks": RANKS,
        "D.4.tanh.released.adam.plenty": NEAR,
        "D.4.tanh.released.gd.plenty": LIMIT,
        "F.5a.gd.alpha": TAILS,
        "X.spike.two-row": ONE,
        "C.1b.right.adam": ONE,
        "X.sim.large": ONE,
    },
    "full": {
        "S4.1e.at-1.holdout.paper": DOZENS,
        "X.ridge.adam-0.1.kta": LIMIT,
        "X.ridge.adam-1.kta": MORE,
        "X.ridge.gd-2000.kta": LIMIT,
        "C.1b.left.gd": LIMIT,
        "C.1b.right.gd": MORE,
        "X.sim.adam": LIMIT,
        "X.blind.gd": LIMIT,
        "S4.1d.test.paper": HUNDREDS,
        "S4.1d.holdout.paper": HUNDREDS,
        "S4.1e.at-0.1.test.paper": HUNDREDS,
        "S4.1e.at-0.1.holdout.paper": HUNDREDS,
        "S4.1e.at-0.01.holdout.paper": DOZENS,
        "S4.1f.low.paper": DOZENS,
        "S4.1g.to-1.paper.ranks": RANKS,
        "S4.1g.whole-grid": RANKS,
        "D.4.tanh.released.adam.plenty": NEAR,
        "F.5a.gd.alpha.ks": TAILS,
        "S4.1c.upper": SPECTRA,
        "X.sim.large": ONE,
    },
}


@lru_cache(maxsize=2)
def powers(name: str) -> dict[str, float | None]:
    """Power of every claim with a design at its own seeds and error rate, from predictions and pilots."""
    found = {}
    for claim in claims_of(name):
        if claim.design is not None and claim.kind is not Kind.DISTRIBUTION:
            finding = rehearse(claim, pilot=pilot_of(claim), observed=BESIDE)
            found[claim.id] = None if finding is None else finding.power
    return found


def at_the_estimate(name: str, monkeypatch) -> dict[str, float | None]:
    """The same powers, the pilot's own deviations in place of their limits."""
    monkeypatch.setattr("verify.judging.power.scatter_limit", lambda spread, runs, upper=True: spread)
    monkeypatch.setattr("verify.judging.judges.ranks.scatter_limit", lambda spread, runs, upper=True: spread)
    return powers.__wrapped__(name)


def excused(id: str, name: str) -> bool:
    return any(id == part or id.startswith(f"{part}.") for part in TOO_LITTLE[name])


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_has_the_power_to_tell_or_a_reason_why_not(name):
    assert None not in powers(name).values(), [id for id, power in powers(name).items() if power is None]
    weak = {id: round(power, 4) for id, power in powers(name).items() if power < LEAST}
    assert {id: power for id, power in weak.items() if not excused(id, name)} == {}
    for part in TOO_LITTLE[name]:
        assert any(id == part or id.startswith(f"{part}.") for id in weak), f"{part} needs no excuse"


@pytest.mark.parametrize("name", NAMES)
def test_what_more_seeds_would_tell_they_would(name, monkeypatch):
    """Twice the seeds, at the pilot's own deviation."""
    listed = [part for part, reason in TOO_LITTLE[name].items() if reason in (MORE, DOZENS)]
    twice = tuple(
        replace(claim, seeds=2 * claim.seeds)
        for claim in claims_of(name)
        if any(claim.id == part or claim.id.startswith(f"{part}.") for part in listed)
    )
    monkeypatch.setitem(globals(), "claims_of", lambda name: twice)
    found = at_the_estimate(name, monkeypatch)
    assert found
    assert {id: power for id, power in found.items() if power is None or power < LEAST} == {}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_excused_for_its_limit_alone_has_the_power_at_the_estimate(name, monkeypatch):
    limited = {
        id: power
        for id, power in powers(name).items()
        for part, reason in TOO_LITTLE[name].items()
        if reason is LIMIT and (id == part or id.startswith(f"{part}."))
    }
    estimates = at_the_estimate(name, monkeypatch)
    assert limited
    for id, power in limited.items():
        assert power >= 0.5, (id, power)
        assert estimates[id] >= LEAST, (id, estimates[id])


@pytest.mark.parametrize("name", NAMES)
def test_distributions_have_the_power_that_their_draws_give(name):
    recorded = json.loads((DOCS / f"data/verdicts-{name}.json").read_text(encoding="utf-8"))
    found = [entry["power"] for entry in recorded if entry["kind"] == "distribution"]
    assert found
    assert min(found) >= LEAST
