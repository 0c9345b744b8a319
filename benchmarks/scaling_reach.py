"""How well verify.scaling decides: half-widths over ten first seeds, and how often a short run decides.

    python benchmarks/scaling_reach.py [--seeds 50] [--resamples 1000] [--store DIR]

Prints a Markdown table. The runs are kept in the store; the cells off the ray cost 0.9 CPU-seconds a seed.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from verify.claims.norms.section import norm_claims
from verify.judging.claim import Claim
from verify.problem.cells import Cell, off_ray, ray
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.running.design import Design, every_request
from verify.running.request import Request
from verify.running.store import Record, Store
from verify.session.judge_claim import judge_claim
from verify.session.samples import sample_of_design
from verify.session.session import Session
from verify.statistics.verdict import Verdict

CLAIMS = ("T4.1.2", "T4.1.2.constant", "T4.1.2.ray")
Records = Mapping[Request, Record]


def judged(claims: dict[str, Claim], records: Records, seeds: int) -> dict[str, tuple]:
    """Verdict and interval of every claim on the seeds 0, 1, .. of these records."""
    found = {}
    for name in CLAIMS:
        finding = judge_claim(claims[name], range(seeds), lambda requests: records)
        found[name] = (finding.verdict, finding.interval)
    return found


def chosen(records: Records, seeds: dict[Cell, Sequence[int]]) -> Records:
    """Records of chosen seeds per cell, renumbered 0, 1, ..: cells are independent, so any seed may stand beside any."""
    place = {
        (cell, int(seed)): index for cell, numbers in seeds.items() for index, seed in enumerate(numbers)
    }
    return {
        replace(request, seed=place[request.cell, request.seed]): record
        for request, record in records.items()
        if (request.cell, request.seed) in place
    }


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
    design = Design(problem=problem, cells=cells, groups=("update-norms",), updates=(update,))
    asked = every_request(design, range(options.seeds))
    records = Session(store=Store(options.store)).obtain(asked)
    claims = {claim.id: claim for claim in norm_claims(problem, update, cells)}
    half_widths(claims, records, cells, options.seeds)
    resampled(claims, records, cells, options.seeds, options.resamples)
    constants(claims["T4.1.2"], design, records, options.seeds)


def half_widths(claims: dict[str, Claim], records: Records, cells: Sequence[Cell], count: int) -> None:
    """What five seeds leave of the exponents and of the constant."""
    widths = []
    for first in range(0, count - 4, 5):
        seeds = {cell: range(first, first + 5) for cell in cells}
        found = judged(claims, chosen(records, seeds), 5)
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


def resampled(
    claims: dict[str, Claim], records: Records, cells: Sequence[Cell], count: int, resamples: int
) -> None:
    """How often three seeds decide everything."""
    rng = np.random.default_rng(0)
    decided = dict.fromkeys((*CLAIMS, "all three"), 0)
    for _ in range(resamples):
        seeds = {cell: rng.choice(count, 3, replace=False) for cell in cells}
        found = judged(claims, chosen(records, seeds), 3)
        supported = [found[name][0] is Verdict.SUPPORTED for name in CLAIMS]
        for name, success in zip(CLAIMS, supported, strict=True):
            decided[name] += success
        decided["all three"] += all(supported)
    print()
    print(f"| three seeds, k = 1-3, {resamples} resamples of {count} seeds | supported |")
    print("| --- | ---: |")
    for name, successes in decided.items():
        print(f"| {name}, every lie refuted | {100 * successes / resamples:.1f} % |")


def constants(claim: Claim, design: Design, records: Records, count: int) -> None:
    """The measured constant of each cell beside the refined prediction."""
    print()
    print(f"| n, N, d | measured c, {count} seeds | refined c | deviation in standard errors |")
    print("| --- | ---: | ---: | ---: |")
    for cell in off_ray():
        here = replace(design, cells=(cell,))
        sample = sample_of_design(claim, here, range(count), records)
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
