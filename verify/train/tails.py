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
from verify.train.spectra import numbers_of

__all__ = ["data_of", "phase_of_runs", "tail_runs", "tails_of"]

Tails = dict[tuple[int, int], SpectrumReport | None]
"""(index of the run, step) to the report on W_t; None where W_t has no spectrum."""


def tails_of(runs: TrainingRuns) -> Tails:
    """The report on every run at every step."""
    return {(index, step): run.spectrum(step) for index, run in enumerate(runs) for step in run.steps}


def tail_runs(runs: TrainingRuns, tails: Tails) -> list[Run]:
    """What the reports say, as rows of records.csv."""
    found = []
    for (index, step), report in tails.items():
        first = runs[index].runs[0].request
        found.append(
            Run(
                request=replace(first, step=step, group="tails", previous=None),
                record=Record(
                    key={}, observables={name: (each, None) for name, each in numbers_of(report).items()}
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
