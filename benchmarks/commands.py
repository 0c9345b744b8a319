"""What the commands cost: CPU and wall seconds of whole processes, empty stores, median of a few runs.

    python benchmarks/commands.py [--runs 3] [--full]

--full also times verify.scaling at its defaults (two CPU-minutes a run) and one gradient at n = 10^6 with its peak memory.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

COMMANDS = {
    "python -m verify.scaling --help": (["-m", "verify.scaling", "--help"], {0}),
    "python -m verify.scaling --scales 1-3 --seeds 3": (["-m", "verify.scaling", "--scales", "1-3", "--seeds", "3"], {0}),
}  # fmt: skip
FULL = {"python -m verify.scaling": (["-m", "verify.scaling"], {0})}
MILLION = """
import resource
from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.update import Update
from sim.setting import Setting
from sim.runs.update_norms import update_norms

draw = Draw(setting=Setting(n=10**6, N=1500, d=1000), seed=0)
print(update_norms(draw, [Update()], backend=get_backend("numpy"))[0].observables["operator_norm"][0])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def cost(arguments: list[str], expected: set[int]) -> tuple[float, float]:
    """CPU and wall seconds of one process, imports included, in an empty directory."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {key: value for key, value in os.environ.items() if key != "BULKSPIKE_STORE"}
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, check=False
        )
        wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in expected:
        sys.exit(f"exit code {done.returncode}: {done.stderr.decode()}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    print("| command | CPU s | wall s | runs |\n| --- | ---: | ---: | ---: |")
    for name, (arguments, expected) in (COMMANDS | (FULL if options.full else {})).items():
        count = 1 if name in FULL else options.runs
        costs = [cost(arguments, expected) for _ in range(count)]
        cpu, wall = (statistics.median(values) for values in zip(*costs, strict=True))
        print(f"| `{name}` | {cpu:.2f} | {wall:.2f} | {count} |", flush=True)
    if options.full:
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", MILLION], capture_output=True, text=True, check=True)
        wall, peak = time.perf_counter() - started, float(done.stdout.split()[1])
        print(
            f"\nOne step with norms at (n, N, d) = (10^6, 1500, 1000): {wall:.0f} s, the process peaks at {peak:.0f} MiB."
        )


if __name__ == "__main__":
    main()
