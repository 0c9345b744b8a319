"""Second stage and sim against eta, both optimisers and scalings of the features: Figures 3, 19 and 20."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from verify.appendix.drawing import Axis, Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.figures_common import NAMES, letter, size_text, update_of
from verify.appendix.figures_predicted import ridge_curve, sim_curve
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.appendix.sweeps import GRID, STEP_GROUPS, STILL, main_cell, n_cells, n_dependence, one_step
from verify.claims.spike_common import threshold_of
from verify.designs import Cell
from verify.problem import Optimiser, Update
from verify.study import Design, Readings
from verify.style import COLOURS, PAGE
from verify.text import with_error

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ITEMS", "sweep_frame"]

OPTIMISERS: tuple[Optimiser, ...] = ("gd", "adam")
FEATURES = {"paper": "eq. 6", "released": "the released code"}
LOSSES = {"holdout_loss": "hold-out loss", "test_loss": "test loss"}
POINTS = {False: 26, True: 16}
THRESHOLD = "predicted eta_c"
ENDS = (GRID[0], 1.15 * GRID[-1])


def _points(marker: str, colour: str, legend: str | None = None, size: float = 3.6) -> Look:
    return Look(
        kind="line", dash=":", width=0.7, marker=marker, colour=COLOURS[colour], legend=legend, size=size
    )


def _curve(colour: str) -> Look:
    return Look(kind="line", colour=COLOURS[colour], legend="predicted (solid)", width=1.0, order=3)


LOOKS = {
    "hold-out loss": _points("o", "operator", 'hold-out ("training") loss'),
    "test loss": _points("s", "frobenius"),
    "KTA, paper": _points("o", "other", "KTA, eq. 6"),
    "KTA, released": _points("D", "rival", "KTA, released code", 3.0),
    "sim": _points("^", "operator", r"$\mathrm{sim}(W_1,\beta)$", 4.0),
    "predicted hold-out loss": _curve("operator"),
    "predicted test loss": _curve("frobenius"),
    "predicted KTA, paper": _curve("other"),
    "predicted KTA, released": _curve("rival"),
    "predicted sim": _curve("operator"),
    THRESHOLD: Look(
        kind="vertical", dash="--", width=0.9, colour="0.45", legend=r"predicted $\eta_c$", order=1
    ),
    "hold-out loss at eta = 0": Look(kind="title"),
    "test loss at eta = 0": Look(kind="title"),
}


def _relative(readings: Sequence[Readings], name: str, update: Update) -> "tuple[float, float]":
    """Mean over seeds of a value over its own at eta = 0, and the standard error: paired."""
    return _mean([r.value(name, update) / r.value(name, STILL) for r in readings])


def _mean(values: Sequence[float]) -> tuple[float, float]:
    array = np.asarray(values, np.float64)
    error = float(array.std(ddof=1) / np.sqrt(array.size)) if array.size > 1 else float("nan")
    return float(array.mean()), error


def _measured(panel: str, series: str, points: Sequence[tuple[float, float]]) -> "pd.DataFrame":
    mean, error = np.array(points).T
    return series_rows(panel, series, np.array(GRID), mean, error=error)


def sweep_frame(scope: Scope, design: Design, cell: Cell, readings: Sequence[Readings]) -> "pd.DataFrame":
    """Every panel: measured means with standard errors over the grid, predicted curves, predicted eta_c."""
    problem, points = design.problem, POINTS[scope.quick]
    parts = []
    for optimiser in OPTIMISERS:
        updates = [update_of(optimiser, eta) for eta in GRID]
        rule = replace(updates[0], eta=None)
        threshold = threshold_of(problem, cell, rule)
        for features in scope.features:
            panel = f"losses {optimiser} {features}"
            curve = ridge_curve(problem, cell, rule, features, ENDS, points)
            for name, series in LOSSES.items():
                key = f"{name}[{features}]"
                parts.append(_measured(panel, series, [_relative(readings, key, u) for u in updates]))
                parts.append(series_rows(panel, f"predicted {series}", curve.eta, getattr(curve, name)))
                level, error = _mean([r.value(key, STILL) for r in readings])
                parts.append(series_rows(panel, f"{series} at eta = 0", y=level, error=error))
            parts.append(series_rows(panel, THRESHOLD, threshold))
            found = [_mean([r.value(f"kta[{features}]", u) for r in readings]) for u in updates]
            parts.append(_measured(f"KTA {optimiser}", f"KTA, {features}", found))
            parts.append(series_rows(f"KTA {optimiser}", f"predicted KTA, {features}", curve.eta, curve.kta))
        parts.append(series_rows(f"KTA {optimiser}", THRESHOLD, threshold))
        sims = [_mean([r.value("sim", u) for r in readings]) for u in updates]
        etas = np.geomspace(*ENDS, 20 * points)
        parts.append(_measured(f"sim {optimiser}", "sim", sims))
        parts.append(
            series_rows(f"sim {optimiser}", "predicted sim", etas, sim_curve(problem, cell, rule, etas))
        )
        parts.append(series_rows(f"sim {optimiser}", THRESHOLD, threshold))
    return frame_of(parts)


def _panels(frame: "pd.DataFrame", scope: Scope) -> list[Panel]:
    """Losses with both scalings side by side, a row per optimiser; then KTA and sim, an optimiser per column."""
    names = [(f"losses {o} {f}", f"{NAMES[o]}, features of {FEATURES[f]}", r"loss / loss at $\eta=0$")
             for o in OPTIMISERS for f in scope.features]  # fmt: skip
    names += [(f"KTA {o}", NAMES[o], "KTA") for o in OPTIMISERS]
    names += [(f"sim {o}", NAMES[o], r"$\mathrm{sim}(W_1,\beta)$") for o in OPTIMISERS]
    ticks = (1e-3, 1e-1, 1e1, 1e3)
    texts = tuple(rf"$10^{{{int(np.log10(tick))}}}$" for tick in ticks)
    return [
        Panel(
            name=name,
            title=f"{letter(place)} {title}{_levels(frame, name)}",
            x=Axis(
                label=r"$\eta$" if place >= len(names) - 2 else "", scale="log", limits=(GRID[0] / 1.5, GRID[-1] * 1.5),
                ticks=ticks, tick_labels=texts,
            ),
            y=Axis(
                label=label,
                scale="log" if _wide(frame, name) else "linear",
                limits=(0.0, None) if name.startswith(("KTA", "sim")) else (None, None),
            ),
        )
        for place, (name, title, label) in enumerate(names)
    ]  # fmt: skip


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


def _draw(figure: "Figure", frame: "pd.DataFrame", scope: Scope) -> None:
    draw_panels(figure, frame, _panels(frame, scope), LOOKS, columns=2, legend_columns=4)


def _at(frame: "pd.DataFrame", panel: str, series: str, eta: float) -> tuple[float, float]:
    """Mean and standard error as drawn."""
    rows = frame[(frame["panel"] == panel) & (frame["series"] == series)]
    row = rows.iloc[int(np.argmin(np.abs(np.log(rows["x"] / eta))))]
    return float(row["y"]), float(row["y_high"] - row["y"])


def _change(frame: "pd.DataFrame", panel: str, series: str, eta: float) -> str:
    value, error = _at(frame, panel, series, eta)
    return f"{with_error(100 * (value - 1), 100 * error)} %"


def _falls(frame: "pd.DataFrame", features: str) -> bool:
    """Whether both losses lie below their start, by two standard errors, at the etas for which the paper says so."""
    places = [("gd", 2000.0), ("adam", 0.1), ("adam", 1.0)]
    found = [
        _at(frame, f"losses {o} {features}", series, eta) for o, eta in places for series in LOSSES.values()
    ]
    return all(value + 2.0 * error < 1.0 for value, error in found)


def _caption(frame: "pd.DataFrame", scope: Scope, cell: Cell, seeds: int) -> str:
    changes = "; ".join(
        f"{FEATURES[f]}: GD 2000 {_change(frame, f'losses gd {f}', 'test loss', 2000.0)}, "
        f"FB-Adam 0.1 {_change(frame, f'losses adam {f}', 'test loss', 0.1)}, "
        f"FB-Adam 1 {_change(frame, f'losses adam {f}', 'test loss', 1.0)}"
        for f in scope.features
    )
    sims = [with_error(*_at(frame, f"sim {o}", "sim", eta)) for o, eta in (("gd", 2000.0), ("adam", 1.0))]
    falls = [FEATURES[f] for f in scope.features if _falls(frame, f)]
    not_so = [FEATURES[f] for f in scope.features if f not in falls and FEATURES[f] not in falls]
    verdict = "The paper's claim that both losses are lower at GD 2000, FB-Adam 0.1 and 1"
    verdict += f" holds here with the features of {' and '.join(falls)}" if falls else " does not hold here"
    verdict += f" and does not with those of {' and '.join(not_so)}." if falls and not_so else "."
    return (
        f"Second stage and sim(W_1, beta) against eta at {size_text(cell)}, mean and standard error of {seeds} seeds; "
        "losses are over their own value at eta = 0 on the same draws. Changes of the test loss with the features of "
        f"{changes}. sim(W_1, beta) rises to {sims[0]} with GD 2000 and {sims[1]} with FB-Adam 1. {verdict}"
    )


def _build(scope: Scope, material: Material, *, runs: Callable[[Scope], tuple[Design, Cell]]) -> Content:
    design, cell = runs(scope)
    seeds = scope.repeats()
    frame = sweep_frame(scope, design, cell, material.readings(design, seeds))
    height = 1.8 * (len(_panels(frame, scope)) // 2) + 0.8
    return Content(
        frame=frame,
        caption=_caption(frame, scope, cell, seeds),
        draw=partial(_draw, frame=frame, scope=scope),
        size=(PAGE, height),
        notes=(
            f"Test loss on {scope.test_samples} samples. Predictions are for Adam's eps = 0, and for GD up to where a "
            "preactivation moves by half its spread.",
        ),
    )


def _needs(scope: Scope, *, runs: Callable[[Scope], tuple[Design, Cell]]) -> list[Need]:
    return [Need(design=runs(scope)[0], seeds=scope.repeats())]


def _main(scope: Scope) -> tuple[Design, Cell]:
    cell = main_cell(scope)
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
        "fig-3", "Losses, KTA and sim after one step", "Both optimisers over the paper's nine etas.", _main
    ),
    _item("fig-19", "Losses, KTA and sim for a small n", "n = 500 (a reading).", partial(_other, place=0)),
    _item("fig-20", "Losses, KTA and sim for a large n", "n = 8000 (a reading).", partial(_other, place=-1)),
)
