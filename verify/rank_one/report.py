"""What verify.rank_one prints and writes."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from verify.commands.delivery import Delivery, carry_out
from verify.commands.forecast import seconds_ahead
from verify.commands.spec import Options
from verify.judging.finding import Finding
from verify.presentation.numbers import time_text
from verify.presentation.terminal import terminal_width, wrapped
from verify.rank_one.experiment import RankOneResult, conduct, prepare
from verify.rank_one.figure import draw_figure
from verify.rank_one.table import Compared, RankOneRow, rows_of, sheet_of
from verify.running.resources import bytes_text, memory_of
from verify.running.work import flops

__all__ = ["dry_run", "report"]


def report(options: Options) -> int:
    """Run the experiment, print it, write its files; the exit code."""
    return carry_out(
        options, prepare=prepare, conduct=lambda study, session: delivery_of(conduct(study, session))
    )


def delivery_of(result: RankOneResult) -> Delivery:
    """The table, the figure and the words."""
    rows = rows_of(result)

    def draw(out: Path) -> None:
        draw_figure(out, result, rows)

    options = result.study.options
    head = (
        f"First gradient G_0 beside its rank-one matrices, {options['parametrisation']}, student {options['student']}, "
        f"teacher {options['teacher']}, noise {options['noise']:g}; {len(result.account.seeds)} seeds"
    )
    return Delivery(
        findings=result.findings,
        runs=result.runs,
        account=result.account,
        sheet=sheet_of(rows),
        head=head,
        flags=result.study.problem.flags,
        draw=draw,
        sentence=_sentence(rows, result.findings),
    )


def _sentence(rows: Sequence[RankOneRow], findings: Sequence[Finding]) -> str:
    """How far G_0 is from either matrix at the largest d, and how the distance falls."""
    last = rows[-1]

    def beside(item: Compared) -> str:
        known = math.isfinite(item.predicted)
        return f"{item.mean:.2g}" + (f" (predicted {item.predicted:.2g})" if known else "")

    slope = next(
        (finding.estimate for finding in findings if finding.claim.startswith("L.B4.residual")), None
    )
    falls = f", as d^{slope:.2f}" if isinstance(slope, float) else ""
    return (
        f"at d = {last.cell.d} the residuals' rank-one matrix is {beside(last.residual)} of ||G_0||_2 away from G_0{falls}, "
        f"the labels' {beside(last.label)}"
    )


def dry_run(options: Options) -> int:
    """Print cells, memory and time; run nothing."""
    study = prepare(options)
    cells, seeds = study.cells, study.seeds
    memory = memory_of(study.problem, cells, options["dtype"])
    rows = [
        {"n": cell.n, "N": cell.N, "d": cell.d, "seeds": seeds, "memory_bytes": memory[cell],
         "operations": seeds * flops(cell)}
        for cell in cells
    ]  # fmt: skip
    seconds = seconds_ahead(study)
    if options["json"]:
        document = {"cells": rows, "seconds": round(seconds, 1), "memory_bytes": max(memory.values())}
        print(json.dumps(document, indent=2))
        return 0
    for row in rows:
        print(
            wrapped(
                f"n={row['n']} N={row['N']} d={row['d']}: {seeds} seeds, {bytes_text(int(row['memory_bytes']))} bytes, "
                f"{row['operations']:.1e} operations",
                terminal_width(),
                hang=4,
            )
        )
    print(
        wrapped(
            f"{len(cells)} cells x {seeds} seeds, at most {bytes_text(max(memory.values()))} bytes at a time, "
            f"about {time_text(seconds)} on two cores",
            terminal_width(),
            hang=4,
        )
    )
    return 0
