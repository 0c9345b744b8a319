"""What `verify.train` prints and writes: the table, the figure, every number, what ran."""

import json
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

from verify.commands.delivery import account_lines, backend_facts, folders
from verify.commands.described import session_of
from verify.commands.files import records_csv, run_json, timings_csv
from verify.commands.shell import progress_bar
from verify.commands.spec import Options
from verify.files.atomic import write_bytes, write_text
from verify.presentation.numbers import time_text
from verify.presentation.sheet import Sheet
from verify.presentation.style import load_matplotlib
from verify.presentation.table import Column, Measured, measured, sheet_of_columns
from verify.presentation.terminal import terminal_width, wrapped
from verify.running.resources import bytes_text
from verify.running.runs import Run
from verify.running.simulate import batch_memory
from verify.running.store import Record
from verify.running.work import seconds_of
from verify.session.session import Account
from verify.spectra.alphas import AlphaReport
from verify.spectra.spectrum_report import SpectrumReport
from verify.train.experiment import TrainStudy, conduct, prepare
from verify.train.figure import draw_figure
from verify.train.runs import TrainingRun, TrainingRuns, state_file_of
from verify.train.tails import data_of, phase_of_runs, tail_runs

__all__ = ["FILES", "columns", "dry_run", "report"]

FILES = (
    "records.csv", "timings.csv", "table.csv", "table.md", "table.tex", "figure.png", "figure.svg", "run.json",
)  # fmt: skip
TITLE = "Training runs by step"
NOTE = (
    "loss: training loss (stage 1); test: second stage on the released code's features; s_1/s_2: the spike over the next "
    "value; moved: ||W_t - W_0||_F/||W_0||_F; Hill, KS: alpha_hill, alpha_ks, of pure noise of this shape {hill} and {ks}; "
    "z: (alpha - noise's mean)/its deviation, of the exponent before it; "
    "out: values beyond the edge of the bulk's own law; means over seeds"
)
GROUPS = (2, 4, 4, 2)  # columns that a narrow terminal keeps together
SHOWN = {
    "loss": "training_loss",
    "test": "test_loss[released]",
    "s_1": "top_singular_value",
    "sim": "sim",
    "moved": "relative_distance",
    "Hill": "alpha_hill",
    "KS": "alpha_ks",
}


def columns(runs: TrainingRuns) -> list[Column]:
    """One row per size, learning rate and step."""
    groups = _by_setting(runs)
    rows = [(group, step) for group in groups for step in group[0].steps]
    found = [
        Column(heading="eta", name="eta", entries=tuple(group[0].update.eta or 0.0 for group, _ in rows)),
        Column(heading="step", name="step", entries=tuple(step for _, step in rows)),
    ]
    if len({run.cell for run in runs}) > 1:
        found.insert(0, Column(heading="d", name="d", entries=tuple(group[0].cell.d for group, _ in rows)))
    for heading, name in SHOWN.items():
        entries = tuple(measured([run.value(name, step=step) for run in group]) for group, step in rows)
        found.append(Column(heading=heading, name=name, entries=entries))
        if heading == "s_1":
            ratios = tuple(measured([_gap(run, step) for run in group]) for group, step in rows)
            found.append(Column(heading="s_1/s_2", name="gap", entries=ratios))
    reports = [[run.spectrum(step) for run in group] for group, step in rows]
    for at, name in ((len(found) - 1, "hill"), (len(found) + 1, "ks")):
        zs = tuple(measured([_z(each, name) for each in row]) for row in reports)
        found.insert(at, Column(heading="z", name=f"alpha_{name}_z", entries=zs))
    found.append(Column(heading="out", name="outliers", entries=tuple(map(_outliers, reports))))
    found.append(Column(heading="phase", name="phase", entries=tuple(map(phase_of_runs, reports))))
    return found


def _z(report: SpectrumReport | None, name: str) -> float:
    return nan if report is None else (report.hill if name == "hill" else report.ks).z


def _outliers(reports: Sequence[SpectrumReport | None]) -> Measured | float:
    counts = [nan if each is None else len(each.outliers.values) for each in reports]
    return measured(counts) if len(counts) > 1 else counts[0]


def _note(runs: TrainingRuns) -> str:
    """What the columns are; noise of the first size."""
    noise = runs.noise()
    hill, ks = ("?", "?") if noise is None else (_spread(noise.hill), _spread(noise.ks))
    return NOTE.format(hill=hill, ks=ks)


def _spread(alpha: AlphaReport) -> str:
    return f"{alpha.null:.2f} +- {alpha.null_sd:.2f}"


def _gap(run: TrainingRun, step: int) -> float:
    second = run.value("second_singular_value", step=step)
    return run.value("top_singular_value", step=step) / second if second > 0.0 else float("nan")


def _by_setting(runs: TrainingRuns) -> list[list[TrainingRun]]:
    """Runs that differ by their seed alone, together."""
    found: dict[Any, list[TrainingRun]] = {}
    for run in runs:
        found.setdefault((run.cell, run.update), []).append(run)
    return list(found.values())


