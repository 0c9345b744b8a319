"""Appendix D: the mean-field parametrisation. Which eta makes a spike, and the overlaps that go with it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from verify.claims.overlap.random import SEEDS as RANDOM_SEEDS
from verify.claims.overlap.random import random_claim
from verify.claims.overlap.section import SIDES, near_one, overlap_of, value_claim, with_the_spike
from verify.claims.rivals import power_of_d
from verify.claims.spike.common import QUICK_SEEDS, SEEDS, scaled_margin
from verify.claims.spike.eta import RULES, eta_claim, everywhere_claim, outside, outside_design, ratio_cells
from verify.judging.claim import Claim, Lie
from verify.judging.judges.contrasts import directed_judge
from verify.judging.judges.rates import predicted_slope
from verify.judging.judges.slopes import judge_slope
from verify.judging.sample import Case, Prediction
from verify.measurements.spectra import COROLLARY
from verify.predictions.spike import spike_of, threshold_of, title
from verify.problem.cells import Cell
from verify.problem.paper import default_problem, ladder, main_cell
from verify.problem.problem import Problem
from verify.problem.update import adam, title_of
from verify.running.design import Design

__all__ = ["claims"]


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """D.1: sufficient, and what is needed; the orders of eta_c; D.2: outliers among the overlaps."""
    problem, cells = default_problem(parametrisation="mean-field"), ladder(quick)
    corollary = Design(problem=problem, cells=(*cells, *ratio_cells(100)), measurement=COROLLARY)
    where = "n/d from 0.5 to 16, N/d from 0.25 to 4, d from 50 on"
    return (
        everywhere_claim(
            "D.1.adam", corollary, "adam", source="Corollary D.1, eq. 38", reading=where,
            statement="mean-field: one FB-Adam step of eta = 1/sqrt d puts a spike into the ESD of W_1 at every size",
        ),
        everywhere_claim(
            "D.1.gd", corollary, "gd", source="Appendix D", reading=where,
            statement="mean-field: one GD step of eta = N puts a spike into the ESD of W_1 at every size",
        ),
        *_orders(outside_design(problem, cells)),
        *_outliers(problem, main_cell(quick), QUICK_SEEDS if quick else SEEDS),
    )  # fmt: skip


def _orders(design: Design) -> list[Claim]:
    """The eta at which the spike is out: its order as derived, and the paper's orders read as what is needed."""
    last = design.cells[-1].d
    orders = {
        "adam": ("1/d", (power_of_d("1/sqrt d, as the corollary's eta", 0.5, last), power_of_d("Theta(1)", 1.0, last))),
        "gd": ("sqrt N", (power_of_d("N", 0.5, last), power_of_d("Theta(1)", -0.5, last))),
    }  # fmt: skip
    needed = {
        "adam": (
            "Corollary D.1, eq. 38",
            "1/sqrt d",
            -0.5,
            power_of_d("1/d^2", -1.5, last),
            power_of_d("Theta(1)", 0.5, last),
        ),
        "gd": ("Appendix D", "N", 1.0, power_of_d("Theta(1)", -1.0, last), power_of_d("N^1.5", 0.5, last)),
    }
    found = []
    for name, (order, rivals) in orders.items():
        lies = (*rivals, Lie(name="W_0's scale of the NTK parametrisation", law=_ntk_scale(name)))
        found.append(eta_claim(f"D.1.{name}.order", order, name, design, lies, note=", mean-field"))
        source, words, power, *others = needed[name]
        literal = replace(
            found[-1],
            id=f"D.1.{name}.needed",
            statement=f"mean-field: {title_of(name)} needs eta of order {words} for its spike",
            source=source,
            reading=f"needed, not only sufficient: the least eta goes like {words} at fixed n/d and N/d",
            predict=_power(power),
            judge=directed_judge(partial(predicted_slope, design, outside(name)), judge_slope),
            margin=0.2,
            margin_reason="0.2 tells an order from one that is half a power away",
            lies=tuple(others),
        )
        found.append(literal)
    return found


def _power(power: float) -> Callable[[Case], Prediction]:
    def predict(case: Case) -> Prediction:
        return Prediction(value=float(case.cell.d) ** power)

    return predict


def _ntk_scale(optimiser: str) -> Callable[[Case, Prediction], float]:
    """eta_c as if W_0's entries had variance 1: sqrt d higher."""

    def law(case: Case, prediction: Prediction) -> float:
        return outside(optimiser)(case).value * case.cell.d**0.5

    return law


def _outliers(problem: Problem, cell: Cell, seeds: int) -> list[Claim]:
    large = adam(cell.d**-0.5)
    near = adam(float(f"{1.5 * threshold_of(problem, cell, RULES['adam']):.2g}"))
    below = adam(float(f"{0.25 * threshold_of(problem, cell, RULES['adam']):.2g}"))
    design = Design(
        problem=problem, cells=(cell,), groups=("top",), updates=(below, near, large), paired=True
    )
    found = []
    for side in SIDES:
        for name, update, share in (("large", large, 0.02), ("near", near, 0.05)):
            value = overlap_of(problem, cell, update, side)
            at = spike_of(problem, cell, update)
            rivals = [("random", 1.0 / cell.d), ("no overlap", 0.0)]
            if name == "near":
                ntk = default_problem()
                scaled = replace(update, eta=(update.eta or 0.0) * cell.d**0.5)
                rivals.append(("the NTK parametrisation's W_0^T a in v", overlap_of(ntk, cell, scaled, side)))
            found.append(
                value_claim(
                    f"D.2.{side}.{name}", f"{side}_overlap", update, design, value=value, seeds=seeds, rivals=rivals,
                    margin=scaled_margin(share, cell), source="Appendix D, Fig. 11c, 12",
                    statement=f"mean-field: after one step of {title(update)}, where the spike is {at.top / at.edge:.3g} "
                    f"times the edge, the top {side} vectors of W_1 and M_0 overlap by {value:.3f}",
                    reading=f"O(1,1), squared, a priori; {cell.label}",
                )
            )  # fmt: skip
        found.append(random_claim(f"D.2.{side}.below", side, below, design, max(seeds, RANDOM_SEEDS)))
        words = {"source": "Appendix D, Fig. 11c, 12", "where": "mean-field: "}
        found.append(near_one(side, large, design, seeds, id="D.2.{side}", **words))
        found.append(with_the_spike(side, below, large, design, seeds, id="D.2.{side}.spike", **words))
    return found
