"""ESDs of W_1 over those of W_0, with predicted bulk and spike: Figure 2, and what others of the kind share."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.appendix.designs import scaled, scope_cell
from verify.appendix.drawing.panels import Axis, Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.figures.common import (
    letter,
    one,
    size_text,
    spectrum_need,
    step_text,
    step_title,
    update_of,
)
from verify.measurements.spectra import spectrum_of, valley_depth
from verify.predictions.curves import bulk_density, spike_position
from verify.predictions.optimisers import known
from verify.predictions.spike import even_bulk
from verify.presentation.style import COLOURS, PAGE
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.problem.problem import Problem
from verify.problem.update import Update

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = [
    "APART", "BINS", "BULK", "FIRST", "ITEMS", "LAST", "LOOKS", "PARTED", "SECOND", "SPIKE", "TOP",
    "Ensemble", "esd_frame", "esd_item", "esd_needs", "esd_panels", "is_out", "legend_columns", "listed", "looks_of",
    "measured_spectra",
    "notes_of", "valley",
]  # fmt: skip

FIRST, LAST, TOP, BULK, SPIKE = "W_0", "W_1", "largest of W_1", "predicted bulk of W_1", "predicted spike"
SECOND = "second of W_1"
LOOKS = {
    FIRST: Look(
        kind="bars", colour=COLOURS["frobenius"], fill=0.4, width=0.0, legend="$W_0$ (first)", order=1
    ),
    LAST: Look(kind="bars", colour=COLOURS["operator"], width=0.9, legend="$W_1$ (last)", order=2),
    BULK: Look(kind="line", width=1.0, order=4, legend="predicted bulk of $W_1$"),
    SPIKE: Look(kind="vertical", dash="--", width=1.0, order=3),
    SECOND: Look(
        kind="points",
        marker="v",
        hollow=True,
        colour=COLOURS["operator"],
        size=4.0,
        legend="second of $W_1$",
        order=5,
    ),
    TOP: Look(
        kind="points", marker="v", colour=COLOURS["operator"], size=4.5, legend="largest of $W_1$", order=5
    ),
}
BINS = {False: 100, True: 40}
CLEAR = 0.02  # decades: five times what the largest eigenvalue of a bulk of 200 scatters by
DIP, APART = 0.2, 0.9  # of the lower mode: a dip that an eye sees, and a gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """Which ESDs a figure shows: one panel per update of one problem and size."""

    problem: Problem
    cell: Cell
    updates: tuple[Update, ...]
    bins: int

    @property
    def still(self) -> Update:
        """No step at all: W_0."""
        return update_of("gd", 0.0)


Caption = Callable[["pd.DataFrame", Ensemble], str]


def esd_needs(scope: Scope, *, ensemble: Callable[[Scope], Ensemble]) -> list[Need]:
    of = ensemble(scope)
    return [spectrum_need(scope, of.problem, of.cell, update) for update in (of.still, *of.updates)]


def measured_spectra(scope: Scope, material: Material, of: Ensemble) -> dict[Update, NDArray[np.float64]]:
    """Singular values, descending, of W_0 and of every W_1."""
    found = {}
    for update in (of.still, *of.updates):
        need = spectrum_need(scope, of.problem, of.cell, update)
        found[update] = spectrum_of(material.readings(need.design, 1)[0].value, update, of.cell)
    return found


def esd_frame(of: Ensemble, values: dict[Update, NDArray[np.float64]]) -> "pd.DataFrame":
    """Histograms of log10 l of W_0 and W_1 on one set of bins, the largest of W_1, predicted bulk and spike."""
    before = 2.0 * np.log10(values[of.still])
    parts = []
    for update in of.updates:
        name, after = step_text(update), 2.0 * np.log10(values[update])
        edges = np.linspace(min(before.min(), after.min()), max(before.max(), after.max()), of.bins + 1)
        for series, x in ((FIRST, before), (LAST, after)):
            density = np.histogram(x, edges, density=True)[0]
            parts.append(series_rows(name, series, edges[:-1], density, x_high=edges[1:]))
        lone = 1.0 / (after.size * (edges[1] - edges[0]))
        parts.append(series_rows(name, TOP, after.max(), lone))
        parts.append(series_rows(name, BULK, *bulk_density(of.problem, of.cell, update)))
        if known(update) == "gd" and not even_bulk(of.problem, of.cell, update):
            parts.append(
                series_rows(name, SECOND, after[1], lone)
            )  # rows of unequal noise bend the bulk: how well?
        spike = spike_position(of.problem, of.cell, update)
        if spike is not None:
            parts.append(series_rows(name, SPIKE, spike))
    return frame_of(parts)


def esd_panels(frame: "pd.DataFrame", titles: Mapping[str, str], columns: int) -> list[Panel]:
    """A panel per name of `titles`: logarithmic density that shows a lone value, labels at the outer sides only."""
    panels = []
    for place, (name, title) in enumerate(titles.items()):
        last_row = place + columns >= len(titles)
        panels.append(
            Panel(
                name=name,
                title=f"{letter(place)} {title}",
                x=Axis(label=r"$\log_{10}\lambda$" if last_row else ""),
                y=Axis(
                    label="density" if place % columns == 0 else "",
                    scale="log",
                    limits=(0.5 * one(frame, name, TOP), None),
                ),
            )
        )
    return panels


def looks_of(of: Ensemble) -> dict[str, Look]:
    """How series look; the legend says where a bulk at eps = 0 is drawn over runs with torch's eps."""
    if not any(update.options.get("eps") for update in of.updates):
        return LOOKS
    return LOOKS | {BULK: replace(LOOKS[BULK], legend=r"predicted bulk, $\epsilon=0$")}


