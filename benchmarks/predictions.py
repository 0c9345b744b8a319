"""Every prediction of the first step beside its measurement: the table of docs/predictions.md.

    python benchmarks/predictions.py                              # both sizes; half an hour on two cores
    python benchmarks/predictions.py --sizes 4000,750,500         # one size; ten minutes
    python benchmarks/predictions.py --quick                      # (400, 300, 200), 8 seeds, to stdout only

Finished seeds are kept in --store, so that a run that was stopped goes on where it was. Writes predictions.csv
and predictions.md to --out.
"""

import argparse
import csv
import io
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from verify.atomic import ensure_directory, write_text
from verify.designs import Cell, own_sizes
from verify.predicted import design_of, predictions_of, rival_design, rival_predictions
from verify.predicted_outcomes import Outcome, outcome_of, readings_of
from verify.predicted_steps import scaled_steps
from verify.problem import Problem, make_problem
from verify.request import Request
from verify.runs import Progress, Resources, obtain
from verify.store import Record, Store

SIZES = {(2000, 1500, 1000): 150, (4000, 750, 500): 120}  # with as many seeds
SEEDS = 40  # at other sizes
RIVAL_SEEDS = 96  # at most, 2.4 for each of the other seeds


def obtainer(store: Store, threads: int | None) -> Callable[[Sequence[Request]], Mapping[Request, Record]]:
    """What the store holds, the rest simulated; progress on stderr."""
    started = time.perf_counter()

    def show(share: float, text: str) -> None:
        seconds = time.perf_counter() - started
        print(f"{seconds:7.0f} s  {100 * share:3.0f} %  {text}", file=sys.stderr, flush=True)

    resources = Resources(backend="numpy", threads=threads)
    return lambda requests: obtain(requests, store=store, resources=resources, progress=Progress(show=show))


def outcomes_of(problem: Problem, cell: Cell, seeds: int, store: Store, threads: int | None) -> list[Outcome]:
    """All rows of one cell, the spike's rivals last."""
    obtain, steps = obtainer(store, threads), scaled_steps(cell)
    readings = readings_of(design_of(problem, cell, steps=steps), range(seeds), obtain)
    outcomes = [outcome_of(row, readings) for row in predictions_of(problem, cell, steps=steps)]
    rivals = rival_predictions(problem, cell, steps=steps)
    if rivals[0].margin > 0.0:  # below the threshold the theories coincide
        more = readings_of(
            (rival_design(problem, cell, steps=steps),), range(min(RIVAL_SEEDS, round(2.4 * seeds))), obtain
        )
        outcomes += [outcome_of(row, more) for row in rivals]
    return outcomes


HEADING = (
    "n", "N", "d", "quantity", "where", "predicted", "measured", "standard_error", "deviation", "stated_error",
    "within", "verdict", "seeds", "seeds_needed", "lies_refuted", "lies_not_refuted",
)  # fmt: skip


def csv_of(outcomes: Mapping[Cell, Sequence[Outcome]]) -> str:
    """One line per row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    for cell, o in ((cell, o) for cell, here in outcomes.items() for o in here):
        p = o.prediction
        numbers = (p.value, o.measured, o.standard_error, o.deviation, p.margin)
        writer.writerow((
            *cell.sizes, p.quantity, p.where, *(f"{number:.6g}" for number in numbers),
            "yes" if o.within else "no", o.verdict.value, o.seeds, o.seeds_needed,
            "; ".join(o.refuted), "; ".join(o.not_refuted),
        ))  # fmt: skip
    return text.getvalue()


def markdown_of(outcomes: Mapping[Cell, Sequence[Outcome]]) -> str:
    """A table per cell."""
    lines = []
    for cell, here in outcomes.items():
        lines += [
            f"$(n, N, d) = {cell.sizes}$, {here[0].seeds} seeds, {here[-1].seeds} in the last row:",
            "",
            "| Quantity | Where | Predicted | Measured | Deviation | Stated | Within | Lies refuted |",
            "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |",
            *(_line(o) for o in here),
            "",
        ]
    return "\n".join(lines)


def _line(o: Outcome) -> str:
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
        "all" if not o.not_refuted else "not: " + ", ".join(o.not_refuted),
    )
    return "| " + " | ".join(cell.replace("-", "−") if cell[:1] == "-" else cell for cell in cells) + " |"


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
    options = parser.parse_args(arguments)
    problem, store = make_problem(), Store(ensure_directory(options.store, "--store"))
    sizes = ((400, 300, 200),) if options.quick else options.sizes
    outcomes: dict[Cell, list[Outcome]] = {}
    for cell in own_sizes(sizes):
        seeds = options.seeds or (8 if options.quick else SIZES.get(cell.sizes, SEEDS))
        outcomes[cell] = outcomes_of(problem, cell, seeds, store, options.threads)
        print(markdown_of({cell: outcomes[cell]}), flush=True)
    if not options.quick:
        write_text(options.out / "predictions.csv", csv_of(outcomes))
        write_text(options.out / "predictions.md", markdown_of(outcomes))
    return 0 if all(o.within for here in outcomes.values() for o in here) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
