"""The table and the figure of verify.overlap: both top overlaps and sim against eta, predicted and measured."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.commands.delivery import Delivery, carry_out
from verify.commands.spec import Options
from verify.overlap.experiment import OVERLAP, requests_at
from verify.predictions.optimisers import missing_theory
from verify.predictions.spike import overlap_below, sim_below, spike_of, threshold_of
from verify.presentation.style import COLOURS, PAGE, figure_style, save_figure
from verify.presentation.table import Column, Measured, measured
from verify.running.runs import Run
from verify.sweep.experiment import SweepResult, conduct, prepare
from verify.sweep.report import sweep_delivery

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from theory.spike.formulas import Spike, SpikeTheory

__all__ = ["columns", "draw_figure", "report", "runs"]

TITLE = "Overlaps of W_1 with its first update"
NOTE = (
    "left, right: squared overlap of the top singular vectors of W_1 and of the update; sim = |v_1(W_1).beta|; mean over "
    "seeds with its standard error; predicted: two-row theory, below the threshold with what the update adds to random "
    "vectors; indep.: W_0 independent of the update; where it sees no spike, the mean of random vectors"
)
QUANTITIES: dict[str, tuple[str, Callable[["Spike"], float]]] = {
    "left_overlap": ("left", lambda at: at.left_overlap_squared),
    "right_overlap": ("right", lambda at: at.right_overlap_squared),
    "sim": ("sim", lambda at: at.similarity or 0.0),
}


def runs(result: SweepResult) -> tuple[Run, ...]:
    """Every record by seed and update, for records.csv."""
    asked = requests_at(result.study.problem, result.study.cell, result.study.updates, result.account.seeds)
    return result.session.runs(asked)


def _measured(result: SweepResult, name: str) -> tuple[Measured, ...]:
    found = runs(result)
    return tuple(
        measured([run.record.value(name) for run in found if run.update == update])
        for update in result.study.updates
    )


def _predicted(
    result: SweepResult, name: str, etas: Sequence[float], theory: "SpikeTheory" = "two-row"
) -> tuple[float, ...]:
    rule, cell = result.study.updates[0], result.study.cell
    if missing_theory(rule):
        return (math.nan,) * len(etas)
    random = {
        "left_overlap": 1.0 / cell.N,
        "right_overlap": 1.0 / cell.d,
        "sim": math.sqrt(2.0 / (math.pi * cell.d)),
    }
    found = []
    for eta in etas:
        update = replace(rule, eta=float(eta))
        spike = spike_of(result.study.problem, cell, update, theory)
        if not spike.outlier and theory == "two-row" and name == "sim":
            found.append(sim_below(result.study.problem, cell, update))
        elif not spike.outlier and theory == "two-row":
            found.append(overlap_below(result.study.problem, cell, update, name.removesuffix("_overlap")))
        else:
            found.append(max(QUANTITIES[name][1](spike), random[name]))
    return tuple(found)


def _threshold(result: SweepResult) -> float:
    """The predicted eta_c; nan where theory does not know the optimiser."""
    rule = result.study.updates[0]
    return math.nan if missing_theory(rule) else threshold_of(result.study.problem, result.study.cell, rule)


def columns(result: SweepResult) -> list[Column]:
    """The table: one row per eta."""
    etas = [update.eta or 0.0 for update in result.study.updates]
    critical = _threshold(result)
    found = [
        Column(heading="eta", name="eta", entries=tuple(etas)),
        Column(heading="eta/eta_c", name="eta_over_threshold", entries=tuple(eta / critical for eta in etas)),
    ]
    for name, (heading, _) in QUANTITIES.items():
        found += [
            Column(heading=heading, name=name, entries=_measured(result, name)),
            Column(heading="predicted", name=f"{name}_predicted", entries=_predicted(result, name, etas)),
            Column(heading="indep.", name=f"{name}_independent", entries=_predicted(result, name, etas, "independent")),
        ]  # fmt: skip
    return found


def draw_figure(out: Path, result: SweepResult) -> None:
    """Write figure.png and figure.svg into `out`."""
    titles = {
        "left_overlap": "left, $(u_1(W_1)\\cdot u_1(D_0))^2$",
        "right_overlap": "right, $(v_1(W_1)\\cdot v_1(D_0))^2$",
        "sim": "sim$(W_1, \\beta)$",
    }
    with figure_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(PAGE, 2.6), layout="constrained")
        panels: Any = figure.subplots(1, 3)
        for axes, (name, words) in zip(panels, titles.items(), strict=True):
            _panel(axes, result, name)
            axes.set_title(words)
        panels[0].set_ylabel("squared overlap")
        panels[-1].legend(loc="upper right")
        save_figure(figure, out / "figure")


def _panel(axes: "Axes", result: SweepResult, name: str) -> None:
    etas = np.array([update.eta or 0.0 for update in result.study.updates])
    fine = np.geomspace(etas[0], max(etas[-1], 1.01 * etas[0]), 240)
    curves: tuple[tuple[str, SpikeTheory, str, str], ...] = (
        ("predicted", "two-row", COLOURS["prediction"], "-"),
        ("one-row theory", "one-row", COLOURS["other"], "-."),
        ("$W_0$ independent", "independent", COLOURS["rival"], "--"),
    )
    for words, theory, colour, style in () if missing_theory(result.study.updates[0]) else curves:
        axes.plot(
            fine, _predicted(result, name, fine.tolist(), theory), color=colour, ls=style, lw=1.0, label=words
        )
    found = _measured(result, name)
    axes.errorbar(
        etas, [m.mean for m in found], yerr=[m.error for m in found], fmt="o", ms=4.0, color=COLOURS["operator"],
        mec="white", mew=0.4, label="measured", zorder=3,
    )  # fmt: skip
    critical = _threshold(result)
    if etas[0] <= critical <= etas[-1]:
        axes.axvline(
            critical, color=COLOURS["frobenius"], lw=0.8, ls=":", label=f"$\\eta_c$ = {critical:.3g}"
        )
    axes.set_xscale("log")
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel(f"$\\eta$, {result.study.updates[0].title}")


def report(options: Options) -> int:
    """Run the experiment, print it, write its files; the exit code."""
    return carry_out(
        options,
        prepare=lambda options: prepare(options, OVERLAP),
        conduct=lambda study, session: delivery_of(conduct(study, session)),
    )


def delivery_of(result: SweepResult) -> Delivery:
    """The table, the figure and the words."""

    def draw(out: Path) -> None:
        draw_figure(out, result)

    table = columns(result)
    return sweep_delivery(
        result, title=TITLE, note=NOTE, columns=table, groups=(3, 3, 3), runs=runs(result), draw=draw,
        sentence=_sentence(table, _threshold(result)),
    )  # fmt: skip


def _sentence(table: Sequence[Column], critical: float) -> str:
    """How both overlaps go as eta grows."""
    found = {column.name: column.entries for column in table}
    first, last = found["eta"][0], found["eta"][-1]

    def moves(name: str) -> str:
        means = [entry.mean if isinstance(entry, Measured) else entry for entry in found[name]]
        return f"from {means[0]:.2g} to {means[-1]:.3g}" if len(means) > 1 else f"{means[0]:.3g}"

    where = f"as eta goes from {first:g} to {last:g}" if first != last else f"at eta = {first:g}"
    threshold = f" (eta_c = {critical:.3g})" if math.isfinite(critical) else ""
    verb = "goes" if first != last else "is"
    return (
        f"{where}{threshold} the squared overlap of W_1's top singular vectors with the update's {verb} "
        f"{moves('left_overlap')} (left) and {moves('right_overlap')} (right)"
    )
