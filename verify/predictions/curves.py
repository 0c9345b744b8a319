"""Predicted curves as figures draw them: bulk densities, spikes, second-stage losses, sim; each computed once a run."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from verify.predictions.optimisers import known
from verify.predictions.spike import even_bulk, inputs_of, spike_of, threshold_of
from verify.predictions.step import largest_gd_eta
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update

__all__ = [
    "RidgeCurve",
    "bulk_density",
    "eta_grid",
    "ridge_curve",
    "sim_curve",
    "spike_position",
    "top_curve",
]

STILL_BULK = 3e-3  # of the variance of W_0: an update's noise below it leaves Marchenko and Pastur's law
POINTS = 64
SPARSE = 4  # points per decade there
STILL_BELOW = 0.01  # of that eta: nothing that a picture shows has changed by then
FLAT = 0.1  # of eta_c: below it a curve is a power of eta and needs few points


@lru_cache(maxsize=256)
def bulk_density(
    problem: Problem, cell: Cell, update: Update
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """log10 l and the density of log10 l over the bulk of W_1, l its squared singular values (eps = 0).

    Once the step has parted the ESD in two, the lower mode is Marchenko and Pastur's law of the values that the sign
    matrix cannot reach, the upper one the law of columns of unequal noise without so many of its smallest values, so
    that both have mass one together; nan stands between them. Where the upper mode begins is not derived: the line near
    that end is no prediction.
    """
    inputs = inputs_of(problem, cell, replace(update, eta=None))
    eta = update.eta or 0.0
    noise = eta**2 * inputs.noise_variance
    is_gd = known(update) == "gd"
    if is_gd and not even_bulk(problem, cell, update):
        return _unequal_rows(problem, cell, eta)
    if is_gd or noise < STILL_BULK * inputs.initial_variance:
        return _pastur(cell.N, cell.d, inputs.initial_variance + noise)
    from theory.spectrum.noise_spectra import nullity_of

    modes = nullity_of(problem.signal_noise(cell, {"readout_sum": 0.0}))
    if not eta > modes.separation:
        return _unequal_columns(problem, cell, eta)
    # W_0 seen where the sign matrix vanishes: N - d + k rows, k columns
    lower = _pastur(cell.N - cell.d + modes.lost, modes.lost, inputs.initial_variance)
    share = modes.staying / min(cell.N, cell.d)
    upper = _unequal_columns(problem, cell, eta, without=share)
    nan = np.array([math.nan])
    return np.concatenate([lower[0], nan, upper[0]]), np.concatenate([share * lower[1], nan, upper[1]])


def _pastur(N: float, d: float, variance: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from theory.random_matrices.bulk import marchenko_pastur_density, marchenko_pastur_edges

    l = _between(*marchenko_pastur_edges(N=N, d=d, variance=variance), POINTS)
    return np.log10(l), marchenko_pastur_density(l, N=N, d=d, variance=variance) * l * math.log(10.0)


def _unequal_rows(
    problem: Problem, cell: Cell, eta: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The law of W_0 - eta G_0 off the spike, rows of noise that goes with a_i^2."""
    from theory.random_matrices.esd import spectral_density
    from theory.spectrum.noise_spectra import gradient_weight_spectrum

    sn = problem.signal_noise(cell, {"readout_sum": 0.0})
    law = gradient_weight_spectrum(sn, problem.teacher.theory, eta)
    l = _between(law.lower.value**2, law.upper.value**2, POINTS)
    return np.log10(l), spectral_density(law, np.sqrt(l)) * np.sqrt(l) * math.log(10.0) / 2.0


