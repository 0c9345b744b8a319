"""Judges of a scaling law over cells of different sizes: its exponents in n, N, d, and its constant."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from verify import statistics as st
from verify.judging.cells import Cells, by_cell, mean_finding, needed, no_scatter
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import AlsoJudged, Control, Finding, Role
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_constant", "judge_exponents"]


def judge_exponents(claim: Claim, sample: Sample) -> Finding:
    """Kind exponent: the exponents of measured/predicted in n, N, d, and every rival law's share in it."""
    if sample.repeats < 2 or not sample.values:
        return unjudged(claim, sample, "needs at least 2 seeds")
    cells = by_cell(claim, sample)
    fit = st.exponent_fit(cells.z, cells.sizes, spread=cells.spread, error_rate=claim.error_rate)
    controls = [
        Control(
            lie=name,
            verdict=st.rival_verdict(
                st.rival_fit(cells.z, ratio, spread=cells.spread, error_rate=claim.error_rate)
            ),
        )
        for name, ratio in cells.lies.items()
    ]
    power, seeds = _design_power(claim, cells)
    notes = [no_scatter(cells)]
    if fit.not_identified:
        notes.append(f"not identified by this design: {', '.join(fit.not_identified)}")
    nominal = claim.exponents
    return make_finding(
        claim,
        sample,
        st.exponents_verdict(fit, margin=claim.margin),
        controls,
        predicted=dict(nominal),
        estimate={name: nominal[name] + found.estimate for name, found in fit.exponents.items()},
        standard_error={name: found.standard_error for name, found in fit.exponents.items()},
        interval={
            name: (nominal[name] + found.low, nominal[name] + found.high)
            for name, found in fit.exponents.items()
            if found.usable
        },
        dof=fit.dof,
        also=_misfit(claim, fit),
        power=power,
        repeats_needed=seeds,
        note="; ".join(note for note in notes if note),
    )


def _misfit(claim: Claim, fit: st.ExponentFit) -> tuple[AlsoJudged, ...]:
    """The cell farthest from the fitted law, one that is off where there is any: what is no power law supports nothing."""
    if not fit.misfits:
        return ()
    off = [
        st.value_verdict(one, predicted=0.0, margin=claim.margin) is Verdict.REFUTED for one in fit.misfits
    ]
    _, worst = max(zip(off, fit.misfits, strict=True), key=lambda each: (each[0], abs(each[1].estimate)))
    return (
        AlsoJudged(
            what="logarithm of measured over the fitted law, in the cell farthest from it", predicted=0.0,
            estimate=worst.estimate, interval=(worst.low, worst.high) if worst.usable else None, margin=claim.margin,
            role=Role.BARS,
        ),
    )  # fmt: skip


def _design_power(claim: Claim, cells: Cells) -> tuple[float | None, int | None]:
    """The least power over the claim and its lies, and the seeds that bring it to 0.99; None where the sd is unknown."""
    if not cells.known_spread:
        return None, None
    design = dict(spread=cells.spread, error_rate=claim.error_rate, margin=claim.margin, rivals=cells.lies)
    power = st.exponent_power(cells.sizes, seeds=cells.seeds, **design)
    return power.least, needed(lambda: st.seeds_needed(cells.sizes, **design))


def judge_constant(claim: Claim, sample: Sample) -> Finding:
    """Kind value: measured/predicted at the centre of the design, exponents left free where they are identified."""
    if sample.repeats < 2 or not sample.values:
        return unjudged(claim, sample, "needs at least 2 seeds")
    cells = by_cell(claim, sample)
    free = st.exponent_fit(cells.z, cells.sizes, spread=cells.spread, error_rate=claim.error_rate)
    sizes = {} if free.not_identified else cells.sizes
    constant = st.exponent_fit(cells.z, sizes, spread=cells.spread, error_rate=claim.error_rate).constant
    weights = cells.spread**-2 / np.sum(cells.spread**-2)
    distances = {name: float(weights @ ratio) for name, ratio in cells.lies.items()}
    verdict = st.value_verdict(constant, predicted=0.0, margin=claim.margin)
    power = _constant_power(claim, cells, sizes, distances)
    return mean_finding(claim, sample, constant, verdict, distances, power, no_scatter(cells))


def _constant_power(
    claim: Claim, cells: Cells, sizes: Mapping[str, NDArray[np.float64]], distances: Mapping[str, float]
) -> tuple[float | None, int | None]:
    if not cells.known_spread:
        return None, None
    design = dict(
        spread=cells.spread,
        error_rate=claim.error_rate,
        margin=1.0,  # of the exponents, which are not judged here
        constant_margin=claim.margin,
        constant_lies=distances,
    )
    power = st.exponent_power(sizes, seeds=cells.seeds, **design)
    least = min([power.constant, *power.constant_lies.values()])
    return least, needed(lambda: st.seeds_needed(sizes, **design))
