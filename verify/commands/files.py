"""The files of a run: records, timings, verdicts, run.json; each whole or absent."""

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verify.commands.spec import Options
from verify.files.provenance import environment
from verify.judging.finding import Finding
from verify.running.runs import Run

__all__ = ["COLUMNS", "findings_json", "records_csv", "run_json", "timings_csv"]

COLUMNS = (
    "n", "N", "d", "k", "design", "seed", "parametrisation", "student", "teacher", "teacher_direction", "noise",
    "optimiser", "adam", "eps", "eta", "step", "features", "ridge", "test_samples", "dtype", "observable", "value", "bound",
)  # fmt: skip


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: "" if value is None else value for key, value in row.items()} for row in rows)
    return buffer.getvalue()


def records_csv(runs: Sequence[Run]) -> str:
    """Every observable of every run, one row each; a column that does not apply is empty.

    An optimiser's own constants are columns after Adam's, where there are such.
    """
    rows = [
        {
            "n": run.cell.n,
            "N": run.cell.N,
            "d": run.cell.d,
            "k": run.cell.k,
            "design": run.cell.design,
            "seed": run.seed,
            **run.request.problem.key(),
            **(run.update.key() if run.update is not None else {}),
            "step": run.request.step,
            "dtype": run.request.dtype,
            **_measured(run, name),
            "value": repr(value),
            "bound": None if bound is None else repr(bound),
        }
        for run in runs
        for name, (value, bound) in sorted(run.record.observables.items())
    ]
    further = dict.fromkeys(name for row in rows for name in row if name not in COLUMNS)
    before = COLUMNS.index("eps") + 1
    return _csv((*COLUMNS[:before], *further, *COLUMNS[before:]), rows)


def _measured(run: Run, name: str) -> dict[str, Any]:
    """The observable, and of the second stage its scaling of the features and its constants."""
    if not run.request.asked.second_stage:
        return {"observable": name}
    observable, _, features = name.removesuffix("]").partition("[")  # as `feature_key` joined them
    stage = run.request.second_stage
    return {
        "features": features,
        "ridge": stage.ridge,
        "test_samples": stage.test_samples,
        "observable": observable,
    }


def timings_csv(runs: Sequence[Run]) -> str:
    """Seconds per cell and stage, from when the record was computed; `reused` says whether that was now.

    Updates that were measured together share their seconds, which are written once.
    """
    once: dict[tuple[Any, ...], Run] = {}
    for run in runs:
        once.setdefault((run.cell, run.seed, *run.record.timings.items()), run)
    rows = [
        {"n": run.cell.n, "N": run.cell.N, "d": run.cell.d, "seed": run.seed, "stage": stage, "seconds": f"{seconds:.6f}",
         "reused": run.record.reused}
        for run in once.values()
        for stage, seconds in run.record.timings.items()
    ]  # fmt: skip
    return _csv(("n", "N", "d", "seed", "stage", "seconds", "reused"), rows)


def findings_json(findings: Sequence[Finding]) -> str:
    """verdicts.json: a list of findings as plain data."""
    return json.dumps([finding.as_json() for finding in findings], indent=2, ensure_ascii=False) + "\n"


def run_json(options: Options, started: float, facts: Mapping[str, Any]) -> str:
    """Every option, what ran and where: whatever a reader needs to run it again."""
    document = {
        "options": {key: _plain(value) for key, value in options.items()},
        "given": sorted(options.given),
        "wall_seconds": round(time.time() - started, 3),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **facts,
        "environment": environment(),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value
