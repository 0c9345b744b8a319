"""The figures of verify.measure: a spectrum over white noise of its shape, and its tail with the fitted power laws."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from theory.random_matrices.bulk import marchenko_pastur_density, mid_quantiles
from verify.files.atomic import ensure_directory
from verify.measure.measured import MeasuredMatrix, Measurements
from verify.presentation.style import COLOURS, PAGE, figure_style, save_figure
from verify.spectra.spectrum_report import SpectrumReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_figures"]

_MOST = 40
_BINS = 60


def draw_figures(out: Path, found: Measurements) -> list[str]:
    """Write figures/001-LAYER.svg and .png for each of the first forty matrices; their names without the ending."""
    shown = [
        each for each in found if each.report is not None and np.count_nonzero(each.report.eigenvalues) > 1
    ]
    names = []
    for place, each in enumerate(shown[:_MOST], start=1):
        if each.report is not None:
            names.append(f"{place:03d}-{_slug(each)}")
            _draw(ensure_directory(out / "figures", "--out") / names[-1], each, each.report)
    return names


def _slug(each: MeasuredMatrix) -> str:
    """The layer's name with nothing in it that a file system might mind."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", f"{each.layer}-{each.rule}").strip("-")[:60]


def _draw(stem: Path, each: MeasuredMatrix, report: SpectrumReport) -> None:
    with figure_style():
        from matplotlib.figure import Figure

        figure = Figure(
            figsize=(PAGE, 2.7)
        )  # places by hand, no mathematics: half the time of a measurement else
        left, right = figure.subplots(
            1, 2, gridspec_kw={"left": 0.07, "right": 0.99, "bottom": 0.16, "top": 0.9, "wspace": 0.22}
        )
        _spectrum(left, report)
        _tail(right, report)
        name = each.layer.replace("$", r"\$")  # a dollar would begin mathematics
        figure.suptitle(f"{name}, {each.shape[0]} x {each.shape[1]}: {report.phase}", fontsize=8.5)
        save_figure(figure, stem)


def _spectrum(axes: "Axes", report: SpectrumReport) -> None:
    l = report.eigenvalues[report.eigenvalues > 0.0]
    N, d = report.shape
    edges = np.linspace(np.log10(l[0]) - 0.02, np.log10(l[-1]) + 0.02, _BINS)
    axes.hist(np.log10(l), list(edges), density=True, color=COLOURS["bulk"], label="eigenvalues")
    grid = np.logspace(edges[0], edges[-1], 600)
    white = marchenko_pastur_density(grid, N=N, d=d, variance=report.bulk.variance)
    axes.plot(
        np.log10(grid),
        white * grid * np.log(10.0),
        color=COLOURS["prediction"],
        lw=0.9,
        label="white noise, best scale",
    )
    for index, outlier in enumerate(report.outliers.values):
        axes.plot(
            2 * np.log10(outlier.value), 0.0, "v", ms=5, color=COLOURS["frobenius"], clip_on=False,
            label=None if index else "beyond the bulk's edge",
        )  # fmt: skip
    if np.isfinite(report.outliers.edge):
        axes.axvline(
            2 * np.log10(report.outliers.edge), color=COLOURS["other"], lw=0.8, ls="--", label="bulk's edge"
        )
    axes.set(xlabel="log10 λ", ylabel="density", ylim=(0.0, 1.5 * axes.get_ylim()[1]))
    axes.legend(loc="upper left")


def _tail(axes: "Axes", report: SpectrumReport) -> None:
    """Share of eigenvalues at least as large, with the fits from where they begin."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    l = report.eigenvalues[report.eigenvalues > 0.0]
    m = l.size
    axes.loglog(l, np.arange(m, 0, -1) / m, ".", ms=3, color=COLOURS["operator"], label="eigenvalues")
    N, d = report.shape
    noise = mid_quantiles(min(N, d), N=N, d=d, variance=report.bulk.variance)
    axes.loglog(
        noise,
        np.arange(noise.size, 0, -1) / noise.size,
        color=COLOURS["prediction"],
        lw=0.9,
        label="white noise",
    )
    for name, fit, style in (("Hill", report.hill, "-"), ("KS", report.ks, "--")):
        if np.isfinite(fit.alpha):
            x = np.geomspace(fit.x_min, l[-1], 50)
            y = fit.tail / m * (x / fit.x_min) ** (1.0 - fit.alpha)
            label = f"{name} α = {fit.alpha:.2f} (noise {fit.null:.2f})"
            axes.loglog(x, y, style, color=COLOURS["frobenius"], lw=1.0, label=label)
    axes.set(xlabel="λ", ylabel="share at least as large", ylim=(0.5 / m, 1.5))
    axes.set_xlim(np.quantile(l, 0.3), 1.3 * l[-1])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.legend()