def _unequal_columns(
    problem: Problem, cell: Cell, eta: float, *, without: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The law of W_0 - eta sign(G_0) off the spike, without the share `without` of its smallest values."""
    from theory.random_matrices.esd import spectral_density, spectral_law
    from theory.spectrum.noise_covariance import weight_noise
    from theory.spectrum.noise_spectra import sign_noise_of

    sn = problem.signal_noise(cell, {"readout_sum": 0.0})
    noise = sign_noise_of(sn, problem.teacher.theory)
    if noise is None:
        return _pastur(cell.N, cell.d, 1.0 if sn.parametrisation == "ntk" else 1.0 / cell.d)
    variance = 1.0 if sn.parametrisation == "ntk" else 1.0 / cell.d
    covariance = weight_noise(noise, eta, initial_variance=variance)
    law = spectral_law(
        covariance, cell.N, points=8, largest_share=1.0
    )  # for its edges; the density is exact anywhere

    def density(l: NDArray[np.float64]) -> NDArray[np.float64]:
        s = np.sqrt(l)
        return spectral_density(law, s) * s * math.log(10.0) / 2.0

    l = _between(law.lower.value**2, law.upper.value**2, POINTS)
    if without:
        x, y = np.log10(l), density(l)
        above = np.concatenate([np.cumsum((0.5 * (y[1:] + y[:-1]) * np.diff(x))[::-1])[::-1], [0.0]])
        first = 10.0 ** float(np.interp(without - 1.0, -above, x))
        l = _between(first, law.upper.value**2, POINTS // 2)
        l[0] = first
    return np.log10(l), density(l)


def _between(low: float, high: float, points: int) -> NDArray[np.float64]:
    """Points in log l that crowd towards both edges, where the density rises like a square root."""
    angle = np.pi * (np.arange(points) + 0.5) / points
    share = 0.5 * (1.0 - np.cos(angle))
    return np.exp(math.log(low) + share * math.log(high / low))


def spike_position(problem: Problem, cell: Cell, update: Update) -> float | None:
    """Predicted log10 of the outlying eigenvalue of W_1^T W_1; None below the threshold."""
    at = spike_of(problem, cell, update)
    return 2.0 * math.log10(at.top) if at.outlier else None


def top_curve(
    problem: Problem,
    cell: Cell,
    rule: Update,
    etas: NDArray,
    theory: Literal["two-row", "one-row", "independent"],
) -> NDArray[np.float64]:
    """s_1(W_1), the bulk's edge below the threshold."""
    steps = [replace(rule, eta=float(eta)) for eta in etas]
    return np.array([spike_of(problem, cell, update, theory).top for update in steps])


def sim_curve(problem: Problem, cell: Cell, rule: Update, etas: NDArray) -> NDArray[np.float64]:
    """sim(W_1, beta); below the threshold its mean for a random direction, sqrt(2/(pi d))."""
    random = math.sqrt(2.0 / (math.pi * cell.d))
    found = [spike_of(problem, cell, replace(rule, eta=float(eta))) for eta in etas]
    return np.array([max(at.similarity or 0.0, random) for at in found])


def eta_grid(
    problem: Problem, cell: Cell, rule: Update, ends: tuple[float, float], points: int
) -> NDArray[np.float64]:
    """Learning rates from one end to the other: a few in a decade, dense from well below eta_c on.

    Below, losses move like eta or eta^2: a line between two points of one decade stays within what a picture shows.
    """
    first = max(ends[0], FLAT * threshold_of(problem, cell, rule))
    if first >= ends[1]:
        return np.geomspace(*ends, points)
    inner = np.geomspace(first, ends[1], points)
    if first == ends[0]:
        return inner
    start = max(ends[0], STILL_BELOW * first)
    outer = np.geomspace(start, first, max(math.ceil(SPARSE * math.log10(first / start)), 1), endpoint=False)
    return np.concatenate([[ends[0]] if start > ends[0] else [], outer, inner])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RidgeCurve:
    """The second stage against eta: losses over those at eta = 0, and KTA, up to where the derivation holds."""

    eta: NDArray[np.float64]
    test_loss: NDArray[np.float64]
    holdout_loss: NDArray[np.float64]
    kta: NDArray[np.float64]


@lru_cache(maxsize=64)
def ridge_curve(
    problem: Problem, cell: Cell, rule: Update, features: str, ends: tuple[float, float], points: int
) -> RidgeCurve:
    """Predicted relative losses and KTA of one optimiser and scaling of the features (eps = 0)."""
    from theory.ridge.stage import RidgeStage, ridge_stage
    from theory.spectrum.noise_spectra import residual_squares_of

    sn = problem.signal_noise(cell, {"readout_sum": 0.0})
    squares = residual_squares_of(sn, problem.teacher.theory)

    def stage(eta: float) -> RidgeStage:
        return ridge_stage(
            sn, student=problem.student.theory, teacher=problem.teacher.theory, eta=eta,
            features="paper" if features == "paper" else "released",
            optimiser=known(rule), residual_squares=squares,
        )  # fmt: skip

    if known(rule) == "gd":
        ends, points = (ends[0], min(ends[1], largest_gd_eta(problem, cell))), 2 * points // 3
    etas = eta_grid(problem, cell, rule, ends, points)
    start, stages = stage(0.0), [stage(float(eta)) for eta in etas]
    return RidgeCurve(
        eta=etas,
        test_loss=np.array([s.test for s in stages]) / start.test,
        holdout_loss=np.array([s.holdout for s in stages]) / start.holdout,
        kta=np.array([s.kta for s in stages]),
    )
