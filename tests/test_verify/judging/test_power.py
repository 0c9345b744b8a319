"""Every claim can tell: power before the data over both catalogues, the pilots behind it, and what has too little."""

import json
import math
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from support.families import whole_catalogue

from verify.claims.rivals import constant_lie
from verify.judging.claim import Claim, Kind
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.order import judge_order
from verify.judging.judges.ranks import judge_ranks
from verify.judging.judges.value import judge_value
from verify.judging.power import MIRRORED, scatter_limit
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.paper import SMALL, default_problem
from verify.problem.update import Update
from verify.session.judge_claim import judge_claim
from verify.session.pilot import (
    FIRST_SEED,
    SEEDS,
    TABLES,
    digest_of,
    missing_pilot,
    needs_pilot,
    pilot_of,
    rehearse,
    seeds_of_pilot,
    table_of,
)
from verify.session.reasons import with_seen
from verify.session.wording import wording
from verify.statistics.verdict import Verdict

DOCS = Path(__file__).parents[3] / "docs"
BESIDE = {"zeros": 0.0, "readout_sum": 0.0, "split_signal": 0.936, "split_mu_1": 0.605706}
LEAST = 0.99
NAMES = ("quick", "full")

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


def claims_of(name: str) -> tuple[Claim, ...]:
    return whole_catalogue(name == "quick")


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


def test_the_limit_of_a_deviation_covers_it_nine_times_in_ten():
    rng = np.random.default_rng(5)
    for runs_ in (12, 36):
        found = np.std(rng.standard_normal((20_000, runs_)), axis=1, ddof=1)
        share = np.mean([scatter_limit(float(s), runs_) >= 1.0 for s in found])
        assert share == pytest.approx(0.9, abs=4.5 * math.sqrt(0.09 / 20_000))


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
    assert table["seeds"] == SEEDS
    assert all(len(row) == table["seeds"] for entry in table["claims"].values() for row in entry["values"])


@pytest.mark.parametrize("name", NAMES)
def test_the_pilots_agree_with_the_recorded_runs(name):
    """What a digest cannot see, such as another formula under the same name: the means would not agree."""
    compared = 0
    for claim, values, entry in both(name):
        error = math.hypot(entry["standard_error"], float(np.std(values, ddof=1)) / math.sqrt(values.size))
        compared += 1
        assert abs(values.mean() - entry["estimate"]) <= 6.0 * error, claim.id
    assert compared > 80


@pytest.mark.parametrize("name", NAMES)
def test_the_pilots_scatter_as_the_recorded_runs_do(name):
    """The ratio of two variances, at a level of 1e-6 each: F's quantiles, whose tails heavier laws reach sooner."""
    compared = 0
    for claim, values, entry in both(name):
        variance = entry["standard_error"] ** 2 * entry["repeats"]
        if not variance > 0:
            continue
        ratio = variance / float(np.var(values, ddof=1))
        dof = (entry["repeats"] - 1, values.size - 1)
        compared += 1
        assert stats.f.ppf(5e-7, *dof) < ratio < stats.f.isf(5e-7, *dof), (claim.id, ratio)
    assert compared > 80


