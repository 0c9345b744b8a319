"""The pilots behind the power: those of the claims as they are, alike to the recorded runs, never judged."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from support.both_catalogues import NAMES, claims_of

from verify.judging.claim import Claim, Kind
from verify.judging.sample import Case, Sample
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
    seeds_of_pilot,
    table_of,
)
from verify.session.reasons import with_seen

DOCS = Path(__file__).parents[3] / "docs"


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
            found[request] = SimpleNamespace(
                observables=dict.fromkeys(names, (0.6 + record["number"], None)), reused=False
            )
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
