"""What the sweeps over eta print and write beside their tables and figures, and what they would run."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from verify.commands.delivery import Delivery
from verify.commands.spec import Options
from verify.presentation.table import Column, sheet_of_columns
from verify.running.resources import bytes_text, memory_of
from verify.running.runs import Run
from verify.running.work import flops
from verify.sweep.experiment import SweepResult, setup

__all__ = ["sweep_delivery", "dry_run"]

NOTHING_JUDGED = "no eta is clearly on either side of the threshold: nothing is judged"


def sweep_delivery(
    result: SweepResult,
    *,
    title: str,
    note: str,
    columns: Sequence[Column],
    runs: Sequence[Run],
    draw: Callable[[Path], None],
) -> Delivery:
    """A sweep's table, figure, runs for records.csv, and words."""
    study, options = result.study, result.study.options
    head = [
        f"{title}; {study.cell.label}, {options['parametrisation']}, student {options['student']}, teacher "
        f"{options['teacher']}, noise {options['noise']:g}; {len(result.account.seeds)} seeds",
        note,
        *study.problem.flags,
    ]
    return Delivery(
        findings=result.findings,
        runs=runs,
        account=result.account,
        sheet=sheet_of_columns(columns, note=note, title=title),
        head=head,
        draw=draw,
        between=() if result.findings else (NOTHING_JUDGED,),
        unit="records",
        facts={"etas": [update.eta for update in study.updates]},
    )


def dry_run(options: Options) -> int:
    """Print etas, seeds and memory; run nothing."""
    problem, cell, updates = setup(options)
    seeds = options["seeds"]
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
