"""CPU seconds, wall seconds and memory of one step with norms, against its two bare matrix products.

    python benchmarks/one_step.py                 # k = 1, 2, 4, 8 on the paper's ray
    python benchmarks/one_step.py --scales 8 --pairs 7

One step: every draw, the gradient of eq. 8, sign(G_0), its Frobenius norm and top singular triplet. The bare
products: W_0 X^T and S X with all n samples at once, (N, d) x (d, n) and (N, n) x (n, d), as NumPy and its
threaded BLAS do them. Both run in turn in one process; figures are medians. Peak memory is that of a process
that does one step and nothing else. The table goes to stdout as Markdown.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from sim.backend import Backend, get_backend
from sim.draw import Draw
from sim.measures.norms import top_singular_triplets
from sim.network.two_layer import first_gradient, memory_needed
from sim.optimisers.adam import adam_update
from sim.setting import Setting

BASE = (1000, 750, 500)
MEBIBYTE = 2**20


def peak_memory() -> float:
    """Peak resident memory of this process, MiB.

    On Linux from /proc: there ru_maxrss of a child starts from what its parent had.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / MEBIBYTE if sys.platform == "darwin" else peak / 1024


def timed(action: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds (all threads of the process) and wall seconds of `action`.

    It waits first: BLAS's threads spin for some 30 ms after a product, and that would be booked on what comes next.
    """
    time.sleep(0.1)
    cpu, wall = time.process_time(), time.perf_counter()
    action()
    return time.process_time() - cpu, time.perf_counter() - wall


def one_step(draw: Draw, backend: Backend) -> dict[str, float]:
    """CPU seconds of each stage of a step with norms."""
    seconds = {}
    mark = time.process_time()

    def stage(name: str) -> None:
        nonlocal mark
        now = time.process_time()
        seconds[name], mark = now - mark, now

    G = first_gradient(draw, backend=backend).G
    stage("gradient and draws")
    _, D = adam_update(None, G, eps=0.0)
    stage("sign")
    top_singular_triplets(D, start=draw.start_vector(draw.setting.d), backend=backend)
    stage("norms")
    return seconds


def draws(draw: Draw) -> None:
    """Everything a step draws, by itself, in the blocks that a step draws."""
    draw.weights(), draw.readout()
    for start in range(0, draw.setting.n, 4096):
        draw.sample_block("train", start, min(start + 4096, draw.setting.n))


def compare(sizes: tuple[int, int, int], pairs: int, threads: int | None) -> dict[str, float]:
    """Medians over `pairs` interleaved runs of the step and of the two products."""
    n, N, d = sizes
    backend = get_backend("numpy", threads=threads)
    draw = Draw(setting=Setting(n=n, N=N, d=d), seed=0, threads=threads)
    rng = np.random.default_rng(0)
    X, S, W = (rng.standard_normal(shape, dtype=np.float32) for shape in ((n, d), (N, n), (N, d)))
    step, bare, drawn, stages = [], [], [], []
    one_step(draw, backend)
    for _ in range(pairs):
        bare.append(timed(lambda: (W @ X.T, S @ X)))
        step.append(timed(lambda: stages.append(one_step(draw, backend))))
        drawn.append(timed(lambda: draws(draw)))
    ratios = [s[0] / b[0] for s, b in zip(step, bare, strict=True)]
    walls = [s[1] / b[1] for s, b in zip(step, bare, strict=True)]
    median = {name: statistics.median(run[name] for run in stages) for name in stages[0]}
    return {
        "bare": statistics.median(b[0] for b in bare),
        "step": statistics.median(s[0] for s in step),
        "ratio": statistics.median(ratios),
        "spread": max(ratios) - min(ratios),
        "bare wall": statistics.median(b[1] for b in bare),
        "step wall": statistics.median(s[1] for s in step),
        "wall ratio": statistics.median(walls),
        "draws": statistics.median(t[0] for t in drawn),
        **median,
    }


def memory(sizes: tuple[int, int, int], threads: int | None) -> None:
    """One step in this process; its peak and what the process had before, MiB, as JSON."""
    n, N, d = sizes
    backend = get_backend("numpy", threads=threads)
    small = Draw(setting=Setting(n=64, N=32, d=16), seed=0, threads=threads)
    one_step(small, backend)  # imports and thread pools belong to the baseline
    baseline = peak_memory()
    start = time.perf_counter()
    draw = Draw(setting=Setting(n=n, N=N, d=d), seed=0, threads=threads)
    seconds = one_step(draw, backend)
    wall = time.perf_counter() - start
    needed = memory_needed(draw.setting) / MEBIBYTE
    print(
        json.dumps({"peak": peak_memory(), "baseline": baseline, "needed": needed, "wall": wall, **seconds})
    )


def memory_of(sizes: tuple[int, int, int], threads: int | None) -> dict[str, float]:
    """`memory` of a child process."""
    command = [sys.executable, __file__, "--memory", ",".join(map(str, sizes))]
    if threads is not None:
        command += ["--threads", str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


COLUMNS = (
    "k",
    "n, N, d",
    "products, CPU s",
    "step, CPU s",
    "ratio (range)",
    "wall s, products / step",
    "wall ratio",
    "draws",
    "gradient beyond draws and products",
    "sign",
    "norms",
    "peak MiB (of it before the step)",
    "estimated MiB",
)


def row(k: int, sizes: tuple[int, int, int], times: dict[str, float], space: dict[str, float]) -> str:
    """One line of the table; stages as shares of the step's CPU seconds."""

    def share(seconds: float) -> str:
        return f"{100 * seconds / times['step']:.1f} %"

    cells = [
        str(k),
        ", ".join(map(str, sizes)),
        f"{times['bare']:.3f}",
        f"{times['step']:.3f}",
        f"{times['ratio']:.3f} ({times['spread']:.3f})",
        f"{times['bare wall']:.3f} / {times['step wall']:.3f}",
        f"{times['wall ratio']:.3f}",
        share(times["draws"]),
        share(times["gradient and draws"] - times["draws"] - times["bare"]),
        share(times["sign"]),
        share(times["norms"]),
        f"{space['peak']:.0f} ({space['baseline']:.0f})",
        f"{space['needed']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--scales", default="1,2,4,8", help="k of (n, N, d) = k(1000, 750, 500)")
    parser.add_argument("--pairs", type=int, default=5, help="interleaved runs per scale")
    parser.add_argument("--threads", type=int, help="host threads (default: every usable core)")
    parser.add_argument("--memory", metavar="n,N,d", help="one step of these sizes; print memory as JSON")
    options = parser.parse_args()
    if options.memory:
        n, N, d = map(int, options.memory.split(","))
        memory((n, N, d), options.threads)
        return
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"|{' --- |' * len(COLUMNS)}")
    for k in map(int, options.scales.split(",")):
        n, N, d = (k * size for size in BASE)
        space = memory_of((n, N, d), options.threads)
        print(row(k, (n, N, d), compare((n, N, d), options.pairs, options.threads), space), flush=True)


if __name__ == "__main__":
    main()
