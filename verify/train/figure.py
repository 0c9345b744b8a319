"""The figure of `verify.train`: the ESD at the steps that were measured, and what was read there against t."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.predictions.start import start_density
from verify.presentation.style import COLOURS, PAGE, figure_style, save_figure
from verify.train.runs import TrainingRun, TrainingRuns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_figure"]

LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
MOST_LINES = len(LINES)
MOST_SPECTRA = 4
NAMES = {"hill": "Hill", "ks": "KS"}


def draw_figure(out: Path, runs: TrainingRuns) -> None:
    """Write figure.png and figure.svg into `out`: the first size, at most six learning rates, the first seed's ESD."""
    here = [run for run in runs if run.cell == runs[0].cell]
    etas = list(dict.fromkeys(run.update for run in here))
    if len(etas) > MOST_LINES:
        chosen = np.unique(np.linspace(0, len(etas) - 1, MOST_LINES).round().astype(int))
        etas = [etas[index] for index in chosen]
    groups = [[run for run in here if run.update == update] for update in etas]
    with figure_style():
        from matplotlib.figure import Figure
        from matplotlib.ticker import ScalarFormatter

        figure = Figure(figsize=(PAGE, 6.6), layout="constrained")
        panels = figure.subplots(3, 3).ravel()
        _spectra(panels[0], _shown(groups))
        _stage_one(panels[1], groups)
        _line(panels[2], groups, "test_loss[released]", "test loss (released features)")
        for axes, which in zip(panels[3:5], ("hill", "ks"), strict=True):
            _line(axes, groups, f"alpha_{which}", f"$\\alpha$ ({NAMES[which]})")
            _noise(axes, runs, which)
        _line(panels[5], groups, _z, "z of $\\alpha$ (Hill)")
        panels[5].axhspan(-2.0, 2.0, color=COLOURS["prediction"], alpha=0.12, lw=0)
        _line(panels[6], groups, _gap, "$s_1/s_2$ of $W_t$")
        panels[6].set_yscale("log")
        for axis in ("major", "minor"):
            getattr(panels[6].yaxis, f"set_{axis}_formatter")(ScalarFormatter())
        _line(panels[7], groups, "sim", "sim$(W_t, \\beta)$")
        panels[7].set_ylim(bottom=0.0)
        _line(panels[8], groups, "relative_distance", "$||W_t - W_0||_F/||W_0||_F$")
        panels[1].legend(title=f"$\\eta$, {etas[0].title}", title_fontsize=7.0)
        save_figure(figure, out / "figure")


def _shown(groups: Sequence[Sequence[TrainingRun]]) -> TrainingRun:
    """The run whose ESD is drawn: the largest learning rate's first seed that has not diverged."""
    firsts = sorted((group[0] for group in groups), key=lambda run: run.update.eta or 0.0)
    return next((run for run in reversed(firsts) if not run.diverged), firsts[-1])


def _z(run: TrainingRun, step: int) -> float:
    """How many deviations of pure noise's Hill exponent a run's lies off its mean."""
    report = run.spectrum(step)
    return float("nan") if report is None else report.hill.z


def _noise(axes: "Axes", runs: TrainingRuns, which: str) -> None:
    """An exponent of pure noise of this shape: its mean, and two deviations about it (no exponent is below 1)."""
    noise = runs.noise()
    if noise is not None:
        alpha, colour = getattr(noise, which), COLOURS["prediction"]
        axes.axhline(alpha.null, color=colour, lw=0.9, ls="--", label="pure noise")
        axes.axhspan(
            max(1.0, alpha.null - 2 * alpha.null_sd),
            alpha.null + 2 * alpha.null_sd,
            color=colour,
            alpha=0.12,
            lw=0,
        )
        axes.legend()


def _gap(run: TrainingRun, step: int) -> float:
    second = run.value("second_singular_value", step=step)
    return run.value("top_singular_value", step=step) / second if second > 0.0 else float("nan")


def _spectra(axes: "Axes", run: TrainingRun) -> None:
    """Histograms of log10 of the eigenvalues of W_t^T W_t at a few steps, over the bulk of W_0."""
    few = np.unique(np.linspace(0, len(run.steps) - 1, MOST_SPECTRA).round().astype(int))
    logs = {run.steps[index]: _logs(run, run.steps[index]) for index in few}
    logs = {step: values for step, values in logs.items() if values.size > 1}
    if logs:
        low, high = min(v.min() for v in logs.values()), max(v.max() for v in logs.values())
        most = max(v.size for v in logs.values())
        edges = np.linspace(low - 0.02, high + 0.02, int(np.clip(3.0 * most**0.5, 12, 60)))
        for colour, (step, values) in zip(LINES, logs.items(), strict=False):
            counts, _ = np.histogram(values, edges, density=True)
            axes.stairs(counts, edges, color=colour, lw=0.9, label=f"t = {step}")
        x, density = start_density(run.runs[0].request.problem, run.cell)
        axes.plot(x, density, color=COLOURS["prediction"], lw=0.9, ls="--", label="bulk of $W_0$")
        width = edges[1] - edges[0]
        axes.set_ylim(0.3 / (most * width), 30.0)  # room for the legend
    axes.set_yscale("log")
    axes.set_xlabel("$\\log_{10}\\,l$")
    axes.set_ylabel("density")
    axes.set_title(f"ESD, $\\eta$ = {run.update.eta:g}, seed {run.seed}")
    axes.legend(fontsize=5.5, loc="upper left", ncols=2)


def _logs(run: TrainingRun, step: int) -> NDArray[np.float64]:
    values = np.array(
        [
            value
            for (at, name), value in run.readings.items()
            if at == step and name[:2] == "s_" and name[2:].isdigit()
        ]
    )
    return 2.0 * np.log10(values[values > 0.0])


def _stage_one(axes: "Axes", groups: Sequence[Sequence[TrainingRun]]) -> None:
    """Training loss before every step, of the first seed."""
    for colour, group in zip(LINES, groups, strict=False):
        losses = np.array(group[0].losses)
        axes.plot(np.arange(losses.size), losses, color=colour, lw=0.9, label=f"{group[0].update.eta:g}")
    axes.set_yscale("log")
    _steps(axes, groups[0][0])
    axes.set_ylabel("training loss")


def _line(
    axes: "Axes", groups: Sequence[Sequence[TrainingRun]], what: str | Callable[[TrainingRun, int], float], label: str
) -> None:  # fmt: skip
    """An observable against t, mean over seeds with one standard deviation."""
    steps = groups[0][0].steps
    for colour, group in zip(LINES, groups, strict=False):
        values = np.array(
            [
                [run.value(what, step=t) if isinstance(what, str) else what(run, t) for t in steps]
                for run in group
            ]
        )
        mean = values.mean(axis=0)
        axes.plot(steps, mean, "o-", color=colour, ms=2.5, lw=0.9)
        if len(group) > 1:
            spread = values.std(axis=0)
            axes.fill_between(steps, mean - spread, mean + spread, color=colour, alpha=0.2, lw=0)
    _steps(axes, groups[0][0])
    axes.set_ylabel(label)


def _steps(axes: "Axes", run: TrainingRun) -> None:
    """A scale of steps that shows the first ones and the last."""
    if run.steps[-1] > 50:
        axes.set_xscale("symlog", linthresh=1.0)
    axes.set_xlim(left=0.0)
    axes.set_xlabel("step t")
