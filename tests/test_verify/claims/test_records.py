"""Every claim on synthetic records: supported where it is true, not where a lie is, silent on records that say nothing."""

import pytest
from support.claim_records import NOTHING
from support.families import FAMILIES, every, listed, measured, proved, says_something, unmeasured

from verify.claims.catalogue import MODULES
from verify.claims.overlap.section import FREE
from verify.judging.claim import Kind
from verify.statistics.verdict import Verdict

TRUE = [
    (family, quick, name)
    for family in FAMILIES
    for quick in FAMILIES[family].sizes
    for name in measured(family, quick)
]
LIED = [(family, quick, name) for family, quick, name in TRUE if quick is FAMILIES[family].sizes[0]]
QUICK = [(family, name) for family in FAMILIES for name in measured(family)]
PROVED = [(family, name) for family in FAMILIES for name in proved(family)]


def test_every_module_of_the_catalogue_is_here():
    assert tuple(FAMILIES) == MODULES


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_claim_is_well_formed(family, quick):
    found = listed(family, quick)
    assert len(every(family, quick)) == len(found)
    for claim in found:
        assert all((claim.statement, claim.source, claim.margin_reason, claim.lies)), claim.id
        assert (claim.design is None) == (claim.kind is Kind.EXACT), claim.id
        assert claim.reading or family not in ("spike", "overlap", "mean_field"), claim.id


@pytest.mark.parametrize(("family", "quick", "name"), TRUE)
def test_a_true_claim_is_supported_and_every_lie_refuted(family, quick, name):
    claim = every(family, quick)[name]
    finding = claim.judge(claim, FAMILIES[family].truth(claim))
    assert [control.lie for control in finding.controls] == [lie.name for lie in claim.lies]
    if (name, quick) in FAMILIES[family].open:
        assert finding.verdict is Verdict.INCONCLUSIVE
        assert f"not refuted by these runs: {FREE}" in finding.note
        return
    assert {control.verdict for control in finding.controls} == {Verdict.REFUTED}, finding.controls
    assert finding.verdict is Verdict.SUPPORTED, finding


@pytest.mark.parametrize(("family", "quick", "name"), LIED)
def test_where_a_lie_is_true_the_claim_is_not_supported(family, quick, name):
    claim, believed, refuted = every(family, quick)[name], [], []
    for index, lie in enumerate(claim.lies):
        finding = claim.judge(claim, FAMILIES[family].lied(claim, lie))
        believed += [lie.name] if finding.verdict is Verdict.SUPPORTED else []
        refuted += [lie.name] if finding.controls[index].verdict is Verdict.REFUTED else []
    assert claim.lies
    assert believed == [], "supported where they are true"
    assert refuted == [], "refuted where they are true"


@pytest.mark.parametrize(("family", "name"), QUICK)
def test_a_record_that_says_nothing_supports_nothing(family, name):
    claim = every(family)[name]
    records = [record for record in NOTHING if not says_something(claim, record)]
    assert len(records) >= 3
    samples = {record: FAMILIES[family].silent(claim, record) for record in records}
    assert [r for r in records if claim.judge(claim, samples[r]).verdict is Verdict.SUPPORTED] == []


@pytest.mark.parametrize(("family", "name"), PROVED)
def test_a_proof_holds_and_its_lies_do_not(family, name):
    finding = unmeasured(every(family)[name])
    assert finding.verdict is Verdict.SUPPORTED, finding
    assert finding.controls
    assert {control.verdict for control in finding.controls} == {Verdict.REFUTED}
