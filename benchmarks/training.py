"""What a training step costs beside its two matrix products, and how long runs take.

    python benchmarks/training.py                 # steps: ratios of CPU seconds, interleaved pairs in one process
    python benchmarks/training.py --figure-5      # its data: 36 runs of ten steps, measured at 0 and 10 (a minute)
    python benchmarks/training.py --long          # 10^4 steps at (400, 300, 200), one thread (20 s)
    python benchmarks/training.py --float64       # float32 beside float64 over 20 Adam steps

A step: the pass over the samples with its loss, Adam with its moments, the new weights. Beside it the bare products
W X^T and S X of the same shapes on as many threads, into arrays that are there already. Where numba is installed (extra
`fast`) the loops between the products are compiled, as in any run that is long enough; `--plain` measures NumPy's.
Tables are Markdown on stdout.
"""

import argparse
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from sim.backend import get_backend
from sim.draw import Draw
from sim.network.streaming import neuron_parts
from sim.optimisers.update import Update
from sim.runs.training import Rule, TrainingState, start_state, trained
from sim.setting import Setting
from sim.threads import workers

ETAS = (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0, 2000.0, 3000.0)
SIZES = ((2000, 1500, 1000), (400, 300, 200))
LONG = 10_000  # steps of the runs that the steps are taken from: enough for compiled loops to pay
PAUSE = 0.15  # seconds of work of a half of a pair


class Clock:
    """Work in turns: the run hands over after so many steps, the products are done, and it goes on."""

    def __init__(self, steps: int, products: Callable[[], None], pairs: int) -> None:
        self.steps, self.products, self.wanted = steps, products, pairs + 1
        self.pairs: list[tuple[float, float, float, float]] = []
        self.since = (time.process_time(), time.perf_counter())

    def __call__(self, step: int, state: Callable[[], TrainingState]) -> bool:
        if step == 0 or step % self.steps:
            return True
        middle = (time.process_time(), time.perf_counter())
        for _ in range(self.steps):
            self.products()
        end = (time.process_time(), time.perf_counter())
        self.pairs.append(
            (middle[0] - self.since[0], end[0] - middle[0], middle[1] - self.since[1], end[1] - middle[1])
        )
        self.since = (time.process_time(), time.perf_counter())
        return len(self.pairs) < self.wanted


def draw_of(sizes: tuple[int, int, int], threads: int, dtype: str = "float32", seed: int = 0) -> Draw:
    n, N, d = sizes
    return Draw(setting=Setting(n=n, N=N, d=d), seed=seed, dtype="float64" if dtype == "float64" else "float32",
                threads=threads)  # fmt: skip


def step_ratios(sizes: tuple[int, int, int], threads: int, pairs: int) -> tuple[float, float, float, float]:
    """CPU seconds of a step and of its products, their ratio, and that of wall time: medians."""
    n, N, d = sizes
    draw, backend = draw_of(sizes, threads), get_backend("numpy", threads=threads)
    W, (X, _) = draw.weights(), draw.sample_block("train", 0, n)
    Z, G = np.empty((N, n), W.dtype), np.empty((N, d), W.dtype)
    S = np.random.default_rng(0).standard_normal((N, n), dtype=np.float32)
    parts = neuron_parts(N, threads)
    with workers(threads) as pool:

        def products() -> None:
            if threads == 1:
                np.matmul(W, X.T, out=Z)
                np.matmul(S, X, out=G)
                return
            pool.map(lambda part: np.matmul(W[part], X.T, out=Z[part]), parts)
            pool.map(lambda part: np.matmul(S[part], X, out=G[part]), parts)

        steps = max(1, round(PAUSE / (4.0 * n * N * d / 1e11)))
        clock = Clock(steps, products, pairs)
        rule = Rule(update=Update(optimiser="adam", eta=0.1, eps=1e-8))
        start = start_state(draw, backend=backend)
        list(trained(draw, rule, start, until=LONG, backend=backend, watch=clock))
    kept = clock.pairs[1:]  # the first has the draws in it
    step, product = (statistics.median(pair[i] for pair in kept) / steps for i in (0, 1))
    ratio = statistics.median(pair[0] / pair[1] for pair in kept)
    return step, product, ratio, statistics.median(pair[2] / pair[3] for pair in kept)


