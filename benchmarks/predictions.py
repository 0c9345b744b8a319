"""Every prediction of the first step beside its measurement: the table of docs/predictions.md.

    python benchmarks/predictions.py                              # both sizes; a quarter of an hour on two cores
    python benchmarks/predictions.py --sizes 4000,750,500         # one size; ten minutes
    python benchmarks/predictions.py --quick                      # (400, 300, 200), 8 seeds, to stdout only
    python benchmarks/predictions.py --finished --recorded docs/data/predictions.csv

Finished seeds are kept in --store, so that a run that was stopped goes on where it was; --finished runs nothing and
takes the seeds that are there. --recorded also reads a table that was written earlier: a row takes its measurement from
where the standard error is smaller, and is compared with today's prediction. Writes predictions.csv and predictions.md
to --out.
"""

import argparse
import csv
import io
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from verify.agreement.outcome import Outcome, Recorded, outcome_again, outcome_of, readings_of
from verify.agreement.row import PredictedRow
from verify.agreement.rows import designs_of, predicted_rows, rival_design, rival_predictions
from verify.agreement.steps import scaled_steps
from verify.files.atomic import ensure_directory, write_text
from verify.presentation.writers import markdown_table
from verify.problem.cells import Cell, own_sizes
from verify.problem.problem import Problem, make_problem
from verify.running.design import Design, Readings, every_request
from verify.running.obtain import obtain
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import Resources
from verify.running.store import Record, Store

SIZES = {(2000, 1500, 1000): 150, (4000, 750, 500): 120}  # with as many seeds
SEEDS = 40  # at other sizes
SHOWN = (
    "Quantity",
    "Where",
    "Predicted",
    "Measured",
    "Deviation",
    "Stated",
    "Within",
    "Seeds",
    "Lies refuted",
)
RIVAL_SEEDS = 96  # at most, 2.4 for each of the other seeds


def obtainer(store: Store, threads: int | None) -> Callable[[Sequence[Request]], Mapping[Request, Record]]:
    """What the store holds, the rest simulated; progress on stderr."""
    started = time.perf_counter()

    def show(share: float, text: str) -> None:
        seconds = time.perf_counter() - started
        print(f"{seconds:7.0f} s  {100 * share:3.0f} %  {text}", file=sys.stderr, flush=True)

    resources = Resources(backend="numpy", threads=threads)
    return lambda requests: obtain(requests, store=store, resources=resources, progress=Progress(show=show))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; `mirrored` says how changes were read."""

    outcome: Outcome
    mirrored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where measurements come from."""

    store: Store
    threads: int | None
    finished: bool
    recorded: Mapping[tuple[str, ...], tuple[Recorded, bool]]

    def readings(self, designs: Sequence[Design], seeds: int) -> list[Readings]:
        """Of so many seeds, or of those at the beginning that are finished."""
        if self.finished:
            seeds = next((k for k in range(seeds) if not self._has(designs, k)), seeds)
        return readings_of(designs, range(seeds), obtainer(self.store, self.threads)) if seeds >= 2 else []

    def _has(self, designs: Sequence[Design], seed: int) -> bool:
        wanted = [one for design in designs for one in every_request(design, [seed])]
        return all(self.store.load(one.key()) is not None for one in wanted)

    def row(self, cell: Cell, prediction: PredictedRow, readings: Sequence[Readings]) -> Row:
        """The prediction beside the more precise of its measurements."""
        now = outcome_of(prediction, readings) if readings else None
        old = self.recorded.get((*map(str, cell.sizes), prediction.quantity, prediction.where))
        if now is None and old is None:
            raise SystemExit(
                f"{prediction.quantity}, {prediction.where} at {cell.sizes}: neither run nor recorded"
            )
        if now is None or (old is not None and old[0].standard_error < now.standard_error):
            assert old is not None
            return Row(outcome=outcome_again(prediction, old[0]), mirrored=old[1])
        return Row(outcome=now, mirrored=prediction.quantity.startswith("change of "))


def rows_of(problem: Problem, cell: Cell, seeds: int, source: Source) -> list[Row]:
    """All rows of one cell, the spike's rivals last."""
    steps = scaled_steps(cell)
    readings = source.readings(designs_of(problem, cell, steps=steps), seeds)
    rows = [source.row(cell, row, readings) for row in predicted_rows(problem, cell, steps=steps)]
    rivals = rival_predictions(problem, cell, steps=steps)
    if rivals[0].margin > 0.0:  # below the threshold the theories coincide
        more = source.readings(
            (rival_design(problem, cell, steps=steps),), min(RIVAL_SEEDS, round(2.4 * seeds))
        )
        rows += [source.row(cell, row, more) for row in rivals]
    return rows


