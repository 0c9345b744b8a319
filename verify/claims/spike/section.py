"""Section 4.1's spike after one step: how many outliers, where s_1 is, and which of three theories has it right."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from verify.agreement.steps import scaled_steps
from verify.claims.rivals import constant_lie, constant_rival
from verify.claims.spike import bimodal as spike_bimodal
from verify.claims.spike import eta as spike_eta
from verify.claims.spike import scatter as spike_scatter
from verify.claims.spike.common import QUICK_SEEDS, SEEDS, constant, distinct, scaled_margin
from verify.claims.unpredicted import measured_only
from verify.judging.claim import Claim, Kind
from verify.judging.judges.count import judge_count
from verify.judging.judges.value import judge_value
from verify.judging.sample import Prediction
from verify.measurements.names import exact
from verify.measurements.spectra import label, leading_at
from verify.measurements.spike_rows import spike_rows_at
from verify.predictions.noise import count_of
from verify.predictions.optimisers import missing_theory
from verify.predictions.spike import certain, even_bulk, spike_of, title, top_less, top_prediction
from verify.problem.cells import Cell
from verify.problem.paper import default_problem, main_cell, step
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Design

__all__ = ["claims", "count_claim", "leading_design", "position_claim", "rival_claim"]

COUNT_REASON = "an ESD that looks so in fewer than three of four runs would not be said to look so"
RIVAL_SEEDS = 104
POSITION_SHARES = {"adam": 0.02, "gd": 0.05}  # of s_1: the command's margin at the paper's size
HALF = "half of what parts the one-row from the two-row theory here"


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """S4.1a, S4.1b, S4.1c, the corollary's spike, and ours on s_1 and eta_c."""
    return (
        *_section_claims(main_cell(quick), QUICK_SEEDS if quick else SEEDS),
        *spike_bimodal.claims(quick=quick),
        *spike_eta.claims(quick=quick),
        *spike_scatter.claims(),
    )


def leading_design(problem: Problem, cell: Cell, updates: Sequence[Update]) -> Design:
    """The leading singular values of W_1 for every update, from one gradient a seed."""
    return Design(problem=problem, cells=(cell,), measurement=leading_at(updates), paired=True)


def _section_claims(cell: Cell, seeds: int) -> tuple[Claim, ...]:
    problem = default_problem()
    a, b = step("gd", 0.1, cell), step("gd", 2000.0, cell)
    adam, gd_below, adam_below = step("adam", 0.1, cell), step("gd", 1000.0, cell), step("adam", 0.01, cell)
    design = leading_design(problem, cell, (a, b, adam, gd_below, adam_below))
    found = [
        count_claim(id, update, design, seeds=seeds, source=source)
        for id, update, source in (
            ("S4.1a", a, "Section 4.1, Fig. 2a"),
            ("S4.1b.gd", b, "Section 4.1, Fig. 2b"),
            ("S4.1b.adam", adam, "Section 4.1, Fig. 2c"),
            ("S4.1b.gd.below", gd_below, "Section 4.1, Fig. 15"),
            ("S4.1b.adam.below", adam_below, "Section 4.1, Fig. 15"),
        )
    ]
    margins = {"adam": scaled_margin(0.01, cell), "gd": scaled_margin(0.03, cell)}
    found += [
        position_claim(
            f"X.spike.{update.optimiser}", update, design, margin=margins[update.optimiser], seeds=seeds
        )
        for update in (adam, b)
    ]
    few = RIVAL_SEEDS if cell.d >= 1000 else QUICK_SEEDS
    return (*found, rival_claim("X.spike.two-row", problem, cell, scaled_steps(cell).rival, seeds=few))


def count_claim(id: str, update: Update, design: Design, *, seeds: int, source: str) -> Claim:
    """W_1 has as many outliers as predicted: one above eta_c, none below."""
    problem, cell = design.problem, design.cells[0]
    one = spike_of(problem, cell, update).outlier
    free = spike_of(problem, cell, update, "independent")
    lies = [
        constant_lie(f"{k} outliers" if k != 1 else "one outlier", float(k)) for k in (0, 1, 2) if k != one
    ]
    if free.outlier != one:
        lies.append(constant_lie("W_0 independent of the update (its eta_c is lower)", float(free.outlier)))
    words = "one outlier leaves the bulk of W_1" if one else "no singular value leaves the bulk of W_1"
    return Claim(
        id=id,
        statement=f"after one step of {title(update)} {words}",
        source=source,
        reading=f"k_out by Tracy-Widom p-values below 1e-4/{min(cell.N, cell.d)}; {cell.label}",
        kind=Kind.COUNT,
        observable="k_out",
        predict=constant(float(one)),
        judge=judge_count,
        margin=0.25,
        margin_reason=COUNT_REASON,
        lies=tuple(lies),
        seeds=seeds,
        design=design,
        measure=count_of(cell, update),
    )