def _draw(
    figure: "Figure", frame: "pd.DataFrame", panels: Sequence[Panel], columns: int, looks: dict[str, Look]
) -> None:
    draw_panels(figure, frame, panels, looks, columns=columns, legend_columns=legend_columns(frame))


def legend_columns(frame: "pd.DataFrame") -> int:
    """One row of entries, or two where there are more than a page's width has room for."""
    return 3 if SECOND in set(frame["series"]) else 5


def _build(
    scope: Scope,
    material: Material,
    *,
    ensemble: Callable[[Scope], Ensemble],
    caption: Caption,
    columns: int,
    size: tuple[float, float],
) -> Content:
    of = ensemble(scope)
    frame = esd_frame(of, measured_spectra(scope, material, of))
    titles = {step_text(update): step_title(update) for update in of.updates}
    return Content(
        frame=frame,
        caption=caption(frame, of),
        draw=partial(
            _draw, frame=frame, panels=esd_panels(frame, titles, columns), columns=columns, looks=looks_of(of)
        ),
        size=size,
        notes=notes_of(frame, of),
    )


PARTED = (
    "Once the modes have parted, the upper one is drawn as the law of columns of unequal noise without its smallest values, "
    "as many as the lower mode holds: where it begins is not derived, and the line near that end is no prediction."
)


def notes_of(frame: "pd.DataFrame", of: Ensemble) -> tuple[str, ...]:
    """Bins; eps where Adam is shown; what the upper mode is where there is one."""
    eps = " The prediction is for Adam's eps = 0." if any(u.options.get("eps") for u in of.updates) else ""
    parted = bool(frame[(frame["series"] == BULK) & frame["x"].isna()].size)
    first = f"{of.bins} bins of log10 of the eigenvalues of W^T W.{eps}"
    return (first, PARTED) if parted else (first,)


def beyond(frame: "pd.DataFrame", panel: str) -> float:
    """Decades between the largest eigenvalue and the end of the predicted bulk; positive outside."""
    here = frame[(frame["panel"] == panel) & (frame["series"] == BULK)]
    return one(frame, panel, TOP, "x") - float(here["x"].max())


