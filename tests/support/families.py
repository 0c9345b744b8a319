"""The modules of claims, and what each test of them needs: claims, records where they or their lies are true, real runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any

from support import claim_records, loss_records, norm_records, spike_records
from verify.claims import assumptions, mean_field
from verify.claims.anchors import section as anchors
from verify.claims.catalogue import catalogue
from verify.claims.constants import section as constants
from verify.claims.gradient import section as gradient
from verify.claims.losses import section as losses
from verify.claims.norms import section as norms
from verify.claims.overlap import section as overlap
from verify.claims.spike import section as spike
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.finding import Finding
from verify.judging.sample import Sample
from verify.problem.cells import Cell
from verify.running.obtain import obtain
from verify.running.request import Request
from verify.running.resources import Resources
from verify.running.store import Record
from verify.session.judge_claim import judge_claim
from verify.session.session import Session, judge_together

OUTCOMES = (Kind.PROPORTION, Kind.COUNT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A module's claims, the sizes at which truth and lies are tried, and how its records are made.

    `open` are claims whose rivals are one theory at that size: no verdict can be had.
    """

    claims: Callable[..., Sequence[Claim]]
    truth: Callable[[Claim], Sample]
    lied: Callable[[Claim, Lie], Sample]
    silent: Callable[[Claim, str], Sample]
    sizes: tuple[bool, ...] = (True,)  # quick
    open: tuple[tuple[str, bool], ...] = ()


def _plain(module: ModuleType, **fields: Any) -> Family:
    records = dict(
        truth=claim_records.synthetic,
        lied=lambda claim, lie: claim_records.synthetic(claim, lie=lie),
        silent=claim_records.saying_nothing,
    )
    return Family(claims=module.claims, **(records | fields))


def _as_norms(module: ModuleType, **fields: Any) -> Family:
    def truth(claim: Claim, **options: Any) -> Sample:
        return norm_records.synthetic(claim, spread=0.0 if claim.kind is Kind.IDENTITY else None, **options)

    records = dict(
        truth=truth, lied=lambda claim, lie: truth(claim, law=lie.law), silent=norm_records.saying_nothing
    )
    return Family(claims=module.claims, **(records | fields))


def _about_spikes(module: ModuleType, **fields: Any) -> Family:
    records = dict(
        truth=spike_records.truth, lied=spike_records.where_a_lie_is_true, silent=spike_records.saying_nothing_closed
    )  # fmt: skip
    return Family(claims=module.claims, **(records | fields))


FAMILIES = {
    "assumptions": _plain(assumptions),
    "gradient": _plain(gradient),
    "norms": _as_norms(norms, sizes=(True, False)),
    "constants": _plain(constants),
    "losses": _plain(
        losses,
        truth=loss_records.synthetic,
        lied=lambda claim, lie: loss_records.synthetic(claim, law=lie.law),
        silent=loss_records.saying_nothing,
    ),
    "spike": _about_spikes(spike, sizes=(False,)),
    "overlap": _about_spikes(
        overlap,
        sizes=(True, False),
        open=(("C.1b.right.adam", True), ("X.sim.large", True), ("X.sim.large", False)),
    ),
    "mean_field": _about_spikes(mean_field, sizes=(True, False)),
    "anchors": _plain(anchors),
}  # by the catalogue's names, in its order


@cache
def listed(family: str, quick: bool = True) -> tuple[Claim, ...]:
    """Its claims as the module lists them."""
    return tuple(FAMILIES[family].claims(quick=quick))


def every(family: str, quick: bool = True) -> dict[str, Claim]:
    """Its claims by id."""
    return {claim.id: claim for claim in listed(family, quick)}


@cache
def whole_catalogue(quick: bool) -> tuple[Claim, ...]:
    """Every claim as the command has them."""
    return catalogue(quick=quick)


def measured(family: str, quick: bool = True) -> dict[str, Claim]:
    """Those that runs decide."""
    return {name: claim for name, claim in every(family, quick).items() if claim.kind is not Kind.EXACT}


def proved(family: str) -> list[str]:
    """Ids of those that are proved or disproved without a run."""
    return sorted(every(family).keys() - measured(family).keys())


def says_something(claim: Claim, record: str) -> bool:
    """Equal or single runs are what an exact claim says; equal outcomes what a share, a count, a rank says."""
    if record in ("constant", "one seed") and claim_records.exact_record(claim):
        return True
    if record == "constant":
        return claim.kind in OUTCOMES or claim.id.endswith(".ranks")
    return record == "inf" and claim.kind is Kind.PROPORTION and claim.observable.startswith("gap[")


def unmeasured(claim: Claim) -> Finding:
    """Judged without a run: a proof."""
    return judge_claim(claim, (), lambda requests: {})


def real(
    claim: Claim,
    seeds: int,
    *,
    cells: tuple[Cell, ...] | None = None,
    held: dict[Request, Record] | None = None,
) -> Finding:
    """Judged on real runs of its first seeds; `held` are records that it may take and leaves there."""
    if cells is not None and claim.design is not None:
        claim = replace(claim, design=replace(claim.design, cells=cells))
    one_thread = Resources(threads=1)
    return judge_claim(
        claim, range(seeds), lambda asked: obtain(asked, store=None, resources=one_thread, held=held)
    )


def real_together(claims: Sequence[Claim], seeds: Sequence[int]) -> list[Finding]:
    """The same of several claims, each on so many seeds, with one gradient for all of a cell and seed."""
    wanted = dict(zip((claim.id for claim in claims), seeds, strict=True))
    session = Session(resources=Resources(threads=1))
    return list(judge_together(claims, seeds_of=lambda claim: wanted[claim.id], session=session))
