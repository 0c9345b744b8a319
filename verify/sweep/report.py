"""What the sweeps over eta print and write beside their tables and figures, and what they would run."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from verify.commands.delivery import Delivery
from verify.commands.forecast import seconds_ahead
from verify.commands.spec import Options
from verify.presentation.numbers import time_text
from verify.presentation.table import Column, sheet_of_columns
from verify.presentation.terminal import terminal_width, wrapped
from verify.running.resources import bytes_text, memory_of
from verify.running.runs import Run
from verify.sweep.experiment import Sweep, SweepResult, prepare

__all__ = ["sweep_delivery", "dry_run"]

NOTHING_JUDGED = "no eta is clearly on either side of the threshold: nothing is judged"


def sweep_delivery(
    result: SweepResult,
    *,
    title: str,
    note: str,
    columns: Sequence[Column],
    groups: tuple[int, ...],
    sentence: str,
    runs: Sequence[Run],
    draw: Callable[[Path], None],
) -> Delivery:
    """A sweep's table (its columns after eta and eta/eta_c in groups), figure, runs for records.csv, and words."""
    study, options = result.study, result.study.options
    head = (
        f"{title}; {study.cell.label}, {options['parametrisation']}, student {options['student']}, teacher "
        f"{options['teacher']}, noise {options['noise']:g}; {len(result.account.seeds)} seeds"
    )
    return Delivery(
        findings=result.findings,
        runs=runs,
        account=result.account,
        sheet=sheet_of_columns(columns, note=note, title=title, keys=2, groups=groups),
        head=head,
        flags=study.problem.flags,
        sentence=sentence,
        draw=draw,
        between=() if result.findings else (NOTHING_JUDGED,),
        unit="records",
        facts={"etas": [update.eta for update in study.updates]},
    )


def dry_run(options: Options, sweep: Sweep) -> int:
    """Print etas, seeds, memory and time; run nothing."""
    study = prepare(options, sweep)
    cell, seeds, seconds = study.cell, study.seeds, seconds_ahead(study)
    memory = memory_of(study.problem, (cell,), options["dtype"])[cell]
    etas = [update.eta for update in study.updates]
    if options["json"]:
        document = {
            "cell": list(cell.sizes), "eta": etas, "seeds": seeds, "seconds": round(seconds, 1), "memory_bytes": memory,
        }  # fmt: skip
        print(json.dumps(document, indent=2))
        return 0
    listed = ", ".join(f"{eta:g}" for eta in etas if eta)
    print(
        wrapped(
            f"n={cell.n} N={cell.N} d={cell.d}: {seeds} seeds, {len(etas)} etas ({listed}), "
            f"{bytes_text(int(memory))} bytes, about {time_text(seconds)} on two cores",
            terminal_width(),
            hang=4,
        )
    )
    return 0
