"""Where the spike appears: the corollary's eta = 1 at every size, eta_c against d, and the two optimisers' ratio."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from verify.claims.rivals import constant_lie, power_of_d
from verify.claims.spike.common import constant, distinct
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.proportion import judge_proportion
from verify.judging.judges.rates import rate_judge
from verify.judging.judges.value import judge_value
from verify.judging.sample import Case, Prediction
from verify.measurements.spectra import GAP, NO_SPIKE, OUTSIDE, OUTSIDE_ETA, gap_at, label
from verify.predictions.spike import outside_prediction
from verify.problem.cells import Cell
from verify.problem.paper import default_problem, ladder, main_cell
from verify.problem.problem import Problem
from verify.problem.update import Update, adam, title_of
from verify.running.design import Design, Readings

if TYPE_CHECKING:
    from theory.spike.formulas import SpikeTheory

__all__ = ["RULES", "claims", "eta_claim", "everywhere_claim", "outside_design", "ratio_cells"]

RULES = {"adam": Update(optimiser="adam", eps=0.0), "gd": Update(optimiser="gd")}
SEEDS = 60
LAST = 0.1  # of eta at the largest d
EVERYWHERE_REASON = (
    "a corollary that fails in one of four runs would not be said to hold; a seed counts if all sizes do"
)


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """C4.2's spike, eta_c's order for both optimisers, and S4.1b's ratio."""
    design = outside_design(default_problem(), ladder(quick))
    largest = design.cells[-1].d
    adam_rivals = (
        power_of_d("Theta(1), the corollary's eta", 0.5, largest),
        power_of_d("1/d", -0.5, largest),
        _free("adam"),
    )
    gd_rivals = (power_of_d("sqrt d", -0.5, largest), power_of_d("Theta(1)", -1.0, largest), _free("gd"))
    return (
        _everywhere(quick),
        eta_claim("X.spike.eta.adam", "d^-1/2", "adam", design, adam_rivals),
        eta_claim("X.spike.eta.gd", "d", "gd", design, gd_rivals),
        _ratio(main_cell(quick), SEEDS if quick else 24),
    )


def outside_design(problem: Problem, cells: tuple[Cell, ...]) -> Design:
    """The eta at which s_1 is 1.2 times the edge, in cells drawn independently."""
    return Design(problem=problem, cells=cells, measurement=OUTSIDE_ETA)


def ratio_cells(d: int) -> tuple[Cell, ...]:
    """Corners of n/d from 0.5 to 16 and N/d from 0.25 to 4."""
    return tuple(Cell(n=int(x * d), N=int(y * d), d=d, design="ratios") for x in (0.5, 16) for y in (0.25, 4))


def _everywhere(quick: bool) -> Claim:
    update, cells = adam(1.0), (*ladder(quick), *ratio_cells(100))
    design = Design(problem=default_problem(), cells=cells, measurement=gap_at((update,)))
    return everywhere_claim(
        "C4.2.spike", design, label(update), source="Corollary 4.2",
        statement="one FB-Adam step of eta = 1 puts a spike into the ESD of W_1 at every size",
        reading="n/d from 0.5 to 16, N/d from 0.25 to 4, d from 50 on",
    )  # fmt: skip


def everywhere_claim(
    id: str, design: Design, name: str, *, statement: str, source: str, reading: str
) -> Claim:
    """There is an outlier in every cell; each cell and seed is one independent run.

    Its control is the same matrix without the update's rank-one part: noise with uneven columns, whose own top value a
    Tracy-Widom p-value for even noise would call an outlier. It must fail in every cell: a measure that calls noise a
    spike at one size says nothing about that size.
    """
    gap = f"gap[{name}]"

    def measure(readings: Readings) -> float:
        return _out(readings.value(gap))

    def without(case: Case, prediction: Prediction) -> float:
        return _out(case.observed.get(NO_SPIKE + gap, math.nan))  # unmeasured: the lie stands

    return Claim(
        id=id, statement=statement, source=source, reading=f"s_1 above {GAP:g} s_2; {reading}",
        kind=Kind.PROPORTION, observable=gap, predict=constant(1.0), judge=judge_proportion, margin=0.25,
        margin_reason=EVERYWHERE_REASON, seeds=40, design=design, measure=measure,
        lies=(constant_lie("in half of the seeds", 0.5),
              Lie(name="the same matrix without its rank-one part, at any size", law=without, rival=True)),
    )  # fmt: skip


def _out(gap: float) -> float:
    """1 where s_1/s_2 is a spike's, 0 where it is noise's, nan where it is no number."""
    return float(gap > GAP) if math.isfinite(gap) else math.nan


def outside(optimiser: str, theory: "SpikeTheory" = "two-row") -> Callable[[Case], Prediction]:
    """The eta at which the predicted s_1 is 1.2 times the edge, of a case."""

    def predict(case: Case) -> Prediction:
        rule = RULES[optimiser]
        return Prediction(value=outside_prediction(case.problem, case.cell, rule, OUTSIDE, theory))

    return predict


def _free(optimiser: str) -> Lie:
    return Lie(
        name="W_0 independent of the update",
        law=lambda case, pred: outside(optimiser, "independent")(case).value,
    )


def eta_claim(
    id: str, order: str, optimiser: str, design: Design, lies: tuple[Lie, ...], *, seeds: int = SEEDS, note: str = ""
) -> Claim:  # fmt: skip
    """The eta at which the spike is out goes like `order` at fixed ratios, with the predicted constant."""
    return Claim(
        id=id,
        statement=f"the eta from which one {title_of(optimiser)} step makes a spike goes like {order}"
        f" at fixed n/d and N/d, with the predicted constant{note}",
        source="docs/derivations/spike.md, eqs. (19), (25)",
        reading="the eta at which s_1(W_1) is 1.2 times the edge of the bulk",
        kind=Kind.EXPONENT,
        observable=f"outside_eta[{optimiser}]",
        predict=outside(optimiser),
        judge=rate_judge(LAST),
        margin=0.15,
        margin_reason=(
            "0.15 tells an order from one that is half a power away; 10 % of eta is half of what parts the theories"
        ),
        lies=lies,
        seeds=seeds,
        design=design,
    )


def _ratio(cell: Cell, seeds: int) -> Claim:
    problem = default_problem()
    gd_eta, adam_eta = (outside_prediction(problem, cell, RULES[name], OUTSIDE) for name in ("gd", "adam"))
    value = gd_eta / adam_eta
    design = Design(problem=problem, cells=(cell,), measurement=OUTSIDE_ETA, paired=True)
    return Claim(
        id="S4.1b.ratio",
        statement=f"FB-Adam needs a far smaller eta for its spike than GD: {value:.3g} times smaller",
        source="Section 4.1",
        reading=f"etas at which s_1(W_1) is 1.2 times the edge; {cell.label}",
        kind=Kind.VALUE,
        observable="outside_eta[gd]/outside_eta[adam]",
        predict=constant(value),
        judge=judge_value,
        margin=0.15,
        margin_reason="the smallest factor between learning rates that would matter to a user",
        relative=True,
        lies=distinct(
            value,
            (
                ("FB-Adam without bias correction", 3.1623 * value),
                ("no difference", 1.0),
                ("six tenths of it", 0.6 * value),
                ("four tenths more", 1.4 * value),
            ),
        ),
        seeds=seeds,
        design=design,
        measure=lambda r: r.value("outside_eta[gd]") / r.value("outside_eta[adam]"),
    )
