"""What verify.rank_one prints and writes: its table, its files, what it would run."""

import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.atomic import ensure_directory, write_text
from verify.claim import Case, exit_code
from verify.command import default_store, progress_bar
from verify.designs import Cell
from verify.outputs import findings_json, records_csv, run_json, timings_csv
from verify.rank_one import SEEDS, RankOneResult, cells_of, experiment
from verify.resources import bytes_text
from verify.text import aligned, describe_finding, number, with_error

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Row", "dry_run", "report", "rows_of", "table_latex", "table_markdown", "table_text"]

PROBLEM_OPTIONS = ("student", "teacher", "teacher_direction", "parametrisation", "noise")
EXPERIMENT_OPTIONS = (
    *PROBLEM_OPTIONS, "scales", "base", "sizes", "seeds", "first_seed", "max_seeds", "dtype", "backend", "error_rate",
    "memory_limit", "threads", "fresh",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Mean and standard error over the seeds of one cell, and the prediction (nan where there is none)."""

    mean: float
    error: float
    predicted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One cell of the table."""

    cell: Cell
    seeds: int
    residual: Quantity
    label: Quantity
    agreement: Quantity


def rows_of(result: RankOneResult) -> tuple[Row, ...]:
    """One row per cell, in rising order of d."""
    rows = []
    for cell in sorted(result.plan.cells, key=lambda cell: cell.d):
        here = [run.record for run in result.runs if run.cell == cell]
        residual, label, agreement = _predicted(result, cell)
        rows.append(
            Row(
                cell=cell,
                seeds=len(here),
                residual=_quantity([r.value("rank_one_distance_residual") for r in here], residual),
                label=_quantity([r.value("rank_one_distance_label") for r in here], label),
                agreement=_quantity([r.value("sign_agreement_residual") for r in here], agreement),
            )
        )
    return tuple(rows)


def _quantity(values: Sequence[float], predicted: float) -> Quantity:
    array = np.array(values)
    error = float(np.std(array, ddof=1) / math.sqrt(len(array)))
    return Quantity(mean=float(array.mean()), error=error, predicted=predicted)


def _predicted(result: RankOneResult, cell: Cell) -> tuple[float, float, float]:
    """Both errors where the claims predict them, and the sign agreement for an odd student; else nan."""
    from theory.sign_update import sign_agreement_refined

    case = Case(problem=result.plan.problem, cell=cell, update=result.plan.update)
    found = {claim.id: claim.predict(case).value for claim in result.claims}
    sn = result.plan.problem.signal_noise(cell)
    exact = 0.0 if sn.nu == 0.0 else math.nan
    agreement = sign_agreement_refined(sn) if sn.student.odd else math.nan
    return found.get("L.B4.residual.rate", exact), found.get("L.B4.label.limit", math.nan), agreement


HEADING = ("k", "n", "N", "d", "residual", "predicted", "label", "predicted", "equal signs", "predicted")


def _cells_of_row(row: Row) -> list[str]:
    cell = row.cell
    texts = [str(cell.k or "-"), str(cell.n), str(cell.N), str(cell.d)]
    for item in (row.residual, row.label, row.agreement):
        texts += [with_error(item.mean, item.error), number(item.predicted)]
    return texts


def table_text(rows: Sequence[Row]) -> str:
    """The table for a terminal."""
    return aligned([list(HEADING), *(_cells_of_row(row) for row in rows)])


def table_markdown(rows: Sequence[Row]) -> str:
    """The table in Markdown."""
    lines = ["| " + " | ".join(HEADING) + " |", "|" + " ---: |" * len(HEADING)]
    lines += ["| " + " | ".join(_cells_of_row(row)) + " |" for row in rows]
    note = (
        "residual, label: ‖G₀ − A‖₂/‖G₀‖₂ for A from the residuals and from the labels; equal signs: share of the entries "
        "of G₀ with the sign of the residual matrix. Standard errors over seeds in brackets."
    )
    return "\n".join([*lines, "", note, ""])


def table_frame(rows: Sequence[Row]) -> "pd.DataFrame":
    """The table as numbers: the columns of table.csv."""
    import pandas as pd

    names = (("residual_error", "residual"), ("label_error", "label"), ("sign_agreement", "agreement"))
    return pd.DataFrame(
        [
            {"k": row.cell.k, "n": row.cell.n, "N": row.cell.N, "d": row.cell.d, "seeds": row.seeds}
            | {
                f"{name}_{part}": getattr(getattr(row, field), attribute)
                for name, field in names
                for part, attribute in (
                    ("mean", "mean"),
                    ("standard_error", "error"),
                    ("predicted", "predicted"),
                )
            }
            for row in rows
        ]
    ).astype({"k": "Int64"})


def table_latex(rows: Sequence[Row]) -> str:
    """The table in LaTeX: booktabs, siunitx, value(standard error)."""
    import pandas as pd

    names = [f"{{${name}$}}" for name in HEADING[:4]] + [f"{{{name}}}" for name in HEADING[4:]]
    frame = pd.DataFrame([_cells_of_row(row) for row in rows]).replace({"-": "{--}"})
    body = frame.style.hide(axis="index")
    body = body.format_index(lambda index: names[int(str(index))], axis="columns")
    text = body.to_latex(hrules=True, column_format="S" * len(names))
    return (
        "% needs \\usepackage{booktabs,siunitx}; errors of the rank-one matrices, standard errors in brackets\n"
        + text
    )


def report(options: Mapping[str, Any]) -> int:
    """Run the experiment, print it, write its files; the exit code."""
    from verify.rank_one_figure import draw_figure

    started = time.time()
    out = ensure_directory(options["out"] or Path("bulkspike-out") / "rank_one", "--out")
    store = ensure_directory(options["store"] or default_store(), "--store")
    chosen = {name: options[name] for name in EXPERIMENT_OPTIONS}
    with progress_bar(quiet=options["quiet"]) as progress:
        result = experiment(**chosen, store=store, progress=progress)
    rows = rows_of(result)
    write_text(out / "records.csv", records_csv(result.plan, result.runs))
    write_text(out / "timings.csv", timings_csv(result.runs))
    write_text(out / "verdicts.json", findings_json(result.findings))
    write_text(out / "table.csv", table_frame(rows).to_csv(index=False, lineterminator="\n"))
    write_text(out / "table.md", table_markdown(rows))
    write_text(out / "table.tex", table_latex(rows))
    draw_figure(out, result, rows)
    write_text(out / "run.json", run_json(options, started, **_facts(options, result)))
    if options["json"]:
        sys.stdout.write(findings_json(result.findings))
    else:
        print(_text(options, result, rows, out))
    return exit_code(result.findings)


def _facts(options: Mapping[str, Any], result: RankOneResult) -> dict[str, Any]:
    from sim.backend import get_backend, gpu_status

    backend = get_backend(options["backend"])
    return {
        "command": "verify.rank_one",
        "seeds": list(result.plan.seeds),
        "looks": result.looks,
        "cells_computed": result.computed,
        "cells_reused": result.reused,
        "records_refused": list(result.refused),
        "backend": {"name": backend.name, "device": str(backend.device), "gpu": gpu_status()},
    }


def _text(options: Mapping[str, Any], result: RankOneResult, rows: Sequence[Row], out: Path) -> str:
    head = [
        f"First gradient G_0 beside its rank-one matrices, {options['parametrisation']}, student {options['student']}, "
        f"teacher {options['teacher']}, noise {options['noise']:g}; {len(result.plan.seeds)} seeds",
        "residual, label: ||G_0 - A||_2/||G_0||_2 for A from residuals, from labels; equal signs with the residual matrix",
        *result.plan.problem.flags,
        "",
        table_text(rows),
        "",
    ]
    body = [describe_finding(finding) for finding in result.findings]
    refused = [f"record refused and computed again: {line}" for line in result.refused]
    kept = f"{result.computed} cells computed, {result.reused} taken from the store; files in {out}"
    return "\n".join([*head, *body, "", *refused, kept])


def dry_run(options: Mapping[str, Any]) -> int:
    """Print cells and memory; run nothing."""
    from verify.problem import make_problem
    from verify.runs import flops, memory_of

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