def position_claim(id: str, update: Update, design: Design, *, margin: float, seeds: int) -> Claim:
    """s_1(W_1) is where the two-row theory has it; `margin` is a share of it."""
    problem, cell = design.problem, design.cells[0]
    at, free = spike_of(problem, cell, update), spike_of(problem, cell, update, "independent")
    rivals = (
        ("W_0 independent of the update", free.top),
        ("the bulk's edge: no spike", at.edge),
        ("||eta D_0||_2 alone", math.sqrt(max(at.strength, 0.0))),
        (f"{300 * margin:.2g} % higher", (1.0 + 3.0 * margin) * at.top),
    )
    return Claim(
        id=id,
        statement=f"s_1(W_1) after one step of {title(update)} is {at.top:.4g}",
        source="docs/derivations/spike.md, eqs. (13), (20) to (23)",
        reading=f"{cell.label}, a priori",
        kind=Kind.VALUE,
        observable=f"s_1[{label(update)}]",
        predict=top_prediction(update),
        judge=judge_value,
        margin=margin,
        margin_reason=(
            "a share of s_1 below a quarter of what parts the theories, and above the scatter of 60 runs; larger at small d"
        ),
        relative=True,
        lies=distinct(at.top, rivals),
        seeds=seeds,
        design=design,
    )


def rival_claim(id: str, problem: Problem, cell: Cell, eta: float, *, seeds: int) -> Claim:
    """s_1 less the two-row theory at the run's own theta, m, m2, tau; the rivals are read on the same runs."""
    update = Update(optimiser="adam", eps=0.0, eta=eta)
    two, one, free = (
        spike_of(problem, cell, update, theory).top for theory in ("two-row", "one-row", "independent")
    )
    decides = two / cell.d < abs(one - two) / 4.0
    design = Design(problem=problem, cells=(cell,), measurement=spike_rows_at(eta), paired=True)
    return Claim(
        id=id,
        statement=f"s_1(W_1) at eta = {eta:g} follows from theta and the two rows that W_0 shares with the update, m and m2",
        source="docs/derivations/spike.md, eqs. (11), (13)",
        reading=f"paired: theta, m, m2, tau of the run itself; {cell.label}",
        kind=Kind.VALUE,
        observable="top_less_two-row",
        measure=partial(top_less, theory="two-row"),
        predict=lambda case: Prediction(value=0.0),
        judge=judge_value,
        margin=abs(one - two) / 2.0 + (0.0 if decides else two / cell.d),
        margin_reason=HALF
        if decides
        else f"{HALF}, and the formula's own error of s_1/d: this size cannot decide",
        lies=(
            constant_rival("one-row theory: sign(a) taken for a", one - two),
            constant_rival("W_0 independent of the update", free - two),
        ),
        seeds=seeds,
        design=design,
    )


def command_claims(
    problem: Problem, cell: Cell, updates: Sequence[Update], *, seeds: int
) -> tuple[Claim, ...]:
    """The claims of `verify.spike`: for every update k_out where it is predicted for certain, and s_1 above eta_c."""
    design = leading_design(problem, cell, updates)
    found: list[Claim] = []
    for update in updates:
        name = f"{update.optimiser}-{exact(update.eta)}"
        if reason := missing_theory(update):
            statement = f"s_1(W_1) after one step of {title(update)} is as predicted"
            observable = f"s_1[{label(update)}]"
            found.append(
                measured_only(f"spike.s1.{name}", statement, observable, reason, seeds=seeds, design=design)
            )
            continue
        if not certain(problem, cell, update):
            continue
        at = spike_of(problem, cell, update)
        if even_bulk(problem, cell, update):
            source = "Section 4.1; docs/derivations/spike.md"
            count = count_claim(f"spike.count.{name}", update, design, seeds=seeds, source=source)
            found.append(
                replace(count, margin=0.4, margin_reason="20 of 20 seeds show a share of at least 0.61")
            )
        if at.outlier:
            share = scaled_margin(POSITION_SHARES[update.optimiser], cell)
            found.append(position_claim(f"spike.s1.{name}", update, design, margin=share, seeds=seeds))
    return tuple(found)
