"""ESDs of W_1 over the paper's grid of learning rates: Figure 15. Steps that change nothing share a panel."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from verify.appendix.designs import GRID, scaled, scope_cell
from verify.appendix.drawing.panels import Look, draw_panels
from verify.appendix.item import Content, Item, Material, Scope
from verify.figures.common import holds_text, size_text, step_text, step_title, update_of
from verify.figures.esd import (
    APART,
    BINS,
    BULK,
    FIRST,
    LAST,
    SPIKE,
    TOP,
    Ensemble,
    esd_frame,
    esd_needs,
    esd_panels,
    is_out,
    legend_columns,
    listed,
    looks_of,
    measured_spectra,
    notes_of,
    valley,
)
from verify.presentation.style import PAGE
from verify.problem.paper import default_problem
from verify.problem.update import Update, title_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ITEMS", "merged", "unmoved"]

STILL = 0.01  # of the eigenvalues: a step that moves no more past any point leaves the ESD as it was
TOGETHER = "as W_0"
FEW = 10  # panels that have two columns to a page, and type that can be read; more have three


def _figure_15_ensemble(scope: Scope) -> Ensemble:
    cell = scope_cell(scope)
    updates = tuple(update_of(name, scaled(name, eta, cell)) for name in ("gd", "adam") for eta in GRID)
    return Ensemble(problem=default_problem(), cell=cell, updates=updates, bins=BINS[scope.quick])


def _figure_15_caption(frame: "pd.DataFrame", of: Ensemble) -> str:
    names = {name: [u for u in of.updates if u.optimiser == name] for name in ("gd", "adam")}
    out = {n: [f"{u.eta:g}" for u in group if is_out(frame, step_text(u))] for n, group in names.items()}
    gaps = {u.eta or 0.0: valley(frame, step_text(u)) > APART for u in names["adam"]}
    two = [f"{eta:g}" for eta, gap in gaps.items() if gap]
    one_mode, parted = (scaled("adam", eta, of.cell) for eta in (1.0, 100.0))
    holds = all(gap for eta, gap in gaps.items() if eta >= 0.99 * parted)
    holds &= not any(gap for eta, gap in gaps.items() if eta <= 1.01 * one_mode)
    return (
        f"ESDs of W_0 and W_1 after one step over the paper's grid of eta at {size_text(of.cell)}. An eigenvalue is "
        f"outside the bulk for GD at {listed(out['gd'])} and for FB-Adam at {listed(out['adam'])}. FB-Adam's ESD "
        f"has two "
        f"modes with a gap at {listed(two)}: the paper's claim that too large a step makes it clearly bimodal (from eta = "
        f"{parted:g} on, and not up to {one_mode:g}) {holds_text(holds)}. "
        "Once the modes have parted, the lower one is drawn as the law of the values that the sign matrix does not reach."
        + _strays(frame, of)
    )


def _strays(frame: "pd.DataFrame", of: Ensemble) -> str:
    """What lies between the two predicted modes after the largest step, if anything does."""
    here = frame[frame["panel"] == step_text(of.updates[-1])]
    bulk, bars = (here[here["series"] == series] for series in (BULK, LAST))
    x = bulk["x"].to_numpy()
    gaps = np.flatnonzero(np.isnan(x))
    if not gaps.size:
        return ""
    between = bars[(bars["x"] > x[gaps[0] - 1]) & (bars["x_high"] < x[gaps[0] + 1])]
    count = float((between["y"] * (between["x_high"] - between["x"])).sum()) * min(of.cell.N, of.cell.d)
    if round(count) == 0:
        return ""
    return (
        f" After {step_text(of.updates[-1])} about {count:.0f} values lie between the modes: with torch's eps the unflipped "
        "columns differ a little (compare figure bimodal, at eps = 0)."
    )


def unmoved(frame: "pd.DataFrame", panel: str) -> bool:
    """Whether W_1's bars are W_0's to `STILL`, no value stands outside, and no spike is predicted."""
    here = frame[frame["panel"] == panel]
    before, after = (here[here["series"] == series] for series in (FIRST, LAST))
    width = (before["x_high"] - before["x"]).to_numpy()
    moved = np.abs(np.cumsum((after["y"].to_numpy() - before["y"].to_numpy()) * width)).max()
    return bool(moved <= STILL) and not is_out(frame, panel) and here[here["series"] == SPIKE].empty


def merged(frame: "pd.DataFrame", of: Ensemble) -> tuple["pd.DataFrame", dict[str, str]]:
    """What is drawn, and the titles of its panels: those that show W_0 again are one, with the last step's bars.

    The largest eigenvalue of every step stands in it.
    """
    import pandas as pd

    names = {step_text(update): update for update in of.updates}
    still = [name for name in names if unmoved(frame, name)]
    titles = {name: step_title(update) for name, update in names.items() if name not in still}
    if len(still) < 2:
        return frame, {name: step_title(update) for name, update in names.items()}
    last = max(
        (name for name in still if names[name].optimiser == "gd"), key=lambda name: names[name].eta or 0.0
    )
    shared = frame[(frame["panel"] == last) | (frame["panel"].isin(still) & (frame["series"] == TOP))]
    parts = [shared.assign(panel=TOGETHER), frame[~frame["panel"].isin(still)]]
    return pd.concat(parts, ignore_index=True), {
        TOGETHER: _together([names[name] for name in still]),
        **titles,
    }


def _together(updates: list[Update]) -> str:
    """The title of the panel of steps that change nothing."""
    most: dict[str, float] = {}
    for update in updates:
        most[update.optimiser] = max(most.get(update.optimiser, 0.0), update.eta or 0.0)
    parts = [rf"{title_of(optimiser)} $\eta\leq{eta:g}$" for optimiser, eta in most.items()]
    return ", ".join(parts) + ": as $W_0$"


def _build(scope: Scope, material: Material) -> Content:
    of = _figure_15_ensemble(scope)
    whole = esd_frame(of, measured_spectra(scope, material, of))
    frame, titles = merged(whole, of)
    columns = 2 if len(titles) <= FEW else 3
    rows = -(-len(titles) // columns)
    return Content(
        frame=frame,
        caption=_figure_15_caption(whole, of),
        draw=partial(_draw, frame=frame, titles=titles, looks=looks_of(of), columns=columns),
        size=(PAGE, 1.55 * rows + 0.6),
        notes=(*notes_of(whole, of), SHARED) if TOGETHER in titles else notes_of(whole, of),
    )


SHARED = (
    "Panel (a) stands for every step that moves at most 1 % of the eigenvalues past any point: its bars are those of GD's "
    "largest, its marks the largest eigenvalue of each."
)


def _draw(
    figure: "Figure", frame: "pd.DataFrame", titles: dict[str, str], looks: dict[str, Look], columns: int
) -> None:
    panels = esd_panels(frame, titles, columns)
    draw_panels(figure, frame, panels, looks, columns=columns, legend_columns=legend_columns(frame))


ITEMS: tuple[Item, ...] = (
    Item(
        id="fig-15", title="ESD of W_1 over the grid of eta", source="Figure 15",
        settings="Both optimisers over the paper's nine etas, scaled with d in the quick form; one seed.",
        needs=partial(esd_needs, ensemble=_figure_15_ensemble), build=_build,
    ),
)  # fmt: skip