def report(options: Options) -> int:
    """Run the experiment, print it, write its files; 0."""
    started = time.time()
    with redirect_stdout(sys.stderr):  # a user's function that prints must not print into --json
        study = prepare(options)
    load_matplotlib()
    states = (
        [f"state-{index}.state" for index in range(len(study.requests()))] if options["save_states"] else []
    )
    out, store = folders(options, (*FILES, *states))
    with redirect_stdout(sys.stderr), progress_bar(quiet=options["quiet"]) as progress:
        session = session_of(options.but({"store": store}), progress)
        runs = conduct(study, session)
    found = columns(runs)
    sheet = sheet_of_columns(
        found,
        note=_note(runs),
        title=TITLE,
        keys=len(found) - sum(GROUPS),
        groups=GROUPS,
    )
    _write(out, options, study, runs, sheet, session.account, started)
    for name, run in zip(states, runs, strict=False):
        write_bytes(out / name, state_file_of(run))
    if options["json"]:
        sys.stdout.write(runs_json(runs))
    else:
        print("\n".join(_text(study, runs, sheet, session.account, out)))
    return 0


def _write(
    out: Path, options: Options, study: TrainStudy, runs: TrainingRuns, sheet: Sheet, account: Account, started: float
) -> None:  # fmt: skip
    parts = [part for run in runs for part in (*run.runs, *_losses(run))]
    write_text(out / "records.csv", records_csv([*parts, *tail_runs(runs)]))
    write_text(out / "timings.csv", timings_csv([part for run in runs for part in run.runs]))
    sheet.write(out)
    draw_figure(out, runs)
    facts = {
        "command": options.spec.name,
        "seeds": list(study.seeds),
        "steps": list(study.steps),
        "etas": [update.eta for update in study.updates],
        "cells_computed": account.computed,
        "cells_reused": account.reused,
        "records_refused": list(account.refused),
        "diverged": [run.title for run in runs if run.diverged],
        "backend": backend_facts(options["backend"]),
    }
    write_text(out / "run.json", run_json(options, started, facts))


def _losses(run: TrainingRun) -> list[Run]:
    """The loss before every step, as rows of records.csv."""
    first = run.runs[0].request
    return [
        Run(
            request=replace(first, step=step, group="training_loss", previous=None),
            record=Record(key={}, observables={"stage_one_loss": (loss, None)}),
            update=run.update,
        )
        for step, loss in enumerate(run.losses)
    ]


def _text(study: TrainStudy, runs: TrainingRuns, sheet: Sheet, account: Account, out: Path) -> Sequence[str]:
    options, width = study.options, terminal_width()
    cells = "; ".join(cell.label for cell in study.cells)
    head = (
        f"{TITLE}; {cells}, {options['parametrisation']}, student {options['student']}, teacher {options['teacher']}, "
        f"noise {options['noise']:g}; {study.updates[0].title}; "
        f"{options['seeds']} seed{'s' if options['seeds'] > 1 else ''}"
    )
    diverged = [f"diverged: {run.title}, after step {len(run.losses) - 1}" for run in runs if run.diverged]
    last = [*diverged, *account_lines(account, "records", out)]
    return [
        *(wrapped(text, width) for text in (head, *study.problem.flags)),
        "",
        sheet.text(width),
        wrapped(sheet.note, width, indent=2),
        "",
        *(wrapped(text, width) for text in last),
    ]


def runs_json(runs: TrainingRuns) -> str:
    """Runs with their readings by step, as data; a number that is not finite is null."""
    document = [
        {
            "n": run.cell.n, "N": run.cell.N, "d": run.cell.d, "seed": run.seed, **run.update.key(), **run.training.key(),
            "diverged": run.diverged, "losses": list(map(_finite, run.losses)),
            "steps": {
                str(step): {name: _finite(value) for (at, name), value in run.readings.items() if at == step}
                for step in run.steps
            },
            "spectra": {str(step): data_of(run.spectrum(step)) for step in run.steps},
        }
        for run in runs
    ]  # fmt: skip
    return json.dumps(document, indent=1) + "\n"


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def dry_run(options: Options) -> int:
    """Print runs, steps, memory and time; run nothing."""
    study = prepare(options)
    requests = study.requests()
    seconds = seconds_of([request for each in requests for request in each])
    memory = max(map(batch_memory, requests))
    if options["json"]:
        document = {
            "runs": len(requests), "steps": list(study.steps), "seconds": round(seconds, 1), "memory_bytes": memory,
        }  # fmt: skip
        print(json.dumps(document, indent=2))
        return 0
    etas = ", ".join(f"{update.eta:g}" for update in study.updates)
    print(
        wrapped(
            f"{len(requests)} runs to step {study.steps[-1]}, {len(study.steps)} steps measured, eta {etas}; "
            f"{bytes_text(memory)} bytes a run, about {time_text(seconds)} on two cores",
            terminal_width(),
            hang=4,
        )
    )
    return 0
