"""The figure of verify.rank_one: both errors against d with their predictions, their ratio, and the signs that agree."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from verify.presentation.style import COLOURS, PAGE, figure_style, save_figure
from verify.rank_one.experiment import RankOneResult
from verify.rank_one.table import RankOneRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_figure"]

STYLES = {"label": ("s", COLOURS["frobenius"]), "residual": ("o", COLOURS["operator"])}


def draw_figure(out: Path, result: RankOneResult, rows: Sequence[RankOneRow]) -> None:
    """Write figure.png and figure.svg into `out`."""
    with figure_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(PAGE, 3.0), layout="constrained")
        grid = figure.add_gridspec(2, 2, width_ratios=(1.35, 1.0), height_ratios=(2.2, 1.0))
        errors = figure.add_subplot(grid[0, 0])
        _errors(errors, result, rows)
        _ratios(figure.add_subplot(grid[1, 0], sharex=errors), rows)
        _signs(figure.add_subplot(grid[:, 1]), rows)
        save_figure(figure, out / "figure")


def _numbers(rows: Sequence[RankOneRow], name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """d, mean, standard error, prediction."""
    items = [getattr(row, name) for row in rows]
    d = np.array([row.cell.d for row in rows], dtype=float)
    mean, error, predicted = (
        np.array([getattr(item, part) for item in items]) for part in ("mean", "error", "predicted")
    )
    return d, mean, error, predicted


def _slope_text(result: RankOneResult, name: str) -> str:
    claim = {"label": "L.B4.label", "residual": "L.B4.residual"}[name]
    for finding in result.findings:
        if finding.claim == claim and isinstance(finding.estimate, float) and finding.kind == "trend":
            return f"{name} matrix, slope {finding.estimate:+.2f}"
    return f"{name} matrix"


def _errors(axes: "Axes", result: RankOneResult, rows: Sequence[RankOneRow]) -> None:
    """Both errors against d, log-log, with the predicted curves."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for name, (marker, colour) in STYLES.items():
        d, mean, error, predicted = _numbers(rows, name)
        if np.isfinite(predicted).all() and (predicted > 0).all():
            axes.plot(d, predicted, color=COLOURS["prediction"], lw=0.9, zorder=1)
        axes.errorbar(
            d, mean, yerr=error, fmt=marker, ms=4.0, color=colour, mec="white", mew=0.4, zorder=2,
            label=_slope_text(result, name),
        )  # fmt: skip
    axes.plot([], [], color=COLOURS["prediction"], lw=0.9, label="predicted")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelbottom=False)
    axes.set_ylabel(r"$\Vert G_0-A\Vert_2\,/\,\Vert G_0\Vert_2$")
    axes.legend(loc="best")


def _ratios(axes: "Axes", rows: Sequence[RankOneRow]) -> None:
    """Measured over predicted, where there is a prediction."""
    for name, shift in (("label", 0.985), ("residual", 1.015)):
        marker, colour = STYLES[name]
        d, mean, error, predicted = _numbers(rows, name)
        known = np.isfinite(predicted) & (predicted > 0)
        if known.any():
            axes.errorbar(
                d[known] * shift, mean[known] / predicted[known], yerr=error[known] / predicted[known], fmt=marker,
                ms=3.2, color=colour, mec="white", mew=0.3,
            )  # fmt: skip
    axes.axhline(1.0, color=COLOURS["prediction"], lw=0.9, zorder=0)
    sizes = sorted({row.cell.d for row in rows})
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel(r"$d$")
    axes.set_ylabel("measured\n/ predicted")


def _signs(axes: "Axes", rows: Sequence[RankOneRow]) -> None:
    """Share of equal signs: Lemma B.5 says 1."""
    d, mean, error, predicted = _numbers(rows, "agreement")
    if np.isfinite(predicted).all():
        axes.plot(d, predicted, color=COLOURS["prediction"], lw=0.9, label="predicted", zorder=1)
    axes.errorbar(
        d, mean, yerr=error, fmt="o", ms=4.0, color=COLOURS["operator"], mec="white", mew=0.4, label="measured", zorder=2
    )  # fmt: skip
    axes.axhline(1.0, color=COLOURS["rival"], lw=0.9, ls="--", label="every sign (Lemma B.5)", zorder=0)
    axes.set_xscale("log")
    axes.set_xticks(d, [str(int(size)) for size in d])
    axes.minorticks_off()
    low = float(np.min(mean - error))
    axes.set_ylim(min(0.85, low - 0.02), 1.02)
    axes.set_xlabel(r"$d$")
    axes.set_ylabel("share of entries with the sign of $A$")
    axes.set_title("signs, residual matrix")
    axes.legend(loc="center right")
