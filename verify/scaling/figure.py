"""The figure of verify.scaling: the paper's Fig. 8 with prediction and error bars, and the exponents off the ray."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.judging.claim import Kind
from verify.predictions.optimisers import missing_theory
from verify.presentation.style import COLOURS, PAGE, figure_style, save_figure
from verify.scaling.experiment import ScalingResult
from verify.scaling.table import NormsRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_figure"]


def draw_figure(out: Path, result: ScalingResult, rows: Sequence[NormsRow]) -> None:
    """Write figure.png and figure.svg into `out`."""
    with figure_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(PAGE, 3.0), layout="constrained")
        grid = figure.add_gridspec(2, 2, width_ratios=(1.35, 1.0), height_ratios=(2.2, 1.0))
        shown = [row for row in rows if row.cell.design == "ray"] or list(rows)
        if _is_predicted(shown):
            _norms(figure.add_subplot(grid[0, 0]), shown)
            _ratios(figure.add_subplot(grid[1, 0]), shown)
        else:
            axes = figure.add_subplot(grid[:, 0])
            _norms(axes, shown)
            axes.tick_params(labelbottom=True)
            axes.set_xlabel(r"$\sqrt{Nd}$")
        _exponents(figure.add_subplot(grid[:, 1]), result)
        save_figure(figure, out / "figure")


def _norms(axes: "Axes", rows: Sequence[NormsRow]) -> None:
    """Both norms against sqrt(N d), as Fig. 8 has them, with the prediction."""
    rows = sorted(rows, key=lambda row: row.root)
    letter = "G" if rows[0].is_gradient else "D"
    root = np.array([row.root for row in rows])
    for name, subscript, marker in (("frobenius", "F", "s"), ("operator", "2", "o")):
        norms = [getattr(row, name) for row in rows]
        mean, error, predicted = (
            np.array([getattr(n, part) for n in norms]) for part in ("mean", "error", "predicted")
        )
        scale = root
        axes.plot(root, predicted * scale, color=COLOURS["prediction"], lw=0.9, zorder=1)
        axes.errorbar(
            root,
            mean * scale,
            yerr=error * scale,
            fmt=marker,
            ms=4.0,
            color=COLOURS[name],
            mec="white",
            mew=0.4,
            label=rf"$\Vert {letter}_0\Vert_{subscript}$ measured",
            zorder=2,
        )
    if _is_predicted(rows):
        axes.plot([], [], color=COLOURS["prediction"], lw=0.9, label="predicted")
    if rows[0].is_gradient:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.tick_params(labelbottom=False)
    axes.set_ylabel("norm")
    axes.legend(loc="best")


def _is_predicted(rows: Sequence[NormsRow]) -> bool:
    return any(np.isfinite([row.frobenius.predicted, row.operator.predicted]).any() for row in rows)


def _ratios(axes: "Axes", rows: Sequence[NormsRow]) -> None:
    """Measured over predicted, where a deviation can be seen, on the band that a mean over the seeds should keep to."""
    rows = sorted(rows, key=lambda row: row.root)
    root = np.array([row.root for row in rows])
    bands = [row.operator.spread / row.operator.predicted / np.sqrt(row.seeds) for row in rows]
    if np.isfinite(bands).all() and len(rows) > 1:
        band = 2 * np.array(bands)
        axes.fill_between(
            root, 1 - band, 1 + band, color=COLOURS["operator"], alpha=0.15, lw=0, label="2 s.e., predicted"
        )
        axes.legend(loc="lower right", borderaxespad=0.1)
    for name, marker, shift in (("frobenius", "s", -0.006), ("operator", "o", 0.006)):
        norms = [getattr(row, name) for row in rows]
        ratio = np.array([n.mean / n.predicted for n in norms])
        error = np.array([n.error / n.predicted for n in norms])
        x = root * (1 + shift)
        axes.errorbar(x, ratio, yerr=error, fmt=marker, ms=3.2, color=COLOURS[name], mec="white", mew=0.3)
    axes.axhline(1.0, color=COLOURS["prediction"], lw=0.9, zorder=0)
    axes.set_xlim(left=0)
    axes.set_xlabel(r"$\sqrt{Nd}$")
    axes.set_ylabel("measured\n/ predicted")


def _exponents(axes: "Axes", result: ScalingResult) -> None:
    """Each exponent minus its predicted value, with its interval and margin."""
    findings = [finding for finding in result.findings if finding.kind == "exponent"]
    lines = [
        (finding, name)
        for finding in findings
        for name in (finding.interval if isinstance(finding.interval, Mapping) else ())
    ]
    if not lines:
        axes.set_axis_off()
        missing = any(claim.unpredicted for claim in result.study.claims if claim.kind is Kind.EXPONENT)
        whose = "optimiser" if missing_theory(result.study.update) else "student"
        text = (
            f"nothing is predicted\nfor this {whose}"
            if missing
            else "exponents are not identified\nby these cells"
        )
        axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color="0.4")
        return
    colours = {"operator_norm": COLOURS["operator"], "frobenius_norm": COLOURS["frobenius"]}
    margin = findings[0].margin
    axes.axvspan(-margin, margin, color=COLOURS["margin"], alpha=0.6, lw=0, zorder=0)
    reach = max(1.35 * margin, min(1.1 * _farthest(lines), 6.0 * margin))
    axes.set_xlim(-reach, reach)
    beside = reach > 1.35 * margin  # a narrow band has no room for its name
    start = -0.98 * reach if beside else -0.97 * margin
    axes.text(start, -0.5, rf"margin $\pm{margin:g}$", ha="left", va="center", color="0.35")
    axes.axvline(0.0, color=COLOURS["prediction"], lw=0.9, zorder=1)
    labels = []
    for position, (finding, name) in enumerate(lines):
        _exponent(axes, position, finding, name, colours[_observable(finding.claim)])
        predicted = finding.predicted[name] if isinstance(finding.predicted, Mapping) else 0.0
        norm = "2" if _observable(finding.claim) == "operator_norm" else "F"
        letter = "G" if finding.claim.startswith("X.G") else "D"
        which = rf"$\Vert {letter}_0\Vert_{norm}$, " if len(findings) > 1 else ""
        labels.append(
            rf"{which}${name}$ (predicted {predicted:g})"
            if predicted or len(findings) == 1
            else rf"{which}${name}$"
        )
    axes.set_yticks(range(len(lines)), labels)
    axes.set_ylim(len(lines) - 0.4, -0.7)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("exponent minus predicted exponent")
    where = (
        "off the ray" if any(cell.design == "off-ray" for cell in result.study.cells) else "on these cells"
    )
    rate = findings[0].error_rate
    axes.set_title(f"{where}; error rate {rate:g}", loc="center")


def _farthest(lines: Sequence[tuple[Any, str]]) -> float:
    """How far from its prediction the farthest end of an interval lies."""
    return max(
        abs(end - finding.predicted[name]) for finding, name in lines for end in finding.interval[name]
    )


def _observable(claim: str) -> str:
    return "frobenius_norm" if claim.endswith("F") else "operator_norm"


def _exponent(axes: "Axes", position: int, finding: Any, name: str, colour: str) -> None:
    predicted = finding.predicted[name]
    low, high = finding.interval[name]
    estimate = finding.estimate[name]
    spread = [[estimate - low], [high - estimate]]
    axes.errorbar(
        [estimate - predicted], [position], xerr=spread, fmt="o", ms=4.0, color=colour, mec="white", mew=0.4
    )
