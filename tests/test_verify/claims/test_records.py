"""Every claim on synthetic records: supported where it is true, not where a lie is, silent on records that say nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import pytest
from support import claim_records, loss_records, spike_records

from verify.claims import assumptions, mean_field
from verify.claims.constants import section as constants
from verify.claims.gradient import section as gradient
from verify.claims.losses import section as losses
from verify.claims.overlap import section as overlap
from verify.claims.overlap.section import FREE
from verify.claims.spike import section as spike
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

OUTCOMES = (Kind.PROPORTION, Kind.COUNT)


@dataclass(frozen=True, kw_only=True)
class Family:
    """A module's claims, the sizes at which truth and lies are tried, and how its records are made.

    `open` are claims whose rivals are one theory at that size: no verdict can be had.
    """

    claims: Callable[..., tuple[Claim, ...]]
    truth: Callable[[Claim], Sample]
    lied: Callable[[Claim, Lie], Sample]
    silent: Callable[[Claim, str], Sample]
    sizes: tuple[bool, ...] = (True,)  # quick
    open: tuple[tuple[str, bool], ...] = ()


def plain(module, **fields) -> Family:
    records = dict(
        truth=claim_records.synthetic,
        lied=lambda claim, lie: claim_records.synthetic(claim, lie=lie),
        silent=claim_records.saying_nothing,
    )
    return Family(claims=module.claims, **(records | fields))


def about_spikes(module, **fields) -> Family:
    records = dict(
        truth=spike_records.truth, lied=spike_records.where_a_lie_is_true, silent=spike_records.saying_nothing_closed
    )  # fmt: skip
    return Family(claims=module.claims, **(records | fields))


FAMILIES = {
    "assumptions": plain(assumptions),
    "gradient": plain(gradient),
    "constants": plain(constants),
    "losses": plain(
        losses,
        truth=loss_records.synthetic,
        lied=lambda claim, lie: loss_records.synthetic(claim, law=lie.law),
        silent=loss_records.saying_nothing,
    ),
    "spike": about_spikes(spike, sizes=(False,)),
    "overlap": about_spikes(
        overlap,
        sizes=(True, False),
        open=(("C.1b.right.adam", True), ("X.sim.large", True), ("X.sim.large", False)),
    ),
    "mean_field": about_spikes(mean_field, sizes=(True, False)),
}


@lru_cache(maxsize=16)
def every(family: str, quick: bool) -> dict[str, Claim]:
    return {claim.id: claim for claim in FAMILIES[family].claims(quick=quick) if claim.kind is not Kind.EXACT}


def says_something(claim: Claim, record: str) -> bool:
    """Equal or single runs are what an exact claim says; equal outcomes what a share, a count, a rank says."""
    if record in ("constant", "one seed") and claim_records.exact_record(claim):
        return True
    if record == "constant":
        return claim.kind in OUTCOMES or claim.id.endswith(".ranks")
    return record == "inf" and claim.kind is Kind.PROPORTION and claim.observable.startswith("gap[")


TRUE = [(f, quick, id) for f, family in FAMILIES.items() for quick in family.sizes for id in every(f, quick)]
LIES = [
    (family, quick, id, index)
    for family, quick, id in TRUE
    if quick is FAMILIES[family].sizes[0]
    for index in range(len(every(family, quick)[id].lies))
]
SILENT = [
    (family, id, record)
    for family in FAMILIES
    for id, claim in every(family, True).items()
    for record in claim_records.NOTHING
    if not says_something(claim, record)
]


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_claim_is_well_formed(family, quick):
    found = FAMILIES[family].claims(quick=quick)
    assert len({claim.id for claim in found}) == len(found)
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


@pytest.mark.parametrize(("family", "quick", "name", "index"), LIES)
def test_where_a_lie_is_true_the_claim_is_not_supported(family, quick, name, index):
    claim = every(family, quick)[name]
    finding = claim.judge(claim, FAMILIES[family].lied(claim, claim.lies[index]))
    assert finding.verdict is not Verdict.SUPPORTED
    assert finding.controls[index].verdict is not Verdict.REFUTED


@pytest.mark.parametrize(("family", "name", "record"), SILENT)
def test_a_record_that_says_nothing_supports_nothing(family, name, record):
    claim = every(family, True)[name]
    sample = FAMILIES[family].silent(claim, record)
    assert claim.judge(claim, sample).verdict is not Verdict.SUPPORTED
