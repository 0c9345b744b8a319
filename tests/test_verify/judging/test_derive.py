"""A verdict follows from the fields that are written of it: of freshly judged findings, and of the recorded ones."""

import json
import math
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from support.claim_records import NOTHING
from support.families import FAMILIES, listed, unmeasured

from verify.judging.claim import Claim, Kind
from verify.judging.derive import derived_verdict
from verify.judging.finding import Finding
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

DOCS = Path(__file__).parents[3] / "docs"
RECORDED = ("verdicts-full", "verdicts-quick", "scaling-quick-verdicts", "scaling-ray-verdicts")
ALL = 10**6
MIXTURES = (  # share of the truth, the rest a lie, and seeds: verdicts of every kind, many near an edge
    (0.2, ALL), (0.5, ALL), (0.85, ALL), (0.95, ALL), (0.5, 4), (0.85, 4),
)  # fmt: skip
NEW = ("relative", "bounds", "tolerance", "also", "dof", "repeats_needed_low")
CASES = [(name, quick) for name, family in FAMILIES.items() for quick in family.sizes]


def written(finding: Finding) -> dict:
    """As it is read from verdicts.json."""
    return json.loads(json.dumps(finding.as_json(), allow_nan=False))


def mixed(truth: Sample, lied: Sample, share: float, seeds: int) -> Sample:
    """Runs between truth and lie, of the first seeds."""
    kept = [index for index, seed in enumerate(truth.seeds) if seed < seeds]
    values = [share * a + (1.0 - share) * b for a, b in zip(truth.values, lied.values, strict=True)]
    return Sample(
        cases=tuple(truth.cases[index] for index in kept), seeds=tuple(truth.seeds[index] for index in kept),
        values=tuple(values[index] for index in kept), predictions=tuple(truth.predictions[index] for index in kept),
    )  # fmt: skip


def lopsided(truth: Sample, lied: Sample) -> Sample:
    """The lie in the first cell alone: what is shown must be the cell that decides."""
    first = truth.cases[0].cell
    values = [
        b if case.cell == first else a
        for case, a, b in zip(truth.cases, truth.values, lied.values, strict=True)
    ]
    return replace(truth, values=tuple(values))


def judged(claim: Claim, family: str) -> list[Finding]:
    """The claim on records where it is true, where each lie is, that say nothing, and in between."""
    made = FAMILIES[family]
    if claim.kind is Kind.EXACT:
        return [unmeasured(claim)]
    truth, lied = made.truth(claim), [made.lied(claim, lie) for lie in claim.lies]
    samples = [truth, *lied, *(made.silent(claim, record) for record in NOTHING)]
    for other in lied[:1]:
        if len(other.values) == len(truth.values):
            samples += [mixed(truth, other, share, seeds) for share, seeds in MIXTURES]
            samples.append(lopsided(truth, other))
    return [claim.judge(claim, sample) for sample in samples]


@lru_cache(maxsize=len(CASES))
def entries(family: str, quick: bool) -> tuple[dict, ...]:
    return tuple(written(finding) for claim in listed(family, quick) for finding in judged(claim, family))


@pytest.mark.parametrize(("family", "quick"), CASES)
def test_a_verdict_follows_from_the_fields_that_are_written(family, quick):
    for entry in entries(family, quick):
        assert derived_verdict(entry) == entry["verdict"], entry


SILENCED = {
    "relative": lambda fields: fields | {"relative": False},
    "bounds": lambda fields: fields | {"bounds": [None, None]},
    "stated": lambda fields: fields | {"stated": None},
    "tolerance": lambda fields: fields | {"tolerance": None},
    "also": lambda fields: fields | {"also": []},
    "controls": lambda fields: fields | {"controls": [{"lie": "one", "verdict": "refuted"}]},
}


@pytest.mark.parametrize("field", SILENCED)
def test_without_one_of_the_fields_verdicts_do_not_follow(field):
    """So each of them is needed, and the test above can fail."""
    wrong = 0
    for family in ("norms", "gradient", "spike", "constants", "overlap"):
        for entry in entries(family, FAMILIES[family].sizes[0]):
            try:
                wrong += derived_verdict(SILENCED[field](entry)) != entry["verdict"]
            except TypeError:  # nothing is left to be judged by
                wrong += 1
    assert wrong > 0


