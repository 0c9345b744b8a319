"""Time and accuracy of everything that is measured after one step, at the paper's size.

    python benchmarks/measurements.py                 # times: one step, Fig. 3's data for two seeds, parts
    python benchmarks/measurements.py --accuracy      # float32 against float64: losses, KTA, spectrum

One step: draws, gradient, update, stage-1 loss, ridge in both scalings with 200 test samples, KTA, sim,
overlaps, spectrum, Hill, KS and both rank-one comparisons. Fig. 3's data: nine learning rates, both
optimisers, two seeds. Tables go to stdout as Markdown; times are the best and the median of `--repeats` runs
in one process.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from sim.backend import get_backend
from sim.draw import Draw
from sim.measures.spectrum import singular_values
from sim.measures.tails import ks_alpha
from sim.network.two_layer import first_gradient
from sim.optimisers.update import Update
from sim.runs.first_step import OBSERVABLES, FirstStep, measure_first_step
from sim.setting import Setting

ETAS = (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0, 2000.0, 3000.0)
GROUPS = tuple(
    group for group in OBSERVABLES if group != "update_spectrum"
)  # the update's own SVD: a row of its own
FIGURE_3 = [Update(optimiser=o, eta=eta, eps=1e-8) for o in ("adam", "gd") for eta in ETAS]
TEST_SAMPLES = 200


def timed(function: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Best and median wall seconds, and median CPU seconds of all threads, after one warm-up run."""
    function()
    wall, cpu = [], []
    for _ in range(repeats):
        w, c = time.perf_counter(), time.process_time()
        function()
        wall.append(time.perf_counter() - w)
        cpu.append(time.process_time() - c)
    return min(wall), statistics.median(wall), statistics.median(cpu)


def times(setting: Setting, repeats: int, threads: int | None) -> None:
    backend = get_backend("numpy", threads=threads)

    def measure(seed: int, updates: list[Update], groups: tuple[str, ...] = GROUPS) -> FirstStep:
        draw = Draw(setting=setting, seed=seed, threads=threads)
        return measure_first_step(draw, updates, groups, backend=backend, test_samples=TEST_SAMPLES)

    one = [Update(optimiser="adam", eta=0.1, eps=1e-8)]
    draw = Draw(setting=setting, seed=0, threads=threads)
    W = draw.weights()
    heavy = np.random.default_rng(0).pareto(1.5, 6000) + 1.0
    rows: list[tuple[str, Callable[[], object], int]] = [
        ("one step, all of the above", lambda: measure(0, one), repeats),
        ("Fig. 3, two seeds (36 steps)", lambda: [measure(seed, FIGURE_3) for seed in (0, 1)], 1),
        ("gradient alone", lambda: first_gradient(draw, backend=backend), repeats),
        *(
            (f"one step, {group} only", lambda g=group: measure(0, one, (g,)), repeats)
            for group in OBSERVABLES
        ),
        ("full spectrum, Gram", lambda: singular_values(W, backend=backend, method="gram"), repeats),
        ("full spectrum, SVD", lambda: singular_values(W, backend=backend, method="svd"), repeats),
        ("KS exponent of 6000 values", lambda: ks_alpha(heavy), repeats),
    ]
    sizes = f"({setting.n}, {setting.N}, {setting.d})"
    print(f"(n, N, d) = {sizes}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| what | best, s | median, s | CPU, s |\n| --- | --- | --- | --- |")
    for name, function, count in rows:
        best, median, cpu = timed(function, count)
        print(f"| {name} | {best:.3f} | {median:.3f} | {cpu:.3f} |", flush=True)


def accuracy(setting: Setting, threads: int | None) -> None:
    """Largest relative differences between float32 and float64 runs of the same numbers, per step."""
    backend = get_backend("numpy", threads=threads)
    single, double = (
        measure_first_step(
            Draw(setting=setting, seed=0, dtype=dtype, threads=threads),
            FIGURE_3,
            GROUPS,
            backend=backend,
            test_samples=TEST_SAMPLES,
        )
        for dtype in ("float32", "float64")
    )
    names = ["holdout_loss", "test_loss", "kta", "training_loss", "top_singular_value", "sim", "alpha_hill"]
    print("| optimiser | eta | " + " | ".join(names) + " | singular values |")
    print("| --- " * (len(names) + 3) + "|")
    for one, two in zip(single.steps, double.steps, strict=True):
        worst = [
            max(
                abs(a.value / b.value - 1.0)
                for a, b in zip(one.readings, two.readings, strict=True)
                if a.observable == n
            )
            for n in names
        ]
        assert one.singular_values is not None
        assert two.singular_values is not None
        worst.append(float(np.abs(one.singular_values / two.singular_values - 1.0).max()))
        cells = " | ".join(f"{value:.0e}" for value in worst)
        print(f"| {one.update.optimiser} | {one.update.eta:g} | {cells} |", flush=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--accuracy", action="store_true", help="float32 against float64 instead of times")
    parser.add_argument("--scale", type=int, default=2, help="size is this many times (1000, 750, 500)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args(arguments)
    setting = Setting(n=1000 * options.scale, N=750 * options.scale, d=500 * options.scale)
    if options.accuracy:
        accuracy(setting, options.threads)
    else:
        times(setting, options.repeats, options.threads)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