def steps(pairs: int) -> None:
    print("| n, N, d | threads | step, CPU s | products, CPU s | ratio | ratio of wall time |")
    print("| --- | --- | --- | --- | --- | --- |")
    for sizes, threads in ((SIZES[0], 1), (SIZES[0], 2), (SIZES[1], 1)):
        step, product, ratio, wall = step_ratios(sizes, threads, pairs)
        print(
            f"| {', '.join(map(str, sizes))} | {threads} | {step:.3g} | {product:.3g} | {ratio:.2f} | {wall:.2f} |",
            flush=True,
        )


def figure_5() -> None:
    """Nine learning rates, both optimisers, two seeds: ten steps, everything but the update's spectrum at 0 and 10."""
    from verify.problem.cells import Cell
    from verify.problem.problem import make_problem
    from verify.problem.second_stage import SecondStage
    from verify.problem.training import Training
    from verify.problem.update import adam, gd
    from verify.running.obtain import obtain
    from verify.running.request import Request

    n, N, d = SIZES[0]
    requests = [
        Request(problem=make_problem(), cell=Cell(n=n, N=N, d=d), seed=seed, group=group, update=update, step=step,
                training=Training(), paired=True, second_stage=SecondStage(test_samples=200))
        for seed in (0, 1)
        for update in (*(adam(eta, 1e-8) for eta in ETAS), *(gd(eta) for eta in ETAS))
        for step in (0, 10)
        for group in ("ridge", "top", "tails", "training_loss")
    ]  # fmt: skip
    wall, cpu = time.perf_counter(), time.process_time()
    obtain(requests, store=None)
    told("Fig. 5's data, 36 runs of ten steps", wall, cpu)


def long(steps: int) -> None:
    """10^4 steps at (400, 300, 200)."""
    draw, backend = draw_of(SIZES[1], 1), get_backend("numpy", threads=1)
    rule = Rule(update=Update(optimiser="adam", eta=0.1, eps=1e-8))
    wall, cpu = time.perf_counter(), time.process_time()
    list(trained(draw, rule, start_state(draw, backend=backend), until=steps, backend=backend))
    told(f"{steps} steps at (400, 300, 200), one thread", wall, cpu)


def precision(steps: int, sizes: tuple[int, int, int]) -> None:
    """||W_32 - W_64||_F over ||W_t - W_0||_F of the same draw."""
    print("| eta | " + " | ".join(f"t = {t}" for t in (1, 5, 10, 20)) + " |\n" + "| --- " * 5 + "|")
    backend = get_backend("numpy")
    for eta in (0.01, 0.1, 1.0, 10.0):
        rule = Rule(update=Update(optimiser="adam", eta=eta, eps=1e-8))
        weights = []
        for dtype in ("float32", "float64"):
            draw = draw_of(sizes, 2, dtype)
            start = start_state(draw, backend=backend)
            stands = trained(draw, rule, start, until=steps, stands=(0, 1, 5, 10, 20), backend=backend)
            weights.append({stand.state.step: np.asarray(stand.state.W, np.float64) for stand in stands})
        single, double = weights
        found = [
            np.linalg.norm(single[t] - double[t]) / np.linalg.norm(double[t] - double[0])
            for t in (1, 5, 10, 20)
        ]
        print(f"| {eta:g} | " + " | ".join(f"{each:.1e}" for each in found) + " |", flush=True)


def told(what: str, wall: float, cpu: float) -> None:
    """A table of one line: seconds since both clocks."""
    print("| what | wall, s | CPU, s | peak memory, GB |\n| --- | --- | --- | --- |")
    print(f"| {what} | {time.perf_counter() - wall:.1f} | {time.process_time() - cpu:.1f} | {peak():.2f} |")


def peak() -> float:
    """The process's largest memory so far, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--figure-5", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--float64", action="store_true", help="float32 against float64")
    parser.add_argument("--small", action="store_true", help="--float64 at (400, 300, 200)")
    parser.add_argument("--plain", action="store_true", help="without compiled loops")
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args(arguments)
    if options.plain:
        sys.modules["numba"] = None
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    if options.figure_5:
        figure_5()
    elif options.long:
        long(LONG)
    elif options.float64:
        precision(20, SIZES[1] if options.small else SIZES[0])
    else:
        steps(options.pairs)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
