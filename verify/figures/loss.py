"""`loss-eta`: the training loss after the first step against eta, with optimum, break-even and eta_c: ours."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from verify.appendix.designs import design, scope_cell
from verify.appendix.drawing.panels import Axis, Look, Panel, frame_of, series_rows
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.figures.common import letter, mean_and_error, one, short, size_text
from verify.figures.spike import RULES, THRESHOLD, VERTICAL, draw_pair, moved
from verify.predictions.optimisers import known
from verify.predictions.spike import threshold_of
from verify.presentation.numbers import number
from verify.presentation.style import COLOURS, PAGE
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.problem.problem import Problem
from verify.problem.update import title_of
from verify.running.design import Design

if TYPE_CHECKING:
    import pandas as pd

    from theory.losses.parabola import LossParabola

__all__ = ["ITEMS"]

MULTIPLES = (0.15, 0.35, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.2, 2.6)  # of the optimal eta
SEEDS = 10
GRID = 49  # points of a predicted curve


def _etas(unit: float) -> tuple[float, ...]:
    return tuple(float(f"{unit * factor:.3g}") for factor in MULTIPLES)


LOSS_LOOKS = {
    "measured": Look(kind="points", marker="o", colour=COLOURS["operator"], order=4),
    "parabola": Look(kind="line", dash="--", width=1.0, colour=COLOURS["frobenius"], order=2),
    "integral": Look(kind="line", legend="integral", order=3),
    "optimum": Look(kind="vertical", dash=":", width=1.1, colour=COLOURS["other"], order=1),
    "break-even": Look(kind="vertical", dash="-.", width=0.9, colour=COLOURS["rival"], order=1),
    "stability limit": Look(kind="vertical", dash=(0, (6, 1, 1, 1, 1, 1)), width=1.1, colour="#E69F00", order=1,
                            legend="GD's stability limit"),
    "no change": Look(kind="horizontal", width=0.7, colour="0.6", legend="", order=0),
    THRESHOLD: VERTICAL,
}  # fmt: skip


def _parabola(problem: Problem, cell: Cell, optimiser: str) -> "LossParabola":
    from theory.losses.parabola import first_step_loss
    from theory.update.optimisers import known_optimiser

    return first_step_loss(problem.signal_noise(cell), optimiser=known_optimiser(optimiser))


def _loss_designs(scope: Scope) -> dict[str, Design]:
    from theory.losses.parabola import optimal_eta

    problem, cell = (default_problem(), scope_cell(scope))
    return {
        name: design(
            scope, problem, (cell,), ("training_loss",),
            [moved(name, eta) for eta in _etas(optimal_eta(_parabola(problem, cell, name)))],
        )
        for name in RULES
    }  # fmt: skip


def _loss_needs(scope: Scope) -> list[Need]:
    return [
        Need(design=each, seeds=scope.repeats(full=SEEDS, quick=SEEDS))
        for each in _loss_designs(scope).values()
    ]


def _loss_rows(problem: Problem, cell: Cell, name: str, etas: np.ndarray) -> "list[pd.DataFrame]":
    """Predicted curves and the learning rates that they single out."""
    from theory.losses.integral import adam_loss_integral
    from theory.losses.parabola import break_even_eta, loss_ratio, optimal_eta

    curve = _parabola(problem, cell, name)
    grid, within = np.linspace(0.0, 1.05 * etas[-1], GRID), np.linspace(0.0, break_even_eta(curve), GRID)
    parts = [
        series_rows(name, "parabola", within, loss_ratio(curve, within))
    ]  # it says nothing beyond the break-even
    if known(RULES[name]) == "gd":
        parts.append(series_rows(name, "stability limit", curve.stability_limit))
    else:
        sn, student, teacher = problem.signal_noise(cell), problem.student.theory, problem.teacher.theory
        exact = [adam_loss_integral(sn, student=student, teacher=teacher, eta=float(eta)) for eta in grid]
        parts.append(series_rows(name, "integral", grid, exact))
    return [
        *parts,
        series_rows(name, "optimum", optimal_eta(curve)),
        series_rows(name, "break-even", break_even_eta(curve)),
        series_rows(name, THRESHOLD, threshold_of(problem, cell, RULES[name])),
        series_rows(name, "no change", y=1.0),
    ]


def _loss(scope: Scope, material: Material) -> Content:
    problem, cell = (default_problem(), scope_cell(scope))
    seeds, parts = scope.repeats(full=SEEDS, quick=SEEDS), []
    for name, of in _loss_designs(scope).items():
        readings = material.readings(of, seeds)
        etas = np.array([update.eta or 0.0 for update in of.updates])
        mean, error = np.array([mean_and_error(readings, "relative_training_loss", u) for u in of.updates]).T
        parts += [
            series_rows(name, "measured", etas, mean, error=error),
            *_loss_rows(problem, cell, name, etas),
        ]
    frame = frame_of(parts)
    panels = [
        Panel(name=name, title=f"{letter(place)} {title_of(name)}", x=Axis(label=r"$\eta$", limits=(0.0, None)),
              y=Axis(label=r"$L(\eta)/L(0)$" if place == 0 else "", limits=(0.0, None)))
        for place, name in enumerate(RULES)
    ]  # fmt: skip
    return Content(
        frame=frame,
        caption=_loss_caption(frame, cell, seeds),
        draw=partial(draw_pair, frame=frame, panels=panels, looks=LOSS_LOOKS),
        size=(PAGE, 3.0),
        notes=(
            "The training loss of the first stage, before any readout is fitted. FB-Adam with eps = 0. The parabola "
            "is drawn up to the break-even, where it ceases to hold for GD.",
        ),
    )


DRAWN = {"adam": ("integral", "integral"), "gd": ("parabola", "parabola, up to the break-even,")}


def _loss_caption(frame: "pd.DataFrame", cell: Cell, seeds: int) -> str:
    words = []
    for name in RULES:
        rows = frame[(frame["panel"] == name) & (frame["series"] == "measured")]
        best = rows.loc[rows["y"].idxmin()]
        marks = {key: one(frame, name, key, "x") for key in ("optimum", "break-even", THRESHOLD)}
        series, drawn = DRAWN[name]
        curve = frame[(frame["panel"] == name) & (frame["series"] == series)]
        near = rows[rows["x"] <= curve["x"].max()]
        share = near["y"].to_numpy() / np.interp(near["x"], curve["x"], curve["y"]) - 1.0
        worst = float(share[np.argmax(np.abs(share))])
        words.append(
            f"{title_of(name)}: runs off the {drawn} by at most "
            f"{100 * worst:+.2g} %, least among the runs {number(float(best['y']), 3)} at eta = {short(best['x'])} "
            f"(predicted optimum {short(marks['optimum'])}), break-even {short(marks['break-even'])}, spike from "
            f"{short(marks[THRESHOLD])} on"
        )
    ratios = {n: one(frame, n, THRESHOLD, "x") / one(frame, n, "optimum", "x") for n in RULES}
    return (
        f"Training loss after one step over its start at {size_text(cell)}, {seeds} seeds, with the predicted "
        f"parabola and, for "
        f"FB-Adam, the integral behind it. {'; '.join(words)}. FB-Adam's spike appears at {ratios['adam']:.2g} times "
        f"the optimal "
        f"step, GD's at {ratios['gd']:.2g} times it, {'beyond' if _beyond(frame) else 'below'} GD's linear stability "
        f"limit."
    )


def _beyond(frame: "pd.DataFrame") -> bool:
    return one(frame, "gd", THRESHOLD, "x") > one(frame, "gd", "stability limit", "x")


ITEMS: tuple[Item, ...] = (
    Item(id="loss-eta", title="Training loss of the first step against eta", source="ours",
         settings="Both optimisers, eta from 0.15 to 2.6 times the optimum.", needs=_loss_needs, build=_loss),
)  # fmt: skip
