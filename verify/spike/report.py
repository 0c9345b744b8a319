"""The table and the figure of verify.spike: s_1 against eta with the threshold, and three ESDs of W_1."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.commands.delivery import Delivery, carry_out
from verify.commands.spec import Options
from verify.measurements.spectra import label, spectrum_of
from verify.predictions.noise import count_of
from verify.predictions.optimisers import missing_theory
from verify.predictions.spike import even_bulk, expected_top, spike_of, threshold_of
from verify.presentation.style import COLOURS, PAGE, figure_style, save_figure
from verify.presentation.table import Column, measured
from verify.problem.update import Update
from verify.running.design import Readings
from verify.running.runs import Run
from verify.spike.experiment import SPIKE, esd_updates, leading_requests, spectra_request
from verify.spike.sentence import spike_sentence
from verify.sweep.experiment import SweepResult, conduct, prepare
from verify.sweep.report import sweep_delivery

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from theory.random_matrices.esd import SpectralLaw

__all__ = ["columns", "draw_figure", "predicted_law", "report", "runs"]

TITLE = "The spike of W_1 after one step"
NOTE = (
    "s_1 of W_1, mean over seeds with its standard error; predicted: two-row theory, without a spike the mean of noise, "
    "which ends below the edge; sd: predicted deviation of one run; independent: W_0 independent of the update; edge of "
    "the bulk; outliers: mean k_out by Tracy-Widom p-values (while the bulk is W_0's)"
)


def _leading(result: SweepResult) -> tuple[Run, ...]:
    asked = leading_requests(
        result.study.problem, result.study.cell, result.study.updates, result.account.seeds
    )
    return result.session.runs(asked)


def _spectra(result: SweepResult) -> Run:
    asked = spectra_request(
        result.study.problem, result.study.cell, result.study.updates, result.account.seeds
    )
    return result.session.runs([asked])[0]


def columns(result: SweepResult) -> list[Column]:
    """The table: one row per eta."""
    problem, cell, updates = result.study.problem, result.study.cell, result.study.updates
    told = not missing_theory(updates[0])
    critical = threshold_of(problem, cell, updates[0]) if told else math.nan
    readings = [
        Readings(
            cell=cell, seed=run.seed, values={(None, 1, k): v for k, (v, _) in run.record.observables.items()}
        )
        for run in _leading(result)
    ]

    def column(heading: str, name: str, entries: Sequence[Any]) -> Column:
        return Column(heading=heading, name=name, entries=tuple(entries))

    def predicted(read: Callable[[Update], float]) -> list[float]:
        return [read(u) if told else math.nan for u in updates]

    nothing = measured([math.nan])  # k_out means something while the bulk is known to be W_0's
    counts = [
        measured([count_of(cell, u)(r) for r in readings])
        if told and even_bulk(problem, cell, u)
        else nothing
        for u in updates
    ]
    tops = [measured([r.value(f"s_1[{label(u)}]") for r in readings]) for u in updates]
    return [
        column("eta", "eta", [u.eta for u in updates]),
        column("eta/eta_c", "eta_over_threshold", [(u.eta or 0.0) / critical for u in updates]),
        column("s_1", "s_1", tops),
        column("predicted", "predicted", predicted(lambda u: expected_top(problem, cell, u)[0])),
        column("sd", "predicted_spread", predicted(lambda u: expected_top(problem, cell, u)[1])),
        column("independent", "independent", predicted(lambda u: spike_of(problem, cell, u, "independent").top)),
        column("edge", "edge", predicted(lambda u: spike_of(problem, cell, u).edge)),
        column("outliers", "outliers", counts),
        column("predicted", "outliers_predicted", predicted(lambda u: int(spike_of(problem, cell, u).outlier))),
    ]  # fmt: skip


def runs(result: SweepResult) -> list[Run]:
    """Every measured number by seed and update, for records.csv; the first seed's spectra among them."""
    spectra = esd_updates(result.study.problem, result.study.cell, result.study.updates)
    sources = [(run, result.study.updates) for run in _leading(result)]
    return [
        _part(run, update) for run, updates in [*sources, (_spectra(result), spectra)] for update in updates
    ]


def _part(run: Run, update: Update) -> Run:
    """What a run measured after one of its updates, under the observables' own names."""
    name = f"[{label(update)}]"
    own = {key.replace(name, ""): value for key, value in run.record.observables.items() if name in key}
    return replace(run, update=update, record=replace(run.record, observables=own))


def predicted_law(result: SweepResult, eta: float) -> "SpectralLaw | None":
    """The predicted law of W_1's singular values off the spike; None where the theory has none."""
    from theory.prediction.prediction import predict
    from theory.update.optimisers import known_optimiser

    update, cell, problem = result.study.updates[0], result.study.cell, result.study.problem
    try:
        prediction = predict(
            n=cell.n, N=cell.N, d=cell.d, student=problem.student.theory, teacher=problem.teacher.theory,
            noise=problem.noise, parametrisation=problem.parametrisation, adam=update.adam,
            optimiser=known_optimiser(update.optimiser), eps=update.eps, teacher_direction=problem.teacher_direction,
        )  # fmt: skip
        return prediction.spectrum(eta)
    except ValueError:  # a problem outside the derivation: the figure goes without
        return None


