"""The figure of verify.scaling: the paper's Fig. 8 with prediction and error bars, and the exponents off the ray."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.optimisers.table import optimiser_named
from verify.judging.claim import Kind
from verify.predictions.optimisers import missing_theory
from verify.presentation.style import COLOURS, PAGE, figure_style, save_figure
from verify.scaling.experiment import ScalingResult
from verify.scaling.table import NormsRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_figure"]

# observable: (subscript of its norm, colour)
NORMS = {"operator_norm": ("2", "operator"), "frobenius_norm": ("F", "frobenius")}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exponent:
    """One exponent less its predicted value: estimate, interval, and how it is shown."""

    estimate: float
    low: float
    high: float
    label: str
    colour: str


def _exponents_of(result: ScalingResult) -> list[_Exponent]:
    """Those that the cells identify, in the order of the findings."""
    claims = {claim.id: claim for claim in result.study.claims if claim.kind is Kind.EXPONENT}
    letter = "G" if optimiser_named(result.study.update.optimiser).is_gradient else "D"
    found = []
    for finding in result.findings:
        estimates, intervals, predicted = finding.estimate, finding.interval, finding.predicted
        if not (
            finding.claim in claims
            and isinstance(estimates, Mapping)
            and isinstance(intervals, Mapping)
            and isinstance(predicted, Mapping)
        ):
            continue
        norm, colour = NORMS[claims[finding.claim].observable]
        which = rf"$\Vert {letter}_0\Vert_{norm}$, " if len(claims) > 1 else ""
        for name, (low, high) in intervals.items():
            said = predicted[name] or len(claims) == 1
            found.append(
                _Exponent(
                    estimate=estimates[name] - predicted[name],
                    low=low - predicted[name],
                    high=high - predicted[name],
                    label=rf"{which}${name}$" + (f" (predicted {predicted[name]:g})" if said else ""),
                    colour=COLOURS[colour],
                )
            )
    return found


def _exponents(axes: "Axes", result: ScalingResult) -> None:
    """Each exponent minus its predicted value, with its interval and margin."""
    shown = _exponents_of(result)
    if not shown:
        axes.set_axis_off()
        text = _why_no_exponents(result)
        axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color="0.4")
        return
    first = next(finding for finding in result.findings if finding.kind == Kind.EXPONENT)
    _margin_band(axes, first.margin, max(abs(end) for each in shown for end in (each.low, each.high)))
    for position, each in enumerate(shown):
        spread = [[each.estimate - each.low], [each.high - each.estimate]]
        axes.errorbar(
            [each.estimate], [position], xerr=spread, fmt="o", ms=4.0, color=each.colour, mec="white", mew=0.4
        )
    axes.set_yticks(range(len(shown)), [each.label for each in shown])
    axes.set_ylim(len(shown) - 0.4, -0.7)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("exponent minus predicted exponent")
    off_ray = any(cell.design == "off-ray" for cell in result.study.cells)
    where = "off the ray" if off_ray else "on these cells"
    axes.set_title(f"{where}; error rate {first.error_rate:g}", loc="center")


def _why_no_exponents(result: ScalingResult) -> str:
    if any(claim.unpredicted for claim in result.study.claims if claim.kind is Kind.EXPONENT):
        whose = "optimiser" if missing_theory(result.study.update) else "student"
        return f"nothing is predicted\nfor this {whose}"
    return "exponents are not identified\nby these cells"


def _margin_band(axes: "Axes", margin: float, farthest: float) -> None:
    """The margin around the prediction, and the axis as wide as that and the farthest end of an interval need."""
    axes.axvspan(-margin, margin, color=COLOURS["margin"], alpha=0.6, lw=0, zorder=0)
    reach = max(1.35 * margin, min(1.1 * farthest, 6.0 * margin))
    axes.set_xlim(-reach, reach)
    beside = reach > 1.35 * margin  # a narrow band has no room for its name
    start = -0.98 * reach if beside else -0.97 * margin
    axes.text(start, -0.5, rf"margin $\pm{margin:g}$", ha="left", va="center", color="0.35")
    axes.axvline(0.0, color=COLOURS["prediction"], lw=0.9, zorder=1)
