"""Appendix C.1d: below the threshold, and off the top pair, overlaps are those of frames that know nothing of each other."""

import math
from collections.abc import Sequence
from dataclasses import replace

from verify.claims.rivals import constant_lie
from verify.claims.spike.common import constant, scaled_margin
from verify.judging.claim import Claim, Kind
from verify.judging.judges.value import judge_value
from verify.judging.sample import Prediction
from verify.measurements.overlap_images import SIDES
from verify.measurements.spectra import label, maxima_at
from verify.predictions.spike import random_overlap, spike_of, title
from verify.problem.paper import SMALL, default_problem, step
from verify.problem.update import Update
from verify.running.design import Design

__all__ = ["random_claim", "random_claims"]

SEEDS = 100  # one squared overlap scatters by 1.4 of its mean: with so many a factor of two is seen


def random_claims(design: Design, updates: Sequence[Update], seeds: int, *, quick: bool) -> tuple[Claim, ...]:
    """Top pair below the threshold; largest overlap of any other pair against frames drawn apart, below and above it."""
    names = ("adam", "gd")
    top = [
        random_claim(f"C.1d.{side}.{name}", side, update, design, max(seeds, SEEDS))
        for name, update in zip(names, updates, strict=True)
        for side in SIDES
    ]
    below, above = step("adam", 0.01, SMALL), step("adam", 0.1, SMALL)
    rest = Design(
        problem=default_problem(), cells=(SMALL,),  measurement=maxima_at((below, above)), paired=True
    )  # fmt: skip
    return (
        *top,
        *(_largest(side, below, rest, f"C.1d.{side}.rest") for side in SIDES),
        *(_largest(side, above, rest, f"C.1d.{side}.rest-spike") for side in SIDES),
    )


def random_claim(
    id: str, side: str, update: Update, design: Design, seeds: int, *, room: float = 1.0
) -> Claim:  # fmt: skip
    """Below the threshold the top vectors overlap as random ones do: 1/N or 1/d, with what the update adds.

    `room` is the margin, as a multiple of the predicted mean; fewer than a hundred seeds need more of it.
    """
    cell = design.cells[0]
    at = spike_of(design.problem, cell, update)
    value = random_overlap(design.problem, cell, update, side)
    share = at.strength / at.threshold
    words, size = ("1/N", cell.N) if side == "left" else ("1/d", cell.d)
    return Claim(
        id=id,
        statement=f"after one step of {title(update)}, below the threshold (its signal {share:.2g} of the critical one), "
        f"the top {side} singular vectors of W_1 and the update overlap like random ones: squared, "
        f"{value * size:.2f}/{words[-1]} in the mean",
        source="Section 4.2, Appendix C; docs/derivations/spike.md, eqs. (34) to (37)",
        reading=f"mean of O(1,1) of (W_1, M_0), squared; random frames have {words}; {cell.label}",
        kind=Kind.VALUE,
        observable=f"{side}_overlap",
        predict=lambda case: Prediction(value=value, spread=math.sqrt(2.0) * value),
        judge=judge_value,
        margin=room,
        margin_reason=f"of the predicted mean: an overlap of up to {1.0 + room:g} times a random one's is like a random one",
        relative=True,
        lies=(constant_lie(f"{1.0 + 2.0 * room:g} times a random one's", (1.0 + 2.0 * room) * value),),
        seeds=seeds,
        design=replace(design, updates=(update,)),
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
            constant_lie("an outlier of 0.17 beside 0.11", 0.06),
            constant_lie("half of what independent frames have", -0.055),
        ),
        seeds=80,
        design=design,
        measure=lambda r: r.value(f"largest {name}") - r.value(f"null largest {name}"),
    )
