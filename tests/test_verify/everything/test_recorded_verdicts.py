"""The recorded verdicts are those of the claims that there are, and the page explains every one that is not supported."""

import json
import re
from pathlib import Path

import pytest
from support.families import whole_catalogue

from verify.everything.experiment import check_recorded

DOCS = Path(__file__).parents[3] / "docs"
RECORDED = sorted(DOCS.glob("data/verdicts-*[kl].json"))


def test_the_quick_verdicts_are_recorded():
    assert DOCS / "data" / "verdicts-quick.json" in RECORDED


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_claim_of_the_catalogue_is_recorded_and_no_other(path):
    claims = {claim.id: claim for claim in whole_catalogue(path.stem.endswith("quick"))}
    recorded = json.loads(path.read_text(encoding="utf-8"))
    assert [entry["claim"] for entry in recorded] == list(claims)
    for entry in recorded:
        claim = claims[entry["claim"]]
        assert (entry["statement"], entry["reading"], entry["kind"]) == (
            claim.statement,
            claim.reading,
            str(claim.kind),
        )
        assert entry["error_rate"] == 1e-4
        assert entry["repeats"] == (claim.seeds if claim.design is not None else 0)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_is_supported_caught_its_lies_and_what_is_open_says_why(path):
    for entry in json.loads(path.read_text(encoding="utf-8")):
        lies = {control["verdict"] for control in entry["controls"]}
        if entry["verdict"] == "supported":
            assert lies == {"refuted"}, entry["claim"]
        elif entry["verdict"] == "inconclusive":
            assert entry["note"], entry["claim"]
            assert entry["repeats_needed"] or "seeds" not in entry["note"]
        if lies != {"refuted"}:
            assert entry["note"], entry["claim"]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_the_page_has_a_sentence_on_every_claim_that_is_not_supported(path):
    """An id on the page stands for itself and for the ids that begin with it."""
    text = (DOCS / "verdicts.md").read_text(encoding="utf-8")
    named = re.findall(
        r"`([^`]+)`", "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    )
    for entry in json.loads(path.read_text(encoding="utf-8")):
        if entry["verdict"] != "supported":
            assert any(entry["claim"] == name or entry["claim"].startswith(f"{name}.") for name in named), (
                entry["claim"]
            )


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_file_is_one_that_check_reads(path):
    assert check_recorded([], path) == []
    assert len(check_recorded([], path, whole=True)) == len(json.loads(path.read_text(encoding="utf-8")))
