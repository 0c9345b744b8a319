"""Time of `verify.measure`, of its fits beside those of `powerlaw`, and Clauset's cities and flares by the same code.

    python benchmarks/measure.py          # prints docs/data/measure-benchmark.md: two CPU-minutes

The command is timed as a process of its own, start and figure included, on a 1500 x 1000 matrix of noise; the fits on
the eigenvalues of a 300 x 200 one, and on Clauset's data; CPU seconds are those of all threads.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import powerlaw

from sim.measures.tails import ks_alpha
from verify.presentation.writers import markdown_table
from verify.spectra.bootstrap import ks_goodness
from verify.spectra.null_draws import null_spectrum
from verify.spectra.rival_laws import RIVALS, likelihood_ratios
from verify.spectra.truncated_fit import truncated_alpha

PUBLISHED = {"cities": (1e3, "2.37, 52.46, 580", 0.76), "flares": (1.0, "1.79, 323, 1711", 1.00)}


def command(folder: Path, *words: str) -> tuple[float, float]:
    """Wall and CPU seconds of one call."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "verify.measure", *words], cwd=folder, check=True, capture_output=True
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands() -> str:
    table = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "w.npy", np.random.default_rng(0).standard_normal((1500, 1000)).astype(np.float32))
        command(folder, "w.npy", "--bootstrap", "0")
        for said, words, goal in (
            ("--bootstrap 0", ("--bootstrap", "0"), "3"),
            ("the defaults", (), ""),
            ("--bootstrap 1000", ("--bootstrap", "1000"), "60"),
            ("--top-only", ("--top-only",), ""),
        ):
            found = [command(folder, "w.npy", *words) for _ in range(3)]
            wall, cpu = (min(each) for each in zip(*found, strict=True))
            table.append([f"`{said}`" if said.startswith("-") else said, f"{wall:.2f}", f"{cpu:.2f}", goal])
    return markdown_table(("1500 x 1000, best of three", "wall, s", "CPU, s", "goal, s"), table, "lrrr")


def milliseconds(function: Callable[[], object]) -> str:
    function()
    times = []
    for _ in range(5):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return f"{1e3 * sorted(times)[2]:.1f}"


def fits() -> str:
    l = null_spectrum(300, 200, np.random.default_rng(0))
    pareto = np.random.default_rng(1).pareto(1.4, 200) + 1.0
    table = []
    for name, x in (("eigenvalues of noise, 200", l), ("Pareto, alpha 2.4, 200", pareto)):
        x_min = ks_alpha(x).x_min

        def theirs(x: np.ndarray = x, x_min: float = x_min) -> None:
            fit = powerlaw.Fit(x, xmin=x_min, verbose=0)
            for rival in RIVALS:
                fit.distribution_compare("power_law", rival, normalized_ratio=True)

        pairs = {
            "KS fit": (lambda x=x: ks_alpha(x), lambda x=x: powerlaw.Fit(x, verbose=0).alpha),
            "three likelihood ratios": (lambda x=x, m=x_min: likelihood_ratios(x, m), theirs),
            "fit truncated at x_max": (
                lambda x=x: truncated_alpha(x),
                lambda x=x: powerlaw.Fit(x, xmax=float(x.max()), verbose=0).alpha,
            ),
        }
        table += [
            [name, what, milliseconds(one), milliseconds(other)] for what, (one, other) in pairs.items()
        ]
    return markdown_table(
        ("values", "what", "ours, ms", f"powerlaw {powerlaw.__version__}, ms"), table, "llrr"
    )


def published() -> str:
    table = []
    for name, (unit, theirs, p_value) in PUBLISHED.items():
        values = np.loadtxt(Path(powerlaw.__file__).parent / "reference_data" / f"{name}.txt") / unit
        fit = ks_alpha(values)
        goodness = ks_goodness(values, replicates=1000)
        ratios = ", ".join(
            f"{each.ratio:.2f} ({each.p_value:.2f})" for each in likelihood_ratios(values, fit.x_min)
        )
        table.append([
            name, f"{fit.alpha:.2f}, {fit.x_min:g}, {fit.tail}", theirs, f"{goodness.p_value:.3f}", f"{p_value:.2f}", ratios,
        ])  # fmt: skip
    rivals = ", ".join(RIVALS).replace("_", " ")
    ours, theirs = "alpha, x\\_min, tail", "Clauset et al."
    heading = ("data", ours, theirs, "p, 1000 replicates", theirs, f"ratio (p): {rivals}")
    return markdown_table(heading, table, "lllrrl")


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("\n\n".join(part() for part in (commands, fits, published)))


if __name__ == "__main__":
    main()
