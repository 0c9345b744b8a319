"""What verify.rank_one prints and writes: its table, its files, what it would run."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verify.commands.files import findings_json, records_csv, run_json, timings_csv
from verify.commands.findings import describe_finding
from verify.commands.shell import default_store, progress_bar
from verify.files.atomic import ensure_directory, write_text
from verify.judging.finding import exit_code
from verify.presentation.sheet import Sheet
from verify.rank_one.experiment import SEEDS, RankOneResult, cells_of, experiment
from verify.rank_one.table import rows_of, sheet_of
from verify.running.resources import bytes_text

__all__ = ["dry_run", "report"]

PROBLEM_OPTIONS = ("student", "teacher", "teacher_direction", "parametrisation", "noise")
EXPERIMENT_OPTIONS = (
    *PROBLEM_OPTIONS, "scales", "base", "sizes", "seeds", "first_seed", "max_seeds", "dtype", "backend", "error_rate",
    "memory_limit", "threads", "fresh",
)  # fmt: skip


def report(options: Mapping[str, Any]) -> int:
    """Run the experiment, print it, write its files; the exit code."""
    from verify.rank_one.figure import draw_figure

    started = time.time()
    out = ensure_directory(options["out"] or Path("bulkspike-out") / "rank_one", "--out")
    store = ensure_directory(options["store"] or default_store(), "--store")
    chosen = {name: options[name] for name in EXPERIMENT_OPTIONS}
    with progress_bar(quiet=options["quiet"]) as progress:
        result = experiment(**chosen, store=store, progress=progress)
    rows = rows_of(result)
    sheet = sheet_of(rows)
    write_text(out / "records.csv", records_csv(result.runs))
    write_text(out / "timings.csv", timings_csv(result.runs))
    write_text(out / "verdicts.json", findings_json(result.findings))
    sheet.write(out)
    draw_figure(out, result, rows)
    write_text(out / "run.json", run_json(options, started, **_facts(options, result)))
    if options["json"]:
        sys.stdout.write(findings_json(result.findings))
    else:
        print(_text(options, result, sheet, out))
    return exit_code(result.findings)


def _facts(options: Mapping[str, Any], result: RankOneResult) -> dict[str, Any]:
    from sim.backend import get_backend, gpu_status

    backend = get_backend(options["backend"])
    return {
        "command": "verify.rank_one",
        "seeds": list(result.account.seeds),
        "looks": result.account.looks,
        "cells_computed": result.account.computed,
        "cells_reused": result.account.reused,
        "records_refused": list(result.account.refused),
        "backend": {"name": backend.name, "device": str(backend.device), "gpu": gpu_status()},
    }


def _text(options: Mapping[str, Any], result: RankOneResult, sheet: Sheet, out: Path) -> str:
    head = [
        f"First gradient G_0 beside its rank-one matrices, {options['parametrisation']}, student {options['student']}, "
        f"teacher {options['teacher']}, noise {options['noise']:g}; {len(result.account.seeds)} seeds",
        "residual, label: ||G_0 - A||_2/||G_0||_2 for A from residuals, from labels; equal signs with the residual matrix",
        *result.problem.flags,
        "",
        sheet.text(),
        "",
    ]
    body = [describe_finding(finding) for finding in result.findings]
    refused = [f"record refused and computed again: {line}" for line in result.account.refused]
    kept = f"{result.account.computed} cells computed, {result.account.reused} taken from the store; files in {out}"
    return "\n".join([*head, *body, "", *refused, kept])


def dry_run(options: Mapping[str, Any]) -> int:
    """Print cells and memory; run nothing."""
    from verify.problem.problem import make_problem
    from verify.running.resources import memory_of
    from verify.running.work import flops

    cells = cells_of(options["scales"], options["base"], options["sizes"])
    seeds = options["seeds"] or SEEDS
    problem = make_problem(**{name: options[name] for name in PROBLEM_OPTIONS})
    memory = memory_of(problem, cells, options["dtype"])
    rows = [
        {"n": cell.n, "N": cell.N, "d": cell.d, "seeds": seeds, "memory_bytes": memory[cell],
         "operations": seeds * flops(cell)}
        for cell in cells
    ]  # fmt: skip
    if options["json"]:
        print(json.dumps({"cells": rows, "memory_bytes": max(memory.values())}, indent=2))
        return 0
    for row in rows:
        print(
            f"n={row['n']} N={row['N']} d={row['d']}: {seeds} seeds, {bytes_text(int(row['memory_bytes']))} bytes, "
            f"{row['operations']:.1e} operations"
        )
    print(f"{len(cells)} cells x {seeds} seeds, at most {bytes_text(max(memory.values()))} bytes at a time")
    return 0
