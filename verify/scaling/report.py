"""What verify.scaling prints and writes."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from sim.optimisers.table import optimiser_named
from verify.commands.files import findings_json, records_csv, run_json, timings_csv
from verify.commands.findings import describe_finding
from verify.commands.shell import default_store, progress_bar
from verify.files.atomic import ensure_directories, write_text
from verify.judging.finding import Finding, exit_code
from verify.presentation.sheet import Sheet
from verify.problem.update import Update
from verify.running.resources import bytes_text
from verify.scaling.experiment import ScalingResult, conduct, prepare
from verify.scaling.figure import draw_figure
from verify.scaling.table import rows_of, sheet_of

__all__ = ["dry_run", "report", "ray_sentence"]

PROBLEM_OPTIONS = ("student", "teacher", "teacher_direction", "parametrisation", "noise")
EXPERIMENT_OPTIONS = (
    *PROBLEM_OPTIONS, "scales", "base", "sizes", "design", "seeds", "first_seed", "max_seeds", "optimiser", "adam",
    "eps", "dtype", "backend", "error_rate", "memory_limit", "threads",
)  # fmt: skip


def report(options: Mapping[str, Any]) -> int:
    """Run the experiment, print it, write its files; the exit code."""
    started = time.time()
    with redirect_stdout(sys.stderr):  # a user's function that prints must not print into --json
        study = prepare(**{name: options[name] for name in EXPERIMENT_OPTIONS})
    out, store = ensure_directories(
        [
            (options["out"] or Path("bulkspike-out") / "scaling", "--out"),
            (options["store"] or default_store(), "--store"),
        ]
    )
    with redirect_stdout(sys.stderr), progress_bar(quiet=options["quiet"]) as progress:
        result = conduct(study, store=store, fresh=options["fresh"], progress=progress)
    rows = rows_of(result)
    sheet = sheet_of(rows)
    _write_files(out, options, result, rows, started)
    if options["json"]:
        sys.stdout.write(findings_json(result.findings))
    else:
        print(_text(options, result, sheet, out))
    return exit_code(result.findings)


def _write_files(
    out: Path, options: Mapping[str, Any], result: ScalingResult, rows: Sequence[Any], started: float
) -> None:
    write_text(out / "records.csv", records_csv(result.runs))
    write_text(out / "timings.csv", timings_csv(result.runs))
    write_text(out / "verdicts.json", findings_json(result.findings))
    sheet_of(rows).write(out)
    draw_figure(out, result, rows)
    facts = {
        "command": "verify.scaling",
        "seeds": list(result.account.seeds),
        "looks": result.account.looks,
        "cells_computed": result.account.computed,
        "cells_reused": result.account.reused,
        "records_refused": list(result.account.refused),
        "backend": _backend_name(options),
    }
    write_text(out / "run.json", run_json(options, started, **facts))


def _backend_name(options: Mapping[str, Any]) -> dict[str, Any]:
    from sim.backend import get_backend, gpu_status

    backend = get_backend(options["backend"])
    return {"name": backend.name, "device": str(backend.device), "gpu": gpu_status()}


def _text(options: Mapping[str, Any], result: ScalingResult, sheet: Sheet, out: Path) -> str:
    head = [
        f"Norms of {_update_text(result.study.update)}, {options['parametrisation']}, student {options['student']}, "
        f"teacher {options['teacher']}, noise {options['noise']:g}; {len(result.account.seeds)} seeds",
        "_F: Frobenius norm, _2: operator norm; standard errors in brackets; dev: (measured - predicted) in predicted ones",
        *result.study.problem.flags,
        "",
        sheet.text(),
        "",
        *_exponent_lines(result.findings),
    ]
    body = [describe_finding(finding) for finding in result.findings]
    kept = f"{result.account.computed} cells computed, {result.account.reused} taken from the store; files in {out}"
    return "\n".join([*head, *body, "", ray_sentence(options), *_refused(result), kept])


def _update_text(update: Update) -> str:
    optimiser = optimiser_named(update.optimiser)
    if optimiser.is_gradient:
        return f"the first gradient G_0 ({optimiser.title})"
    options = [
        value if isinstance(value, str) else f"{name} = {value:g}" for name, value in update.options.items()
    ]
    return f"D_0 ({', '.join([optimiser.title.replace('FB-', 'full-batch '), *options])})"


def _refused(result: ScalingResult) -> list[str]:
    return [f"record refused and computed again: {line}" for line in result.account.refused]


def _exponent_lines(findings: Sequence[Finding]) -> list[str]:
    lines = []
    for finding in findings:
        if finding.kind == "exponent" and isinstance(finding.estimate, Mapping) and finding.estimate:
            intervals = finding.interval if isinstance(finding.interval, Mapping) else {}
            parts = [
                f"{name} {finding.estimate[name]:+.4f} in [{low:+.4f}, {high:+.4f}]"
                for name, (low, high) in intervals.items()
            ]
            lines += [f"exponents of {finding.claim}: {', '.join(parts)}"] if parts else []
    return [*lines, ""] if lines else []


def ray_sentence(options: Mapping[str, Any]) -> str:
    """What the paper's ray alone cannot tell, in a sentence."""
    n, N, d = options["base"]
    return (
        f"On the ray (n, N, d) = k ({n}, {N}, {d}) sqrt(N d), N, d, n and N + d are one law up to a constant, so no line "
        "through its points can support sqrt(N d) against them; only the cells off the ray can."
    )


def dry_run(options: Mapping[str, Any]) -> int:
    """Print cells, memory and time; run nothing."""
    from verify.running.resources import memory_of
    from verify.running.work import flops

    study = prepare(**{name: options[name] for name in EXPERIMENT_OPTIONS})
    cells, seeds = study.cells, study.seeds
    memory = memory_of(study.problem, cells, study.dtype)
    rate = _matmul_rate(options["dtype"])
    rows: list[dict[str, Any]] = [
        {"design": cell.design, "n": cell.n, "N": cell.N, "d": cell.d, "seeds": seeds, "memory_bytes": memory[cell],
         "seconds": 1.25 * seeds * flops(cell) / rate}
        for cell in cells
    ]  # fmt: skip
    total = sum(row["seconds"] for row in rows)
    if options["json"]:
        print(json.dumps({"cells": rows, "seconds": total, "memory_bytes": max(memory.values())}, indent=2))
        return 0
    for row in rows:
        print(
            f"{row['design']:<8} n={row['n']} N={row['N']} d={row['d']}: {seeds} seeds, {bytes_text(row['memory_bytes'])} "
            f"bytes, about {row['seconds']:.1f} s"
        )
    most = bytes_text(max(memory.values()))
    print(f"{len(cells)} cells x {seeds} seeds, at most {most} bytes at a time, about {total:.0f} s")
    return 0


def _matmul_rate(dtype: str) -> float:
    """Floating-point operations per second of this machine's matrix product, from one short trial."""
    import numpy as np

    matrix = np.ones((1024, 1024), dtype=dtype)
    matrix @ matrix
    started = time.perf_counter()
    matrix @ matrix
    return 2.0 * 1024**3 / (time.perf_counter() - started)