def recorded_rows(path: Path) -> dict[tuple[str, ...], tuple[Recorded, bool]]:
    """The lines of an earlier predictions.csv by size, quantity and place."""
    with path.open(newline="") as lines:
        return {
            (line["n"], line["N"], line["d"], line["quantity"], line["where"]): (
                Recorded(
                    measured=float(line["measured"]), standard_error=float(line["standard_error"]),
                    seeds=int(line["seeds"]), predicted=float(line["predicted"]), margin=float(line["stated_error"]),
                    refuted=tuple(line["lies_refuted"].split("; ")),
                ),
                line.get("reading") == "mirrored",
            )
            for line in csv.DictReader(lines)
        }  # fmt: skip


HEADING = (
    "n", "N", "d", "quantity", "where", "predicted", "measured", "standard_error", "deviation", "stated_error",
    "within", "verdict", "seeds", "seeds_needed", "lies_refuted", "lies_not_refuted", "reading",
)  # fmt: skip


def csv_of(rows: Mapping[Cell, Sequence[Row]]) -> str:
    """One line per row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    for cell, row in ((cell, row) for cell, here in rows.items() for row in here):
        o, p = row.outcome, row.outcome.prediction
        numbers = (p.value, o.measured, o.standard_error, o.deviation, p.margin)
        writer.writerow((
            *cell.sizes, p.quantity, p.where, *(f"{number:.9g}" for number in numbers),
            "yes" if o.within else "no", o.verdict.value, o.seeds, o.seeds_needed,
            "; ".join(o.refuted), "; ".join(o.not_refuted), "mirrored" if row.mirrored else "",
        ))  # fmt: skip
    return text.getvalue()


def markdown_of(rows: Mapping[Cell, Sequence[Row]]) -> str:
    """A table per cell."""
    lines = []
    for cell, here in rows.items():
        lines += [
            f"$(n, N, d) = {cell.sizes}$:",
            "",
            markdown_table(SHOWN, [_cells(row) for row in here], "llrrrrlrl"),
            "",
        ]
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    o = row.outcome
    p = o.prediction
    digits = max(0, 1 - math.floor(math.log10(o.standard_error))) if o.standard_error > 0.0 else 6
    share = f" ({100 * o.deviation / abs(p.value):+.1f} %)" if p.value else ""
    cells = (
        p.quantity,
        p.where,
        f"{p.value:.{digits}f}",
        f"{o.measured:.{digits}f}",
        f"{o.deviation:+.{digits}f} ± {o.standard_error:.{digits}f}{share}",
        p.stated,
        ("yes" if o.within else "**no**") + ("" if o.precise else f", coarse: {o.seeds_needed} seeds"),
        f"{o.seeds}{' m' if row.mirrored else ''}",
        "all" if not o.not_refuted else "not: " + ", ".join(o.not_refuted),
    )
    return [cell.replace("-", "−") if cell[:1] == "-" else cell for cell in cells]


def sizes_of(text: str) -> tuple[int, int, int]:
    """n,N,d."""
    n, N, d = (int(part) for part in text.split(","))
    return n, N, d


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--seeds", type=int, help="default 150 at the paper's size, 120 at the other, 40 elsewhere"
    )
    parser.add_argument("--sizes", type=sizes_of, nargs="+", default=tuple(SIZES), metavar="n,N,d")
    parser.add_argument("--store", type=Path, default=Path("bulkspike-out/store"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "data")
    parser.add_argument("--threads", type=int)
    parser.add_argument(
        "--quick", action="store_true", help="(400, 300, 200), 8 seeds, nothing written to --out"
    )
    parser.add_argument("--finished", action="store_true", help="run nothing; the seeds that the store holds")
    parser.add_argument(
        "--recorded", type=Path, help="a predictions.csv whose rows may be the more precise ones"
    )
    options = parser.parse_args(arguments)
    problem = make_problem()
    source = Source(
        store=Store(ensure_directory(options.store, "--store")), threads=options.threads, finished=options.finished,
        recorded=recorded_rows(options.recorded) if options.recorded else {},
    )  # fmt: skip
    sizes = ((400, 300, 200),) if options.quick else options.sizes
    rows: dict[Cell, list[Row]] = {}
    for cell in own_sizes(sizes):
        seeds = options.seeds or (8 if options.quick else SIZES.get(cell.sizes, SEEDS))
        rows[cell] = rows_of(problem, cell, seeds, source)
        print(markdown_of({cell: rows[cell]}), flush=True)
    if not options.quick:
        ensure_directory(options.out, "--out")
        write_text(options.out / "predictions.csv", csv_of(rows))
        write_text(options.out / "predictions.md", markdown_of(rows))
    return 0 if all(row.outcome.within for here in rows.values() for row in here) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
