"""Every claim on synthetic records: supported where it is true, not where a lie is, silent on records that say nothing."""

import pytest
from support.claim_records import NOTHING
from support.families import FAMILIES, every, listed, measured, proved, says_something, unmeasured

from verify.claims.catalogue import MODULES
from verify.claims.overlap.section import FREE
from verify.judging.claim import Kind
from verify.statistics.verdict import Verdict

SIZES = [(name, quick) for name, family in FAMILIES.items() for quick in family.sizes]


def test_every_module_of_the_catalogue_is_here():
    assert tuple(FAMILIES) == MODULES


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_claim_is_well_formed(family, quick):
    found = listed(family, quick)
    assert len(every(family, quick)) == len(found) > 0
    for claim in found:
        assert all((claim.statement, claim.source, claim.margin_reason, claim.lies)), claim.id
        assert (claim.design is None) == (claim.kind is Kind.EXACT), claim.id
        assert claim.reading or family not in ("spike", "overlap", "mean_field"), claim.id


@pytest.mark.parametrize(("family", "quick"), SIZES)
def test_a_true_claim_is_supported_and_every_lie_refuted(family, quick):
    for name, claim in measured(family, quick).items():
        finding = claim.judge(claim, FAMILIES[family].truth(claim))
        assert [control.lie for control in finding.controls] == [lie.name for lie in claim.lies], name
        if (name, quick) in FAMILIES[family].open:
            assert finding.verdict is Verdict.INCONCLUSIVE, name
            assert f"not refuted by these runs: {FREE}" in finding.note
            continue
        held = [control for control in finding.controls if control.verdict is not Verdict.REFUTED]
        assert (name, held) == (name, [])
        assert finding.verdict is Verdict.SUPPORTED, finding


@pytest.mark.parametrize("family", FAMILIES)
def test_where_a_lie_is_true_the_claim_is_not_supported(family):
    believed, refuted = [], []
    for name, claim in measured(family, FAMILIES[family].sizes[0]).items():
        for index, lie in enumerate(claim.lies):
            finding = claim.judge(claim, FAMILIES[family].lied(claim, lie))
            believed += [(name, lie.name)] if finding.verdict is Verdict.SUPPORTED else []
            refuted += [(name, lie.name)] if finding.controls[index].verdict is Verdict.REFUTED else []
    assert believed == [], "claims that are supported where these lies are true"
    assert refuted == [], "lies that are refuted where they are true"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_record_that_says_nothing_supports_nothing(family):
    supported = []
    for name, claim in measured(family).items():
        records = [record for record in NOTHING if not says_something(claim, record)]
        assert len(records) >= 3, name
        for record in records:
            finding = claim.judge(claim, FAMILIES[family].silent(claim, record))
            supported += [(name, record)] if finding.verdict is Verdict.SUPPORTED else []
    assert supported == []


@pytest.mark.parametrize("family", FAMILIES)
def test_a_proof_holds_and_its_lies_do_not(family):
    for name in proved(family):
        finding = unmeasured(every(family)[name])
        assert finding.verdict is Verdict.SUPPORTED, finding
        assert {control.verdict for control in finding.controls} == {Verdict.REFUTED}, name


def test_there_is_something_of_each_to_judge():
    """Else a loop over nothing would pass."""
    assert sum(len(measured(family)) for family in FAMILIES) > 100
    assert sum(len(proved(family)) for family in FAMILIES) > 10
