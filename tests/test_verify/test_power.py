"""Every claim can tell: power before the data over both catalogues, the pilots behind it, and what has too little."""

import json
import math
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from verify.claim import Case, Claim, Kind, Prediction, Sample
from verify.claims.catalogue import catalogue
from verify.claims.rivals import constant_lie
from verify.claims.shared import SMALL, default_problem
from verify.judges_ranks import judge_ranks
from verify.judges_seeds import judge_bound, judge_order, judge_value
from verify.pilot import TABLES, digest_of, needs_pilot, pilot_of, rehearse, table_of
from verify.problem import Update
from verify.study import judge_claim
from verify.verdict import Verdict

DOCS = Path(__file__).parents[2] / "docs"
BESIDE = {"zeros": 0.0, "readout_sum": 0.0, "split_signal": 0.936, "split_mu_1": 0.605706}
LEAST = 0.99
NAMES = ("quick", "full")

HUNDREDS = (
    "under eq. 6 the change is near its margin or small beside one run's scatter: hundreds of seeds and more"
)
DOZENS = "32 seeds of the whole sweep is what the paper's size affords; 40 to 60 would do"
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
TOO_LITTLE: dict[str, dict[str, str]] = {  # id, or its first part: why it has less power than 0.99
    "quick": {
        "S4.1d.test.paper": HUNDREDS,
        "S4.1d.holdout.paper": HUNDREDS,
        "S4.1d.begins.test.paper": HUNDREDS,
        "S4.1e.at-0.1.test.paper": HUNDREDS,
        "S4.1e.at-0.1.holdout.paper": HUNDREDS,
        "S4.1e.at-1.holdout.paper": HUNDREDS,
        "S4.1e.at-0.01.holdout.paper": HUNDREDS,
        "S4.1g.to-1.paper.ranks": RANKS,
        "S4.1g.whole-grid.released.ranks": RANKS,
        "D.4.tanh.released.adam.plenty": NEAR,
        "F.5a.gd.alpha": TAILS,
        "X.spike.two-row": ONE,
        "C.1b.right.adam": ONE,
        "X.sim.large": ONE,
    },
    "full": {
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
def claims_of(name: str) -> tuple[Claim, ...]:
    return catalogue(quick=name == "quick")


@lru_cache(maxsize=2)
def powers(name: str) -> dict[str, float | None]:
    """Power of every claim with a design at its own seeds and error rate, from predictions and pilots."""
    found = {}
    for claim in claims_of(name):
        if claim.design is not None and claim.kind is not Kind.DISTRIBUTION:
            finding = rehearse(claim, pilot=pilot_of(claim), observed=BESIDE)
            found[claim.id] = None if finding is None else finding.power
    return found


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
def test_distributions_have_the_power_that_their_draws_give(name):
    recorded = json.loads((DOCS / f"data/verdicts-{name}.json").read_text(encoding="utf-8"))
    found = [entry["power"] for entry in recorded if entry["kind"] == "distribution"]
    assert found
    assert min(found) >= LEAST


@pytest.mark.parametrize("name", NAMES)
def test_the_pilots_are_those_of_the_claims_as_they_are(name):
    """A claim that measures something else has no pilot any more: run docs/record_pilot.py again."""
    table = table_of(TABLES[name])
    wanted = [claim for claim in claims_of(name) if needs_pilot(claim)]
    assert list(table["claims"]) == [claim.id for claim in wanted]
    stale = [c.id for c in wanted if table["claims"][c.id]["digest"] != digest_of(c)]
    assert stale == []
    judged = max(claim.seeds for claim in claims_of(name))
    assert table["first_seed"] >= judged  # no seed of a pilot is ever judged by default
    assert all(len(row) == table["seeds"] for entry in table["claims"].values() for row in entry["values"])


@pytest.mark.parametrize("name", NAMES)
def test_the_pilots_agree_with_the_recorded_runs(name):
    """What a digest cannot see, such as another formula under the same name: the means would not agree."""
    recorded = {
        entry["claim"]: entry
        for entry in json.loads((DOCS / f"data/verdicts-{name}.json").read_text(encoding="utf-8"))
    }
    table, compared = table_of(TABLES[name]), 0
    for claim in claims_of(name):
        entry, pilot = recorded.get(claim.id), table["claims"].get(claim.id)
        plain = claim.kind in (Kind.VALUE, Kind.ORDER, Kind.BOUND) and pilot and len(pilot["values"]) == 1
        if not plain or not entry or not isinstance(entry["standard_error"], float) or claim.relative:
            continue
        values = np.array(pilot["values"][0], dtype=float)
        error = math.hypot(entry["standard_error"], float(np.std(values, ddof=1)) / math.sqrt(values.size))
        if error > 0 and np.isfinite(values).all():
            compared += 1
            assert abs(values.mean() - entry["estimate"]) <= 6.0 * error, claim.id
    assert compared > 80


def synthetic(judge, **fields) -> Claim:
    common = dict(
        id="synthetic",
        statement="",
        source="",
        kind=Kind.VALUE,
        observable="x",
        predict=lambda case: Prediction(value=1.0),
        judge=judge,
        margin=0.5,
        margin_reason="a test",
        lies=(constant_lie("lower", -0.2), constant_lie("higher", 2.2)),
        seeds=12,
        error_rate=0.01,
    )
    return Claim(**(common | fields))


def runs(claim: Claim, values, pilot=None) -> Sample:
    case = Case(problem=default_problem(), cell=SMALL, update=Update())
    bare = Sample(
        cases=(case,) * len(values),
        seeds=tuple(range(len(values))),
        values=tuple(map(float, values)),
        predictions=(claim.predict(case),) * len(values),
    )
    return bare if pilot is None else replace(bare, pilot=runs(claim, pilot))


def pilot_like(mean: float, spread: float, count: int = 12) -> np.ndarray:
    """Numbers of exactly that mean and standard deviation."""
    raw = np.linspace(-1.0, 1.0, count)
    return mean + spread * raw / np.std(raw, ddof=1)


CASES = {
    "value": (synthetic(judge_value), 1.0, 0.42),
    "bound": (
        synthetic(judge_bound, kind=Kind.BOUND, bounds=(0.0, None), lies=(constant_lie("none", -0.6),)),
        0.9,
        0.8,
    ),
    "order": (
        synthetic(judge_order, kind=Kind.ORDER, lies=(constant_lie("no change", 0.0),)),
        1.3,
        0.8,
    ),
    "false order": (
        synthetic(judge_order, kind=Kind.ORDER, lies=(constant_lie("no change", 0.0),)),
        -0.3,
        0.8,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_power_from_a_pilot_is_the_share_of_right_verdicts(name):
    claim, mean, spread = CASES[name]
    pilot = pilot_like(mean, spread)
    rng = np.random.default_rng(11)
    replicates = 1000
    assert claim.judge(claim, runs(claim, pilot_like(mean, spread))).power is None  # nothing known beforehand
    power = claim.judge(claim, runs(claim, pilot_like(mean, spread), pilot)).power
    wanted = Verdict.REFUTED if name == "false order" else Verdict.SUPPORTED
    sure, lies = 0, dict.fromkeys((lie.name for lie in claim.lies), 0)
    for _ in range(replicates):
        found = claim.judge(claim, runs(claim, rng.normal(mean, spread, claim.seeds)))
        sure += found.verdict is wanted or (wanted is Verdict.SUPPORTED and "no power" in found.note)
        for control in found.controls:
            lies[control.lie] += control.verdict is Verdict.REFUTED
    counted = min([sure, *lies.values()]) if wanted is Verdict.SUPPORTED else sure
    assert 0.3 < power < 0.98  # the design can be wrong either way
    assert counted / replicates == pytest.approx(power, abs=4.5 * math.sqrt(0.25 / replicates))


def test_a_lie_within_the_margin_leaves_no_power():
    claim = synthetic(judge_value, lies=(constant_lie("as good as the claim", 1.4),))
    assert claim.judge(claim, runs(claim, pilot_like(1.0, 0.1), pilot_like(1.0, 0.1))).power == 0.0


def test_a_constant_pilot_or_one_that_diverged_gives_no_power():
    claim = synthetic(judge_value)
    for pilot in (np.ones(12), np.full(12, math.nan)):
        assert claim.judge(claim, runs(claim, pilot_like(1.0, 0.1), pilot)).power is None


def test_ranks_have_the_interval_of_a_bounded_number():
    """Equal coefficients are judged: 40 of -0.8 show a fall, 12 do not; and the power says so beforehand."""
    claim = synthetic(
        judge_ranks,
        kind=Kind.TREND,
        margin=0.1,
        error_rate=1e-4,
        predict=lambda case: Prediction(value=-0.1),
        lies=(constant_lie("no change", 0.0), constant_lie("the other way", 0.1)),
    )
    many, few = (claim.judge(claim, runs(claim, np.full(k, -0.8), np.full(12, -0.8))) for k in (40, 12))
    assert (many.verdict, many.power) == (Verdict.SUPPORTED, 1.0)
    assert (few.verdict, few.power) == (Verdict.INCONCLUSIVE, 0.0)
    rising = claim.judge(claim, runs(claim, np.full(40, 0.9), np.full(12, 0.9)))
    assert (rising.verdict, rising.power) == (Verdict.REFUTED, 1.0)
    assert claim.judge(claim, runs(claim, [math.nan, -0.8, -0.7])).verdict is Verdict.INCONCLUSIVE


def test_a_claim_of_ones_own_goes_without_a_pilot_and_says_so():
    claim = next(claim for claim in claims_of("quick") if claim.id == "E.20.mu_1")
    assert pilot_of(claim) is not None
    own = replace(claim, id="my.own")
    assert pilot_of(own) is None
    other = replace(claim, observable="another")
    assert pilot_of(other) is None
    record = {"number": 0.0}

    def obtain(requests):
        from types import SimpleNamespace

        found = {}
        for request in requests:
            record["number"] += 0.01
            names = ("split_mu_1", claim.observable)
            found[request] = SimpleNamespace(observables=dict.fromkeys(names, (0.6 + record["number"], None)))
        return found

    finding = judge_claim(own, range(5), obtain)
    assert finding.power is None
    assert "power not known beforehand" in finding.note