def both(name: str):
    """Claims of one cell with the pilot's numbers and the recorded finding."""
    recorded = {
        entry["claim"]: entry
        for entry in json.loads((DOCS / f"data/verdicts-{name}.json").read_text(encoding="utf-8"))
    }
    table = table_of(TABLES[name])
    for claim in claims_of(name):
        entry, pilot = recorded.get(claim.id), table["claims"].get(claim.id)
        plain = claim.kind in (Kind.VALUE, Kind.ORDER, Kind.BOUND) and pilot and len(pilot["values"]) == 1
        if not plain or not entry or not isinstance(entry["standard_error"], float) or claim.relative:
            continue
        values = np.array(pilot["values"][0], dtype=float)
        if np.isfinite(values).all() and np.ptp(values) > 0:
            yield claim, values, entry


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
    found = claim.judge(claim, runs(claim, pilot_like(mean, spread), pilot))
    power = found.power
    assert (MIRRORED in found.note) == (name == "false order")
    spread = scatter_limit(spread, 12)  # what the power is computed from
    wanted = Verdict.REFUTED if name == "false order" else Verdict.SUPPORTED
    sure, lies = 0, dict.fromkeys((lie.name for lie in claim.lies), 0)
    for _ in range(replicates):
        found = claim.judge(claim, runs(claim, rng.normal(mean, spread, claim.seeds)))
        sure += found.verdict is wanted or (wanted is Verdict.SUPPORTED and "no power" in found.note)
        for control in found.controls:
            lies[control.lie] += control.verdict is Verdict.REFUTED
    counted = min([sure, *lies.values()]) if wanted is Verdict.SUPPORTED else sure
    assert 0.1 < power < 0.98  # the design can be wrong either way
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
    assert MIRRORED in rising.note
    assert (rising.verdict, rising.power) == (Verdict.REFUTED, 1.0)
    assert claim.judge(claim, runs(claim, [math.nan, -0.8, -0.7])).verdict is Verdict.INCONCLUSIVE


def test_a_claim_of_ones_own_goes_without_a_pilot_and_says_so():
    claim = next(claim for claim in claims_of("quick") if claim.id == "E.20.mu_1")
    assert pilot_of(claim) is not None
    own = replace(claim, id="my.own")
    assert pilot_of(own) is None
    other = replace(claim, observable="another")
    assert pilot_of(other) is None
    assert missing_pilot(own) == "there are no pilot runs"
    assert "stale" in missing_pilot(other)
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


def test_judged_seeds_that_are_the_pilots_are_said():
    claim = next(claim for claim in claims_of("quick") if claim.id == "E.20.mu_1")
    finding = claim.judge(claim, replace(rehearsed(claim), pilot=pilot_of(claim)))
    assert seeds_of_pilot(claim, range(100)) == ()
    seen = seeds_of_pilot(claim, range(FIRST_SEED - 3, FIRST_SEED + 2))
    assert seen == (FIRST_SEED, FIRST_SEED + 1)
    assert with_seen(finding, ()) == finding
    assert (
        f"2 of its seeds ({FIRST_SEED} to {FIRST_SEED + 1}) are the pilot's" in with_seen(finding, seen).note
    )


def rehearsed(claim: Claim) -> Sample:
    """Runs that scatter a little around what is predicted."""
    case = Case(problem=claim.design.problem, cell=claim.design.cells[0], update=Update())
    predicted = claim.predict(case)
    return Sample(
        cases=(case,) * 5,
        seeds=tuple(range(5)),
        values=tuple(predicted.value + 1e-3 * k for k in range(5)),
        predictions=(predicted,) * 5,
    )


def twice(readings):
    return HELD * readings.value("a")


HELD = 2.0


def test_a_measurement_that_differs_in_an_observable_or_a_factor_reads_differently():
    """Names of variables alone would not tell these apart."""
    laws = [
        lambda r: r.value("test_loss[paper]") - 2 * r.value("sim"),
        lambda r: r.value("holdout_loss[released]") - 2 * r.value("sim"),
        lambda r: r.value("test_loss[paper]") - 5 * r.value("sim"),
        lambda r: 2 * r.value("sim") - r.value("test_loss[paper]"),
        twice,
    ]
    assert len({wording(law) for law in laws}) == len(laws)
    first, second = (lambda r: r.value("x")), (lambda r: r.value("y"))
    assert wording(first) != wording(second)
    assert wording(laws[0]) == wording(lambda r: r.value("test_loss[paper]") - 2 * r.value("sim"))


def test_a_measurement_is_read_through_the_helpers_that_it_calls():
    claims = {claim.id: claim for claim in claims_of("quick")}
    text = wording(claims["S4.1d.begins.test.released"].measure)
    assert "change_of(" in text
    assert "at 0x" not in "".join(wording(c.measure) for c in claims.values() if c.measure)
