"""Appendix C.1d: below the threshold, and off the top pair, overlaps are those of frames that know nothing of each other."""

from collections.abc import Sequence

from verify.claim import Claim, Kind
from verify.claims.losses_common import constant_lie, step
from verify.claims.shared import SMALL, default_problem
from verify.claims.spike_common import constant, scaled_margin, spike_of, title
from verify.claims.spike_measures import label, maxima_at
from verify.judges_seeds import judge_bound, judge_value
from verify.problem import Update
from verify.study import Design

__all__ = ["random_claim", "random_claims"]

SIDES = ("left", "right")
LEVEL = 0.02  # at d = 1000, twenty times the mean 1/d of random frames


def random_claims(design: Design, updates: Sequence[Update], seeds: int, *, quick: bool) -> tuple[Claim, ...]:
    """Top pair below the threshold; largest overlap of any other pair against frames drawn apart, below and above it."""
    names = ("adam", "gd")
    top = [
        random_claim(f"C.1d.{side}.{name}", side, update, design, seeds)
        for name, update in zip(names, updates, strict=True)
        for side in SIDES
    ]
    below, above = step("adam", 0.01, SMALL), step("adam", 0.1, SMALL)
    rest = Design(
        problem=default_problem(), cells=(SMALL,), groups=("custom",), custom=maxima_at((below, above)), paired=True
    )  # fmt: skip
    return (
        *top,
        *(_largest(side, below, rest, f"C.1d.{side}.rest") for side in SIDES),
        *(_largest(side, above, rest, f"C.1d.{side}.rest-spike") for side in SIDES),
    )


def random_claim(id: str, side: str, update: Update, design: Design, seeds: int) -> Claim:
    """Below the threshold the top vectors overlap no more than random ones do, on the scale of what a spike shows."""
    cell = design.cells[0]
    at = spike_of(design.problem, cell, update)
    level = LEVEL * (1000.0 / cell.d)
    return Claim(
        id=id,
        statement=f"after one step of {title(update)}, below the threshold ({at.strength / at.threshold:.2g} of it), the "
        f"top {side} singular vectors of W_1 and the update overlap like random ones: squared, less than {level:.2g}",
        source="Section 4.2, Appendix C",
        reading=f"O(1,1) of (W_1, M_0), 20 times the mean 1/d of random frames; {cell.label}",
        kind=Kind.BOUND,
        observable=f"{side}_overlap",
        predict=constant(0.0),
        judge=judge_bound,
        margin=level / 4.0,
        margin_reason="the bound leaves room for what the threshold's neighbourhood adds to 1/d",
        bounds=(None, level),
        lies=(
            constant_lie("an outlier of 0.2", 0.2),
            constant_lie("twice the bound", 2.0 * level),
        ),
        seeds=seeds,
        design=design,
        measure=lambda readings: readings.value(f"{side}_overlap", update),
    )


def _largest(side: str, update: Update, design: Design, id: str) -> Claim:
    cell = design.cells[0]
    name = f"{side}[{label(update)}]"
    where = "with the spike out" if spike_of(design.problem, cell, update).outlier else "below the threshold"
    margin = scaled_margin(0.01, cell)
    return Claim(
        id=id,
        statement=f"after one step of {title(update)}, {where}, no other pair of {side} singular vectors of W_1 and the "
        "update overlaps more than in independent frames",
        source="Section 4.2, Appendix C",
        reading=f"largest O(i,j) but for (1,1), less the same for a W drawn apart; {cell.label}",
        kind=Kind.VALUE,
        observable=f"largest {side}",
        predict=constant(0.0),
        judge=judge_value,
        margin=margin,
        margin_reason="a fifth of the largest overlap of independent frames of this size, 0.11",
        lies=(
            constant_lie("an outlier of 0.2 beside 0.11", 0.09),
            constant_lie("half of what independent frames have", -0.055),
        ),
        seeds=80,
        design=design,
        measure=lambda r: r.value(f"largest {name}") - r.value(f"null largest {name}"),
    )
