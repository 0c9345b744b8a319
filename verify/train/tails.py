"""What the spectra along a run say against their nulls, as rows, as a word and as data."""

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

__all__ = ["data_of", "phase_of_runs", "tail_runs"]


def tail_runs(runs: TrainingRuns) -> list[Run]:
    """What the reports say, as rows of records.csv."""
    return [
        Run(
            request=replace(run.runs[0].request, step=step, group="tails", previous=None),
            record=Record(
                key={},
                observables={name: (each, None) for name, each in numbers_of(run.spectrum(step)).items()},
            ),
            update=run.update,
        )
        for run in runs
        for step in run.steps
    ]


def phase_of_runs(reports: Sequence[SpectrumReport | None]) -> str:
    """The phase that most runs are in, and how many they are where they differ."""
    counts = Counter("none" if report is None else report.phase for report in reports)
    [(phase, count)] = counts.most_common(1)
    return phase if len(counts) == 1 else f"{phase} {count}/{len(reports)}"


def data_of(report: SpectrumReport | None) -> Any:
    """A report as JSON."""
    return None if report is None else plain(spectrum_data(report))