def is_out(frame: "pd.DataFrame", panel: str) -> bool:
    """Whether the largest eigenvalue stands outside the bulk: by more than its end fluctuates."""
    return beyond(frame, panel) > CLEAR


def valley(frame: "pd.DataFrame", panel: str) -> float:
    """How deep the histogram of W_1 dips between two modes, as a share of the lower one (the drawn bars)."""
    bars = frame[(frame["panel"] == panel) & (frame["series"] == LAST)]
    width = (bars["x_high"] - bars["x"]).to_numpy()
    middle = 0.5 * (bars["x"] + bars["x_high"]).to_numpy()
    count = np.round(bars["y"].to_numpy() * width / (bars["y"].to_numpy() * width).max() * 1000).astype(int)
    return valley_depth(10.0 ** (np.repeat(middle, count) / 2.0))[0]


def _where(frame: "pd.DataFrame", panel: str) -> str:
    """Where the largest eigenvalue is, in words with numbers."""
    predicted, measured = one(frame, panel, SPIKE, "x"), one(frame, panel, TOP, "x")
    if not is_out(frame, panel):
        return f"{panel}: in the bulk"
    text = f"{panel}: {10 ** beyond(frame, panel):.3g} times the end of the bulk"
    return (
        text if math.isnan(predicted) else f"{text}, {10 ** (measured - predicted):.3f} times its prediction"
    )


def _figure_2_ensemble(scope: Scope) -> Ensemble:
    cell = scope_cell(scope)
    chosen = (("gd", 0.1), ("gd", 2000.0), ("adam", 0.1), ("adam", 10.0))
    updates = tuple(update_of(name, scaled(name, eta, cell)) for name, eta in chosen)
    return Ensemble(problem=default_problem(), cell=cell, updates=updates, bins=BINS[scope.quick])


def _figure_2_caption(frame: "pd.DataFrame", of: Ensemble) -> str:
    small, large, first, last = (step_text(update) for update in of.updates)
    spikes = is_out(frame, large) and is_out(frame, first)
    holds = not is_out(frame, small) and spikes and valley(frame, last) > DIP
    ratio = (of.updates[1].eta or 0.0) / (of.updates[2].eta or 1.0)
    return (
        f"ESDs of W_0 and W_1 after one step at {size_text(of.cell)}. The largest eigenvalue stands, with "
        f"{_where(frame, small)}; with {_where(frame, large)}; with {_where(frame, first)}. "
        f"After {last} the density dips by {valley(frame, last):.0%} between two modes. "
        f"The paper's claims {'hold here' if holds else 'do not hold here'}: no spike after a small GD step, one "
        f"after a large GD step and after an FB-Adam step {ratio:.0f} times smaller, two modes after a larger one."
    )


def listed(etas: Sequence[str]) -> str:
    """Learning rates for captions."""
    return "no eta" if not etas else "eta = " + ", ".join(etas)


def esd_item(
    id: str,
    title: str,
    settings: str,
    ensemble: Callable[[Scope], Ensemble],
    caption: Caption,
    *,
    columns: int,
    size: tuple[float, float],
) -> Item:
    """A figure of ESDs by what it shows and what its caption says of the frame."""
    build = partial(_build, ensemble=ensemble, caption=caption, columns=columns, size=size)
    return Item(
        id=id,
        title=title,
        source=f"Figure {id.removeprefix('fig-')}",
        settings=settings,
        needs=partial(esd_needs, ensemble=ensemble),
        build=build,
    )


ITEMS: tuple[Item, ...] = (
    esd_item(
        "fig-2", "ESD of W_1 after one step",
        "GD 0.1 and 2000, FB-Adam 0.1 and 10 (readings of lost numbers), scaled with d in the quick form; one seed.",
        _figure_2_ensemble, _figure_2_caption, columns=2, size=(PAGE, 4.6),
    ),
)  # fmt: skip
