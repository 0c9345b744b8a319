"""Second stage and sim against eta, both optimisers and scalings of the features: Figures 3, 19 and 20."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.appendix.designs import (
    NO_STEP,
    STEP_GROUPS,
    n_cells,
    n_dependence,
    one_step,
    scope_cell,
    updates_on_grid,
)
from verify.appendix.drawing.panels import Axis, Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.figures.common import decades, letter, power_text
from verify.figures.sweep_caption import FEATURES, LOSSES, OUTSIDE, sweep_caption
from verify.predictions.curves import ridge_curve, sim_curve
from verify.predictions.spike import inputs_of, threshold_of
from verify.presentation.numbers import with_error
from verify.presentation.style import COLOURS, PAGE
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update, title_of
from verify.running.design import Design, Readings

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ITEMS", "sweep_frame"]

FEW_SAMPLES = (
    "With n at most d/2 the predictions of hold-out loss and KTA are measured off once the update's noise outgrows W_0: "
    "their curves are dotted from there on."
)
OPTIMISERS: tuple[str, ...] = ("gd", "adam")
POINTS = {False: 64, True: 48}
THRESHOLD = "predicted eta_c"


def _points(
    marker: str, colour: str, legend: str | None = None, size: float = 3.2, hollow: bool = False
) -> Look:
    return Look(
        kind="points", marker=marker, colour=COLOURS[colour], legend=legend, size=size, hollow=hollow, order=4
    )


def _curve(colour: str) -> Look:
    return Look(
        kind="line", colour=COLOURS[colour], legend="prediction, in the colour of its points", legend_colour="black",
        width=1.0, order=3,
    )  # fmt: skip


def _outside(colour: str) -> Look:
    return replace(_curve(colour), dash=":", width=0.9, legend="outside its validity")


LOOKS = {
    "hold-out loss": _points("o", "operator", 'hold-out ("training") loss', 5.0, hollow=True),
    "test loss": _points("s", "frobenius"),
    "KTA, paper": _points("o", "other", "KTA, eq. 6", 5.0, hollow=True),
    "KTA, released": _points("D", "rival", "KTA, released code", 2.8),
    "sim": _points("^", "operator", r"$\mathrm{sim}(W_1,\beta)$", 4.0),
    "predicted hold-out loss": _curve("operator"),
    "predicted test loss": _curve("frobenius"),
    "predicted KTA, paper": _curve("other"),
    "predicted KTA, released": _curve("rival"),
    "predicted sim": _curve("operator"),
    "predicted hold-out loss, outside": _outside("operator"),
    "predicted KTA, paper, outside": _outside("other"),
    "predicted KTA, released, outside": _outside("rival"),
    THRESHOLD: Look(
        kind="vertical", dash="--", width=0.9, colour="0.45", legend=r"predicted $\eta_c$", order=1
    ),
    "hold-out loss at eta = 0": Look(kind="title"),
    "test loss at eta = 0": Look(kind="title"),
}


def _relative(readings: Sequence[Readings], name: str, update: Update) -> "tuple[float, float]":
    """Mean over seeds of a value over its own at eta = 0, and the standard error: paired."""
    return _mean([r.value(name, update) / r.value(name, NO_STEP) for r in readings])


def _mean(values: Sequence[float]) -> tuple[float, float]:
    array = np.asarray(values, np.float64)
    error = float(array.std(ddof=1) / np.sqrt(array.size)) if array.size > 1 else float("nan")
    return float(array.mean()), error


def _measured(
    panel: str, series: str, updates: Sequence[Update], points: Sequence[tuple[float, float]]
) -> "pd.DataFrame":
    mean, error = np.array(points).T
    return series_rows(panel, series, np.array([u.eta for u in updates]), mean, error=error)


def _updates(optimiser: str, cell: Cell) -> list[Update]:
    return [update for update in updates_on_grid(cell) if update.optimiser == optimiser]


def sweep_frame(scope: Scope, design: Design, cell: Cell, readings: Sequence[Readings]) -> "pd.DataFrame":
    """Every panel: measured means with standard errors over the grid, predicted curves, predicted eta_c."""
    problem, points = design.problem, POINTS[scope.quick]
    parts = []
    for optimiser in OPTIMISERS:
        updates = _updates(optimiser, cell)
        rule, ends = replace(updates[0], eta=None), (updates[0].eta or 0.0, 1.15 * (updates[-1].eta or 0.0))
        threshold, last = threshold_of(problem, cell, rule), valid_to(problem, cell, rule)
        for features in scope.features:
            panel = f"losses {optimiser} {features}"
            curve = ridge_curve(problem, cell, rule, features, ends, points)
            for name, series in LOSSES.items():
                key = f"{name}[{features}]"
                parts.append(
                    _measured(panel, series, updates, [_relative(readings, key, u) for u in updates])
                )
                end = last if name == "holdout_loss" else np.inf
                parts += curve_rows(panel, series, curve.eta, getattr(curve, name), end)
                level, error = _mean([r.value(key, NO_STEP) for r in readings])
                parts.append(series_rows(panel, f"{series} at eta = 0", y=level, error=error))
            parts.append(series_rows(panel, THRESHOLD, threshold))
            found = [_mean([r.value(f"kta[{features}]", u) for r in readings]) for u in updates]
            parts.append(_measured(f"KTA {optimiser}", f"KTA, {features}", updates, found))
            parts += curve_rows(f"KTA {optimiser}", f"KTA, {features}", curve.eta, curve.kta, last)
        parts.append(series_rows(f"KTA {optimiser}", THRESHOLD, threshold))
        sims = [_mean([r.value("sim", u) for r in readings]) for u in updates]
        etas = np.geomspace(*ends, 12 * points)
        parts.append(_measured(f"sim {optimiser}", "sim", updates, sims))
        parts.append(
            series_rows(f"sim {optimiser}", "predicted sim", etas, sim_curve(problem, cell, rule, etas))
        )
        parts.append(series_rows(f"sim {optimiser}", THRESHOLD, threshold))
    return frame_of(parts)


def valid_to(problem: Problem, cell: Cell, rule: Update) -> float:
    """The eta up to which hold-out loss and KTA are as predicted: with few samples, n at most d/2, they are measured off
    where the update's noise outgrows W_0 (KTA a third lower); elsewhere no such end is known.
    """
    if 2 * cell.n > cell.d:
        return np.inf
    inputs = inputs_of(problem, cell, rule)
    return float(np.sqrt(inputs.initial_variance / inputs.noise_variance))


def curve_rows(
    panel: str, series: str, eta: NDArray[np.float64], values: NDArray[np.float64], last: float
) -> "list[pd.DataFrame]":
    """A predicted curve up to `last`, and as another series what follows."""
    inside = eta <= last
    parts = [series_rows(panel, f"predicted {series}", eta[inside], values[inside])]
    if not inside.all():
        first = max(int(inside.sum()) - 1, 0)  # they meet
        parts.append(series_rows(panel, f"predicted {series}{OUTSIDE}", eta[first:], values[first:]))
    return parts


def _panels(frame: "pd.DataFrame", scope: Scope) -> list[Panel]:
    """Losses with both scalings side by side, a row per optimiser; then KTA and sim, an optimiser per column."""
    names = [(f"losses {o} {f}", f"{title_of(o)}, features of {FEATURES[f]}", r"loss / loss at $\eta=0$")
             for o in OPTIMISERS for f in scope.features]  # fmt: skip
    names += [(f"KTA {o}", title_of(o), "KTA") for o in OPTIMISERS]
    names += [(f"sim {o}", title_of(o), r"$\mathrm{sim}(W_1,\beta)$") for o in OPTIMISERS]
    ends = {name: _ends(frame, name) for name, _, _ in names}
    return [
        Panel(
            name=name,
            title=f"{letter(place)} {title}{_levels(frame, name)}",
            x=Axis(
                label=r"$\eta$" if place >= len(names) - 2 else "", scale="log", limits=ends[name],
                ticks=decades(*ends[name]), tick_labels=tuple(map(power_text, decades(*ends[name]))),
            ),
            y=Axis(
                label=label,
                scale="log" if _wide(frame, name) else "linear",
                limits=(0.0, None) if name.startswith(("KTA", "sim")) else (None, None),
            ),
        )
        for place, (name, title, label) in enumerate(names)
    ]  # fmt: skip


def _ends(frame: "pd.DataFrame", panel: str) -> tuple[float, float]:
    x = frame[frame["panel"] == panel]["x"].dropna()
    return float(x.min()) / 1.5, float(x.max()) * 1.3


def _levels(frame: "pd.DataFrame", panel: str) -> str:
    """A second line of the title: what losses are relative to."""
    rows = frame[(frame["panel"] == panel) & frame["series"].str.endswith("at eta = 0")]
    if rows.empty:
        return ""
    words = [
        f"{'hold-out' if row.series.startswith('hold') else 'test'} {with_error(row.y, row.y_high - row.y)}"
        for row in rows.itertuples()
    ]
    return "\n" + r"at $\eta=0$: " + ", ".join(words)


def _wide(frame: "pd.DataFrame", panel: str) -> bool:
    """Whether the losses of a panel differ by so much that the smaller ones would be lost on a linear axis."""
    y = frame[(frame["panel"] == panel) & frame["x"].notna()]["y"]
    return panel.startswith("losses") and float(y.max()) > 20.0 * float(y.min())


def _draw(figure: "Figure", frame: "pd.DataFrame", panels: Sequence[Panel]) -> None:
    draw_panels(figure, frame, panels, LOOKS, columns=2, legend_columns=4)


def _build(scope: Scope, material: Material, *, runs: Callable[[Scope], tuple[Design, Cell]]) -> Content:
    design, cell = runs(scope)
    seeds = scope.repeats()
    frame = sweep_frame(scope, design, cell, material.readings(design, seeds))
    panels = _panels(frame, scope)
    height = 1.8 * (len(panels) // 2) + 0.8
    return Content(
        frame=frame,
        caption=sweep_caption(frame, scope.features, cell, seeds),
        draw=partial(_draw, frame=frame, panels=panels),
        size=(PAGE, height),
        notes=(
            f"Test loss on {scope.test_samples} samples. Predictions are for Adam's eps = 0, and for GD up to where a "
            "preactivation moves by half its spread.",
            *((FEW_SAMPLES,) if frame["series"].str.endswith(OUTSIDE).any() else ()),
        ),
    )


def _needs(scope: Scope, *, runs: Callable[[Scope], tuple[Design, Cell]]) -> list[Need]:
    return [Need(design=runs(scope)[0], seeds=scope.repeats())]


def _main(scope: Scope) -> tuple[Design, Cell]:
    cell = scope_cell(scope)
    return replace(one_step(scope), groups=tuple(g for g in STEP_GROUPS if g in ("ridge", "top"))), cell


def _other(scope: Scope, *, place: int) -> tuple[Design, Cell]:
    cell = n_cells(scope)[place]
    return replace(n_dependence(scope), cells=(cell,), groups=("ridge", "top")), cell


def _item(id: str, title: str, settings: str, runs: Callable[[Scope], tuple[Design, Cell]]) -> Item:
    return Item(
        id=id, title=title, source=f"Figure {id.removeprefix('fig-')}", settings=settings,
        needs=partial(_needs, runs=runs), build=partial(_build, runs=runs),
    )  # fmt: skip


ITEMS: tuple[Item, ...] = (
    _item(
        "fig-3",
        "Losses, KTA and sim after one step",
        "Both optimisers over the paper's nine etas, scaled with d in the quick form.",
        _main,
    ),
    _item(
        "fig-19",
        "Losses, KTA and sim for a small n",
        "n = 500 (a reading); quick: n = 50, etas scaled with d.",
        partial(_other, place=0),
    ),
    _item(
        "fig-20",
        "Losses, KTA and sim for a large n",
        "n = 8000 (a reading); quick: n = 400, etas scaled with d.",
        partial(_other, place=-1),
    ),
)