def a_finding(**changes) -> dict:
    plain = {
        "kind": "value", "predicted": 1.0, "stated": None, "estimate": 1.05, "interval": [1.0, 1.1], "margin": 0.1,
        "relative": False, "bounds": [None, None], "tolerance": None, "also": [],
        "controls": [{"lie": "twice", "verdict": "refuted"}],
    }  # fmt: skip
    return plain | changes


WORKED = [
    ({}, "supported"),
    ({"interval": [1.0, 1.2]}, "inconclusive"),
    ({"interval": [1.2, 1.3]}, "refuted"),
    ({"interval": None}, "inconclusive"),
    ({"predicted": None}, "inconclusive"),
    ({"controls": []}, "inconclusive"),
    ({"controls": [{"lie": "twice", "verdict": "inconclusive"}]}, "inconclusive"),
    ({"predicted": 37.13, "interval": [36.31, 37.46], "margin": 0.0447, "relative": True}, "supported"),
    ({"predicted": 37.13, "interval": [36.31, 37.46], "margin": 0.0447}, "inconclusive"),
    ({"bounds": [0.95, None], "interval": [0.9984, 0.9985]}, "supported"),
    ({"bounds": [None, 0.95], "interval": [0.9984, 0.9985]}, "refuted"),
    (
        {"stated": -0.0031, "predicted": 0.139, "bounds": [None, -0.0031], "interval": [0.093, 0.175]},
        "refuted",
    ),
    ({"stated": 0.0, "predicted": 0.488, "interval": [0.47, 0.5]}, "refuted"),
    ({"tolerance": 1e-6, "interval": None, "estimate": 1.000002}, "refuted"),
    ({"tolerance": 1e-6, "interval": None, "estimate": 1.0000005}, "supported"),
    ({"predicted": {"n": 0.0, "N": 0.5}, "interval": {"n": [0.0, 0.1]}}, "inconclusive"),
    ({"predicted": {"n": 0.0, "N": 0.5}, "interval": {"n": [0.2, 0.3]}}, "refuted"),
]


@pytest.mark.parametrize(("changes", "verdict"), WORKED)
def test_worked_by_hand(changes, verdict):
    assert derived_verdict(a_finding(**changes)) == verdict


@pytest.mark.parametrize(
    ("role", "verdict"), [("decides", "refuted"), ("refutes", "refuted"), ("bars", "inconclusive")]
)
def test_a_further_number_does_what_its_role_says(role, verdict):
    further = {"predicted": 0.0, "estimate": 0.3, "interval": [0.2, 0.4], "margin": 0.1, "role": role,
               "bounds": [None, None], "tolerance": None}  # fmt: skip
    assert derived_verdict(a_finding(also=[further])) == verdict
    open_ = further | {"interval": [0.0, 0.4]}
    assert derived_verdict(a_finding(also=[open_])) == ("inconclusive" if role == "decides" else "supported")


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_verdict_follows_from_its_fields(name):
    """Files recorded before there were such fields fail: docs/record_verdicts.py and docs/build.py make them anew."""
    recorded = json.loads((DOCS / f"data/{name}.json").read_text(encoding="utf-8"))
    assert recorded
    for entry in recorded:
        missing = [field for field in NEW if field not in entry]
        assert missing == [], f"{entry['claim']}: recorded without {', '.join(missing)}"
        assert derived_verdict(entry) == entry["verdict"], entry


ORDER = (
    "claim", "statement", "source", "reading", "kind", "verdict", "predicted", "stated", "estimate", "standard_error",
    "interval", "margin", "relative", "bounds", "error_rate", "power", "repeats", "repeats_needed", "controls", "note",
)  # fmt: skip


def test_the_fields_stand_in_their_order_and_a_number_that_is_none_is_null():
    claim = listed("norms")[0]
    entry = written(claim.judge(claim, FAMILIES["norms"].truth(claim)))
    assert tuple(entry) == (*ORDER, *(name for name in entry if name not in ORDER))
    assert set(NEW) <= set(entry)
    silent = replace(claim.judge(claim, FAMILIES["norms"].truth(claim)), estimate=math.nan)
    assert written(silent)["estimate"] is None
    assert derived_verdict(written(silent)) == Verdict.INCONCLUSIVE
