"""What the sweeps over eta print and write: tables, files, what would be run."""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.commands.files import findings_json, records_csv, run_json, timings_csv
from verify.commands.findings import describe_finding
from verify.commands.shell import default_store, progress_bar
from verify.files.atomic import ensure_directory, write_text
from verify.judging.finding import exit_code
from verify.presentation.sheet import Sheet
from verify.presentation.table import Column, sheet_of
from verify.running.resources import bytes_text
from verify.running.runs import Run
from verify.sweep.experiment import EXPERIMENT_NAMES, SEEDS, SweepResult, setup

__all__ = ["Report", "dry_run", "report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a command adds to the common report: its table, figure, runs for records.csv, and words."""

    command: str
    title: str
    note: str
    columns: Callable[[SweepResult], Sequence[Column]]
    runs: Callable[[SweepResult], Sequence[Run]]
    draw: Callable[[Path, SweepResult], None]
    experiment: Callable[..., SweepResult]


def report(options: Mapping[str, Any], kind: Report) -> int:
    """Run the experiment, print it, write its files; the exit code."""
    started, name = time.time(), kind.command.removeprefix("verify.")
    out = ensure_directory(options["out"] or Path("bulkspike-out") / name, "--out")
    store = ensure_directory(options["store"] or default_store(), "--store")
    with progress_bar(quiet=options["quiet"]) as progress:
        result = kind.experiment(
            **{key: options[key] for key in EXPERIMENT_NAMES}, store=store, progress=progress
        )
    sheet = sheet_of(kind.columns(result), note=kind.note, title=kind.title)
    runs = kind.runs(result)
    write_text(out / "records.csv", records_csv(runs))
    write_text(out / "timings.csv", timings_csv(_once(runs)))
    write_text(out / "verdicts.json", findings_json(result.findings))
    sheet.write(out)
    kind.draw(out, result)
    write_text(out / "run.json", run_json(options, started, **_facts(options, result, kind)))
    if options["json"]:
        sys.stdout.write(findings_json(result.findings))
    else:
        print(_text(options, result, sheet, out, kind))
    return exit_code(result.findings)


def _once(runs: Sequence[Run]) -> list[Run]:
    """One run per measurement: updates that were measured together share their seconds."""
    seen: dict[tuple[Any, ...], Run] = {}
    for run in runs:
        seen.setdefault((run.seed, tuple(run.record.timings.items())), run)
    return list(seen.values())


def _facts(options: Mapping[str, Any], result: SweepResult, kind: Report) -> dict[str, Any]:
    from sim.backend import get_backend, gpu_status

    backend = get_backend(options["backend"])
    return {
        "command": kind.command,
        "etas": [update.eta for update in result.updates],
        "seeds": list(result.account.seeds),
        "looks": result.account.looks,
        "cells_computed": result.account.computed,
        "cells_reused": result.account.reused,
        "records_refused": list(result.account.refused),
        "backend": {"name": backend.name, "device": str(backend.device), "gpu": gpu_status()},
    }


def _text(options: Mapping[str, Any], result: SweepResult, sheet: Sheet, out: Path, kind: Report) -> str:
    head = [
        f"{kind.title}; {result.cell.label}, {options['parametrisation']}, student {options['student']}, teacher "
        f"{options['teacher']}, noise {options['noise']:g}; {len(result.account.seeds)} seeds",
        kind.note,
        *result.problem.flags,
        "",
        sheet.text(),
        "",
    ]
    body = [describe_finding(finding) for finding in result.findings]
    none = [] if body else ["no eta is clearly on either side of the threshold: nothing is judged"]
    refused = [f"record refused and computed again: {line}" for line in result.account.refused]
    kept = f"{result.account.computed} records computed, {result.account.reused} taken from the store; files in {out}"
    return "\n".join([*head, *body, *none, "", *refused, kept])


def dry_run(options: Mapping[str, Any]) -> int:
    """Print etas, seeds and memory; run nothing."""
    from verify.running.resources import memory_of
    from verify.running.work import flops

    problem, cell, updates = setup(options)
    seeds = options["seeds"] or SEEDS
    memory = memory_of(problem, (cell,), options["dtype"])[cell]
    etas = [update.eta for update in updates]
    if options["json"]:
        document = {"cell": list(cell.sizes), "eta": etas, "seeds": seeds, "memory_bytes": memory}
        print(json.dumps(document, indent=2))
        return 0
    listed = ", ".join(f"{eta:g}" for eta in etas if eta)
    print(
        f"n={cell.n} N={cell.N} d={cell.d}: {seeds} seeds, {len(etas)} etas ({listed}), "
        f"{bytes_text(int(memory))} bytes, {seeds * flops(cell):.1e} operations for the gradients"
    )
    return 0