def draw_figure(out: Path, result: SweepResult) -> None:
    """Write figure.png and figure.svg into `out`."""
    spectra = esd_updates(result.study.problem, result.study.cell, result.study.updates)
    record = _spectra(result).record
    with figure_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(PAGE, 4.4), layout="constrained")
        grid = figure.add_gridspec(2, len(spectra), height_ratios=(1.0, 1.25))
        for index, update in enumerate(spectra):
            axes = figure.add_subplot(grid[0, index])
            _esd(axes, result, update, spectrum_of(record.value, update, result.study.cell))
            axes.set_ylabel("density of $\\log_{10}\\,l$" if index == 0 else "")
        _positions(figure.add_subplot(grid[1, :]), result)
        save_figure(figure, out / "figure")


def _esd(axes: "Axes", result: SweepResult, update: Update, values: np.ndarray) -> None:
    """Histogram of log10 of the eigenvalues of W_1^T W_1, the predicted bulk, the predicted spike."""
    from theory.random_matrices.esd import spectral_density

    told = not missing_theory(update)
    positive = values[np.isfinite(values) & (values > 0)]
    logs = 2.0 * np.log10(positive)
    if not positive.size:
        axes.set_title(f"$\\eta$ = {update.eta:g}: diverged")
        return
    counts, edges = np.histogram(logs, bins=50, density=True)
    axes.stairs(counts, edges, fill=True, color=COLOURS["bulk"], alpha=0.6, label="measured, one seed")
    law = predicted_law(result, update.eta or 0.0) if told else None
    if law is not None:
        low, high = max(law.lower.value, 1e-3 * law.upper.value), law.upper.value
        s = np.geomspace(low, high, 300)
        density = spectral_density(law, s) * s * math.log(10.0) / 2.0
        axes.plot(2.0 * np.log10(s), density, color=COLOURS["prediction"], lw=1.0, label="predicted bulk")
    if told and (at := spike_of(result.study.problem, result.study.cell, update)).outlier:
        axes.plot(
            2.0 * np.log10(at.top), 0.0, transform=axes.get_xaxis_transform(), marker="v", ms=5.0, clip_on=False,
            color=COLOURS["frobenius"], ls="none", label="predicted spike",
        )  # fmt: skip
    axes.plot(
        logs.max(), 0.0, transform=axes.get_xaxis_transform(), marker="|", ms=9.0, mew=1.4, clip_on=False,
        color=COLOURS["operator"], ls="none", label="measured $s_1^2$",
    )  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylim(
        0.3 / (len(values) * (edges[1] - edges[0])), 12.0 * float(counts.max())
    )  # room for the legend
    axes.set_xlabel("$\\log_{10}\\,l$")
    axes.set_title(f"$\\eta$ = {update.eta:g}")
    axes.legend(loc="upper left", ncols=2, fontsize=5.0, columnspacing=1.0)


def _positions(axes: "Axes", result: SweepResult) -> None:
    """s_1 against eta, with what is predicted of it."""
    updates = result.study.updates
    if not missing_theory(updates[0]):
        _predicted_positions(axes, result)
    table = {column.name: column.entries for column in columns(result)}
    mean, error = ([getattr(entry, part) for entry in table["s_1"]] for part in ("mean", "error"))
    axes.errorbar(
        [u.eta or 0.0 for u in updates], mean, yerr=error, fmt="o", ms=4.0, color=COLOURS["operator"], mec="white",
        mew=0.4, label="measured", zorder=3,
    )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(f"$\\eta$, {updates[0].title}")
    axes.set_ylabel("$s_1(W_1)$")
    axes.legend(loc="upper left")


def _predicted_positions(axes: "Axes", result: SweepResult) -> None:
    """Three predictions of s_1 and the threshold."""
    problem, cell, updates = result.study.problem, result.study.cell, result.study.updates
    first, last = updates[0].eta or 1.0, updates[-1].eta or 1.0
    fine = np.geomspace(first, max(last, 1.01 * first), 240)
    curves = {
        "two-row theory": ("two-row", COLOURS["prediction"], "-"),
        "$W_0$ independent of the update": ("independent", COLOURS["rival"], "--"),
    }
    for name, (theory, colour, style) in curves.items():
        tops = [spike_of(problem, cell, replace(updates[0], eta=float(e)), theory).top for e in fine]
        axes.plot(fine, tops, color=colour, ls=style, lw=1.0, label=name)
    edges = [spike_of(problem, cell, replace(updates[0], eta=float(e))).edge for e in fine]
    axes.plot(fine, edges, color=COLOURS["bulk"], lw=1.0, label="edge of the bulk")
    critical = threshold_of(problem, cell, updates[0])
    if first <= critical <= last:
        axes.axvline(critical, color=COLOURS["other"], lw=0.9, ls=":", label=f"$\\eta_c$ = {critical:.3g}")


def report(options: Options) -> int:
    """Run the experiment, print it, write its files; the exit code."""
    return carry_out(
        options,
        prepare=lambda options: prepare(options, SPIKE),
        conduct=lambda study, session: delivery_of(conduct(study, session)),
    )


def delivery_of(result: SweepResult) -> Delivery:
    """The table, the figure and the words."""

    def draw(out: Path) -> None:
        draw_figure(out, result)

    table = columns(result)
    return sweep_delivery(
        result, title=TITLE, note=NOTE, columns=table, groups=(4, 1, 2), runs=runs(result), draw=draw,
        sentence=spike_sentence(table),
    )  # fmt: skip
