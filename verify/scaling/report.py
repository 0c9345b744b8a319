"""What verify.scaling prints and writes."""

import json
import time
from pathlib import Path
from typing import Any

from sim.optimisers.table import optimiser_named
from verify.commands.delivery import Delivery, carry_out
from verify.commands.spec import Options
from verify.presentation.numbers import time_text
from verify.presentation.terminal import terminal_width, wrapped
from verify.problem.update import Update
from verify.running.resources import bytes_text, memory_of
from verify.running.work import flops
from verify.scaling.experiment import ScalingResult, conduct, prepare
from verify.scaling.figure import draw_figure
from verify.scaling.sentence import ray_sentence, scaling_sentence
from verify.scaling.table import rows_of, sheet_of

__all__ = ["dry_run", "report"]


def report(options: Options) -> int:
    """Run the experiment, print it, write its files; the exit code."""
    return carry_out(
        options, prepare=prepare, conduct=lambda study, session: delivery_of(conduct(study, session))
    )


def delivery_of(result: ScalingResult) -> Delivery:
    """The table, the figure and the words."""
    rows = rows_of(result)

    def draw(out: Path) -> None:
        draw_figure(out, result, rows)

    return Delivery(
        findings=result.findings,
        runs=result.runs,
        account=result.account,
        sheet=sheet_of(rows),
        head=_head(result),
        flags=result.study.problem.flags,
        draw=draw,
        last=list(filter(None, [ray_sentence(result.study.cells, result.study.options)])),
        sentence=scaling_sentence(rows, result.findings),
    )


def _head(result: ScalingResult) -> str:
    options = result.study.options
    return (
        f"Norms of {_update_text(result.study.update)}, {options['parametrisation']}, student {options['student']}, "
        f"teacher {options['teacher']}, noise {options['noise']:g}; {len(result.account.seeds)} seeds"
    )


def _update_text(update: Update) -> str:
    optimiser = optimiser_named(update.optimiser)
    if optimiser.is_gradient:
        return f"the first gradient G_0 ({optimiser.title})"
    options = [
        value if isinstance(value, str) else f"{name} = {value:g}" for name, value in update.options.items()
    ]
    return f"D_0 ({', '.join([optimiser.title.replace('FB-', 'full-batch '), *options])})"


def dry_run(options: Options) -> int:
    """Print cells, memory and time; run nothing."""
    study = prepare(options)
    cells, seeds = study.cells, study.seeds
    memory = memory_of(study.problem, cells, options["dtype"])
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
            wrapped(
                f"{row['design']:<8} n={row['n']} N={row['N']} d={row['d']}: {seeds} seeds, "
                f"{bytes_text(row['memory_bytes'])} bytes, about {row['seconds']:.1f} s",
                terminal_width(),
                hang=4,
            )
        )
    most = bytes_text(max(memory.values()))
    last = f"{len(cells)} cells x {seeds} seeds, at most {most} bytes at a time, about {time_text(total)}"
    print(wrapped(last, terminal_width(), hang=4))
    return 0


def _matmul_rate(dtype: str) -> float:
    """Floating-point operations per second of this machine's matrix product, from one short trial."""
    import numpy as np

    matrix = np.ones((1024, 1024), dtype=dtype)
    matrix @ matrix
    started = time.perf_counter()
    matrix @ matrix
    return 2.0 * 1024**3 / (time.perf_counter() - started)
