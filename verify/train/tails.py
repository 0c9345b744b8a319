"""The spectra along a run against their nulls: exponents with z, outliers, phase, at every step that was measured."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from verify.running.runs import Run
from verify.running.store import Record
from verify.spectra.spectrum_data import plain, spectrum_data
from verify.spectra.spectrum_report import SpectrumReport
from verify.train.runs import TrainingRuns

__all__ = ["Tails", "data_of", "phase_of_runs", "tail_runs", "tails_of"]

READ = (
    "alpha_hill_null", "alpha_hill_null_sd", "alpha_hill_z", "alpha_hill_matrix_p_value", "alpha_hill_without_outliers",
    "alpha_ks_null", "alpha_ks_null_sd", "alpha_ks_z", "alpha_ks_matrix_p_value", "alpha_ks_without_outliers",
    "alpha_truncated", "bulk_edge", "white_edge", "beyond_white", "bulk_deviation", "bulk_deviation_p_value",
    "bulk_variance",
)  # fmt: skip

Tails = dict[tuple[int, int], SpectrumReport | None]
"""(index of the run, step) to the report on W_t; None where W_t has no spectrum."""


def tails_of(runs: TrainingRuns, *, null_draws: int) -> Tails:
    """The report on every run at every step."""
    return {
        (index, step): run.spectrum(step, null_draws=null_draws)
        for index, run in enumerate(runs)
        for step in run.steps
    }


def tail_runs(runs: TrainingRuns, tails: Tails) -> list[Run]:
    """What the reports say, as rows of records.csv."""
    found = []
    for (index, step), report in tails.items():
        data = plain(spectrum_data(report))
        values = {name: data[name] for name in READ if data[name] is not None}
        values |= {} if report is None else {"outliers": len(report.outliers.values)}
        first = runs[index].runs[0].request
        found.append(
            Run(
                request=replace(first, step=step, group="tails", previous=None),
                record=Record(
                    key={}, observables={name: (float(each), None) for name, each in values.items()}
                ),
                update=runs[index].update,
            )
        )
    return found


def phase_of_runs(reports: Sequence[SpectrumReport | None]) -> str:
    """The phase that most runs are in, and how many they are where they differ."""
    counts = Counter("none" if report is None else report.phase for report in reports)
    [(phase, count)] = counts.most_common(1)
    return phase if len(counts) == 1 else f"{phase} {count}/{len(reports)}"


def data_of(report: SpectrumReport | None) -> Any:
    """A report as JSON."""
    return None if report is None else plain(spectrum_data(report))
