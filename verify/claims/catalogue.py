"""Every claim there is: the modules of this package, and a user's own."""

import difflib
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from verify.claims.users import installed_claims, user_claims
from verify.errors import UsageError, quoted
from verify.judging.claim import Claim
from verify.problem.paper import second_stage

__all__ = ["MODULES", "catalogue", "choose", "overview_lines"]

MODULES = (
    "assumptions",
    "gradient",
    "norms",
    "constants",
    "losses",
    "spike",
    "overlap",
    "mean_field",
    "anchors",
)  # verify/claims/NAME.py, each with claims(*, quick) -> tuple of Claim; in the order of the report

NEAREST = 4  # ids that are named beside an unknown one


def catalogue(*, quick: bool = False, files: Sequence[Path] = ()) -> tuple[Claim, ...]:
    """The claims of every module, of installed distributions, and of a user's files; ids are unique.

    Raises
    ------
    UsageError
        A user's file with a mistake (file, line, what), or an id that is there already.
    """
    found: list[Claim] = []
    for name in MODULES:
        found += [
            _with_stage(claim, quick) for claim in import_module(f"verify.claims.{name}").claims(quick=quick)
        ]
    found += installed_claims(quick=quick)
    for path in files:
        found += user_claims(path)
    seen: set[str] = set()
    for claim in found:
        if claim.id in seen:
            raise UsageError(f"--claims: id {claim.id!r} is there already; ids must be unique")
        seen.add(claim.id)
    return tuple(found)


def _with_stage(claim: Claim, quick: bool) -> Claim:
    """A claim of ours with the ridge stage that the catalogue shares, so that it shares records; a user's keeps its own."""
    if claim.design is None:
        return claim
    return replace(claim, design=replace(claim.design, second_stage=second_stage(quick)))


def choose(claims: Sequence[Claim], ids: Sequence[str]) -> tuple[Claim, ...]:
    """The claims with these ids, in the catalogue's order; an id also chooses those it is the first part of.

    Raises
    ------
    UsageError
        An unknown id; the nearest known ones are named.
    """
    known = [claim.id for claim in claims]
    for wanted in ids:
        if not any(_matches(name, wanted) for name in known):
            raise UsageError(
                f"--only: unknown claim {quoted(wanted)}; nearest: {', '.join(_nearest(wanted, known))} (--list has all "
                f"{len(known)})"
            )
    return tuple(claim for claim in claims if any(_matches(claim.id, wanted) for wanted in ids))


def _nearest(wanted: str, known: Sequence[str]) -> list[str]:
    """The ids most like what was asked for, capitals and full stops aside."""

    def likeness(name: str) -> float:
        one, other = (text.lower().replace(".", "") for text in (wanted, name))
        return difflib.SequenceMatcher(None, one, other).ratio() + other.startswith(one)

    return sorted(known, key=likeness, reverse=True)[:NEAREST]


def _matches(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith(f"{wanted}.")


def overview_lines(claims: Sequence[Claim] | None = None) -> list[str]:
    """One line per claim: id, kind, statement."""
    shown = catalogue() if claims is None else claims
    width = max(len(claim.id) for claim in shown)
    kinds = max(len(claim.kind) for claim in shown)
    return [f"  {claim.id:<{width}}  {claim.kind:<{kinds}}  {claim.statement}" for claim in shown]
