"""How well verify.scaling decides: half-widths over ten first seeds, and how often a short run decides.

    python benchmarks/scaling_reach.py [--seeds 50] [--resamples 1000] [--store DIR]

Prints a Markdown table. The runs are kept in the store; the cells off the ray cost 0.9 CPU-seconds a seed.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from verify.claims.norms.section import norm_claims
from verify.claims.norms.update import main_cells
from verify.judging.claim import Claim
from verify.judging.sample import Sample
from verify.problem.cells import Cell, off_ray, ray
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.running.store import Store
from verify.session.plan import Plan, Run, execute, sample_of
from verify.statistics.verdict import Verdict

CLAIMS = ("T4.1.2", "T4.1.2.constant", "T4.1.2.ray")


def judged(claims: dict[str, Claim], runs: Sequence[Run], cells: Sequence[Cell]) -> dict[str, tuple]:
    """Verdict and interval of every claim on these runs."""
    problem = make_problem()
    found = {}
    for name in CLAIMS:
        keep = set(cells) if name.endswith(".ray") else set(main_cells(cells))
        sample: Sample = sample_of(claims[name], problem, [run for run in runs if run.cell in keep])
        finding = claims[name].judge(claims[name], sample)
        found[name] = (finding.verdict, finding.interval)
    return found


def chosen(
    runs: dict[tuple[Cell, int], Run], cells: Sequence[Cell], seeds: dict[Cell, Sequence[int]]
) -> list[Run]:
    """Runs of chosen seeds per cell, renumbered 0, 1, ..: cells are independent, so any seed may stand beside any."""
    return [
        Run(cell=cell, seed=index, update=runs[cell, seed].update, record=runs[cell, seed].record)
        for cell in cells
        for index, seed in enumerate(seeds[cell])
    ]


def main() -> None:
    """Run, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--store", type=Path, default=Path("bulkspike-out/store"))
    options = parser.parse_args()
    options.store.mkdir(parents=True, exist_ok=True)
    cells = (*ray((1, 2, 3)), *off_ray())
    problem, update = make_problem(), Update()
    plan = Plan(problem=problem, cells=cells, seeds=tuple(range(options.seeds)), update=update)
    runs = {(run.cell, run.seed): run for run in execute(plan, store=Store(options.store))}
    claims = {claim.id: claim for claim in norm_claims(problem, update, cells)}

    widths = []
    for first in range(0, options.seeds - 4, 5):
        seeds = {cell: range(first, first + 5) for cell in cells}
        found = judged(claims, chosen(runs, cells, seeds), cells)
        exponents, constant = found["T4.1.2"][1], found["T4.1.2.constant"][1]
        widths.append(
            [
                *((exponents[name][1] - exponents[name][0]) / 2 for name in ("n", "N", "d")),
                (constant[1] - constant[0]) / 2,
            ]
        )
    medians = np.median(widths, axis=0)
    print(f"| five seeds, median half-width over {len(widths)} first seeds | n | N | d | constant |")
    print("| --- | ---: | ---: | ---: | ---: |")
    print(
        f"| at error rate 1e-4 | {medians[0]:.4f} | {medians[1]:.4f} | {medians[2]:.4f} | {100 * medians[3]:.2f} % |"
    )

    rng = np.random.default_rng(0)
    decided = dict.fromkeys((*CLAIMS, "all three"), 0)
    for _ in range(options.resamples):
        seeds = {cell: rng.choice(options.seeds, 3, replace=False) for cell in cells}
        found = judged(claims, chosen(runs, cells, seeds), cells)
        supported = [found[name][0] is Verdict.SUPPORTED for name in CLAIMS]
        for name, success in zip(CLAIMS, supported, strict=True):
            decided[name] += success
        decided["all three"] += all(supported)
    print()
    print(f"| three seeds, k = 1-3, {options.resamples} resamples of {options.seeds} seeds | supported |")
    print("| --- | ---: |")
    for name, count in decided.items():
        print(f"| {name}, every lie refuted | {100 * count / options.resamples:.1f} % |")

    print()
    print(f"| n, N, d | measured c, {options.seeds} seeds | refined c | deviation in standard errors |")
    print("| --- | ---: | ---: | ---: |")
    for cell in off_ray():
        sample = sample_of(claims["T4.1.2"], problem, [run for run in runs.values() if run.cell == cell])
        root = np.sqrt(cell.N * cell.d)
        values = np.array(sample.values) / root
        error = float(np.std(values, ddof=1) / np.sqrt(len(values)))
        c = sample.predictions[0].value / root
        deviation = (values.mean() - c) / error
        print(
            f"| {cell.n}, {cell.N}, {cell.d} | {values.mean():.4f} ± {error:.4f} | {c:.4f} | {deviation:+.1f} |"
        )


if __name__ == "__main__":
    main()
