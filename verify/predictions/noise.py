"""Theory asked about the bulk: where it ends, how far its top value scatters, what lies beyond."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from verify.measurements.spectra import LEADING, label
from verify.predictions.optimisers import known
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Readings

__all__ = ["has_spike", "noise_reach", "count_of", "outlier_count"]

P_VALUE = 1e-4  # of pure noise having a top value this large
FAR = 3.0  # edges: without its rank-one part W_1 reaches 1.8 at d = 200; its spike at eta >= 1 lies at 5 or more


def has_spike(problem: Problem, cell: Cell, update: Update, top: float) -> bool:
    """Whether a top singular value that large is an outlier of W_1.

    Where the bulk is still W_0's: one that even noise of the bulk's variance, 1 (mean-field 1/d) plus eta^2 (1 - c^2) of
    the signs' noise, has with probability below 1e-4. Beyond, the update's uneven columns move the edge
    (theory/random_matrices/edges.py) and that p-value calls noise an outlier: there it must be at least FAR times the
    edge of even noise.
    """
    from verify.predictions.spike import even_bulk

    if not math.isfinite(top):
        return False
    deviation = math.sqrt(_bulk_variance(problem, cell, update))
    if even_bulk(problem, cell, update):
        return top > noise_reach(cell.N, cell.d, P_VALUE) * deviation
    return top > FAR * (math.sqrt(cell.N) + math.sqrt(cell.d)) * deviation


@lru_cache(maxsize=256)
def _bulk_variance(problem: Problem, cell: Cell, update: Update) -> float:
    from theory.update.sign import sign_norm_ratio

    start = 1.0 if problem.parametrisation == "ntk" else 1.0 / cell.d
    if known(update) == "gd":
        return start
    c = float(sign_norm_ratio(problem.signal_noise(cell).kappa))
    return start + (update.eta or 0.0) ** 2 * (1.0 - c**2)


@lru_cache(maxsize=256)
def noise_reach(N: int, d: int, level: float) -> float:
    """What the top singular value of N x d standard normal noise exceeds with probability `level`.

    A value beyond it times the noise's deviation is the same as a Tracy-Widom p-value below `level`, and costs no
    determinant of its own.
    """
    from theory.random_matrices.johnstone import top_singular_value_quantile

    return float(top_singular_value_quantile(1.0 - level, N=N, d=d))


def count_of(cell: Cell, update: Update) -> Callable[[Readings], float]:
    """k_out as measured: Tracy-Widom p-values against noise of the run's own tau."""
    name = label(update)

    def measure(readings: Readings) -> float:
        values = [readings.value(f"s_{i}[{name}]") for i in range(1, LEADING + 1)]
        variance = readings.value(f"tau_2[{name}]")
        return outlier_count(values, N=cell.N, d=cell.d, variance=variance)

    return measure


def outlier_count(values: Sequence[float], *, N: int, d: int, variance: float, level: float = 1e-4) -> float:
    """k_out: leading singular values whose Tracy-Widom p-value lies under level/min(N, d); nan where one is no number."""
    leading = np.asarray(values, np.float64)
    if not (np.isfinite(leading).all() and variance > 0):
        return math.nan
    beyond = leading > noise_reach(N, d, level / min(N, d)) * math.sqrt(variance)
    return float(np.cumprod(beyond).sum())
