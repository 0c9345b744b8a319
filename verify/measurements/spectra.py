"""Measurements behind the claims on the spike: leading values, whole spectra, where the outlier appears, overlaps."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.measurements.crossing import crossing
from verify.measurements.names import exact
from verify.problem.cells import Cell
from verify.problem.update import Update
from verify.running.measurement import Measurement, measurement

if TYPE_CHECKING:
    from sim.backend import Array, Backend
    from sim.draw import Draw
    from sim.measures.singular_triplets import SingularTriplets
    from sim.network.two_layer import Gradient

__all__ = [
    "COROLLARY",
    "GAP",
    "LEADING",
    "NO_SPIKE",
    "OUTSIDE",
    "OUTSIDE_ETA",
    "gap_at",
    "gaps",
    "label",
    "leading_at",
    "maxima_at",
    "spectra_at",
    "spectrum_of",
    "valley_depth",
]

LEADING = 3  # singular values of W_1 that are measured from the top
OUTSIDE = 1.2  # s_1 over the bulk's edge where the outlier counts as out
GAP = 1.5  # s_1 over s_2 from which the top value is a spike: noise with uneven columns reaches 1.3 at N = 25
SIDES = ("left", "right")
NO_SPIKE = "without rank one "  # before a reading of the same matrix less its rank-one part
OTHER_DRAW = 10_000_000  # seeds beyond this are for matrices that have nothing to do with a run
VALLEY = 0.06  # decades of l: kernel width of the ESD's smoothed density
SHARE = 0.05  # of the values that a mode holds at least: one spike is no mode


def label(update: Update) -> str:
    """How an update is named inside a measurement's readings."""
    return f"{update.optimiser} {exact(update.eta)}"


def _step(gradient: "Gradient", update: Update) -> "Array":
    from sim.optimisers.step import update_matrix

    return update_matrix(update, None, gradient.G)[1]


def _weights(gradient: "Gradient", update: Update) -> "Array":
    from sim.optimisers.step import moved_weights

    return moved_weights(gradient.W, _step(gradient, update), update.eta or 0.0)


def _noise(draw: "Draw", top: "SingularTriplets") -> tuple[float, float]:
    """Variance of an entry of W_0, and of the update's noise per eta^2: tau^2 is their sum."""
    setting = draw.setting
    left = max(top.frobenius**2 - float(top.values[0]) ** 2, 0.0)
    return setting.weight_deviation**2, left / (setting.N * setting.d)


def leading_values(
    draw: "Draw", gradient: "Gradient", backend: "Backend", *, updates: Sequence[Update]
) -> dict[str, float]:
    """The first three singular values of W_1, tau^2 and ||D||_2 for each update, as "s_1[adam 0.1]" and the like."""
    from sim.measures.norms import top_singular_triplets
    from sim.measures.triplet import top_triplet

    found: dict[str, float] = {}
    for update in updates:
        name = label(update)
        top = top_triplet(_step(gradient, update), draw, "update", backend=backend)
        start, per_eta = _noise(draw, top)
        found[f"tau_2[{name}]"] = start + (update.eta or 0.0) ** 2 * per_eta
        found[f"norm[{name}]"] = float(top.values[0])
        W = _weights(gradient, update)
        values = np.full(LEADING, math.nan)
        if bool(backend.xp.all(backend.xp.isfinite(W))):
            k = min(LEADING, draw.setting.N, draw.setting.d)
            begin = draw.start_vector(draw.setting.d, 2)
            values[:k] = top_singular_triplets(W, k=k, start=begin, backend=backend).values
        found |= {f"s_{i}[{name}]": float(value) for i, value in enumerate(values, start=1)}
    return found


def spectra(
    draw: "Draw", gradient: "Gradient", backend: "Backend", *, updates: Sequence[Update]
) -> dict[str, float]:
    """Every singular value of W_1 for each update, descending, as "s[adam 0.1][0]" and so on."""
    from sim.measures.spectrum import singular_values

    found: dict[str, float] = {}
    for update in updates:
        W = _weights(gradient, update)
        values = np.full(min(draw.setting.N, draw.setting.d), math.nan)  # where the run diverged
        if bool(backend.xp.all(backend.xp.isfinite(W))):
            values = singular_values(W, backend=backend).values
        found |= {f"s[{label(update)}][{i}]": float(value) for i, value in enumerate(values)}
    return found


def outside_eta(draw: "Draw", gradient: "Gradient", backend: "Backend") -> dict[str, float]:
    """The eta at which s_1(W_1) is 1.2 times the bulk's edge tau (sqrt N + sqrt d), for both optimisers (eps = 0)."""
    return {
        f"outside_eta[{rule.optimiser}]": _outside_eta(draw, gradient, backend, rule)
        for rule in (Update(optimiser="adam", eta=1.0), Update(optimiser="gd", eta=1.0))
    }


def _outside_eta(draw: "Draw", gradient: "Gradient", backend: "Backend", rule: Update) -> float:
    """To 1e-3, in log eta; nan where it is not in the bracket, 0.3 to 8 times edge/||D||."""
    from sim.measures.triplet import top_triplet

    D = _step(gradient, rule)
    top = top_triplet(D, draw, "update", backend=backend)
    if math.isnan(float(top.values[0])):  # where the run diverged
        return math.nan
    start, per_eta = _noise(draw, top)
    edge = math.sqrt(draw.setting.N) + math.sqrt(draw.setting.d)
    unit = math.sqrt(start) * edge / float(top.values[0])

    def excess(log_eta: float) -> float:
        eta = math.exp(log_eta)
        value = float(top_triplet(gradient.W - eta * D, draw, "weights", backend=backend).values[0])
        return value / (OUTSIDE * math.sqrt(start + eta**2 * per_eta) * edge) - 1.0

    guess = math.log(unit)
    return math.exp(
        crossing(excess, guess + math.log(0.3), guess + math.log(8.0), guess=guess, tolerance=1e-3)
    )


def gaps(
    draw: "Draw", gradient: "Gradient", backend: "Backend", *, updates: Sequence[Update]
) -> dict[str, float]:
    """s_1/s_2 of W_1 for each update, "gap[adam 1]"; and of W_1 without the update's top triplet: noise alone."""
    found: dict[str, float] = {}
    for update in updates:
        D = np.asarray(backend.to_numpy(_step(gradient, update)), np.float64)
        W = np.asarray(backend.to_numpy(gradient.W), np.float64)
        eta = update.eta or 0.0
        if not (np.isfinite(D).all() and np.isfinite(W - eta * D).all()):
            found |= {f"{name}gap[{label(update)}]": math.nan for name in ("", NO_SPIKE)}
            continue
        left, values, right = np.linalg.svd(D, full_matrices=False)
        rest = D - values[0] * np.outer(left[:, 0], right[0])
        for name, step in (("", D), (NO_SPIKE, rest)):
            top = np.linalg.svd(W - eta * step, compute_uv=False)
            found[f"{name}gap[{label(update)}]"] = float(top[0] / top[1])
    return found


def corollary_steps(draw: "Draw", gradient: "Gradient", backend: "Backend") -> dict[str, float]:
    """`gaps` of FB-Adam at eta = 1/sqrt d and of GD at eta = N: "gap[adam]", "gap[gd]" and so on."""
    found: dict[str, float] = {}
    etas = {"adam": draw.setting.d**-0.5, "gd": float(draw.setting.N)}
    for name, eta in etas.items():
        update = Update(optimiser=name, eta=eta)
        values = gaps(draw, gradient, backend, updates=(update,))
        found |= {key.replace(f"[{label(update)}]", f"[{name}]"): value for key, value in values.items()}
    return found


def overlap_maxima(
    draw: "Draw", gradient: "Gradient", backend: "Backend", *, updates: Sequence[Update]
) -> dict[str, float]:
    """Largest squared overlap of any two singular vectors of W_1 and the update, left and right, the top pair apart.

    "null": the same with a W that has nothing to do with the update, drawn like W_0 from another seed.
    """
    from dataclasses import replace

    other = np.asarray(replace(draw, seed=draw.seed + OTHER_DRAW).weights(), np.float64)
    foreign = np.linalg.svd(other, full_matrices=False)
    found: dict[str, float] = {}
    for update in updates:
        D = np.asarray(backend.to_numpy(_step(gradient, update)), np.float64)
        W = np.asarray(backend.to_numpy(_weights(gradient, update)), np.float64)
        if not (np.isfinite(W).all() and np.isfinite(D).all()):
            names = [
                f"{name}{which} {side}"
                for name in ("", "null ")
                for which in ("top", "largest")
                for side in SIDES
            ]
            found |= {f"{name}[{label(update)}]": math.nan for name in names}
            continue
        ours, step = np.linalg.svd(W, full_matrices=False), np.linalg.svd(D, full_matrices=False)
        for name, vectors in (("", ours), ("null ", foreign)):
            sides = {
                "left": (vectors[0].T @ step[0]) ** 2,
                "right": (vectors[2] @ step[2].T) ** 2,
            }
            for side, overlaps in sides.items():
                found[f"{name}top {side}[{label(update)}]"] = float(overlaps[0, 0])
                overlaps[0, 0] = 0.0
                found[f"{name}largest {side}[{label(update)}]"] = float(overlaps.max())
    return found


def spectrum_of(value: Callable[[str], float], update: Update, cell: Cell) -> NDArray[np.float64]:
    """The singular values that `spectra` kept of one update, descending; `value` reads an observable."""
    return np.array([value(f"s[{label(update)}][{i}]") for i in range(min(cell.N, cell.d))])


def valley_depth(values: NDArray[np.float64]) -> tuple[float, float]:
    """How deep the density of log10 l dips between two modes, over the lower mode, 0 to 1; and s at the bottom.

    Gaussian kernel of 0.06 decades; each mode holds at least 5 % of the values, so a lone spike is none. l = s^2;
    values that are zero are left out; nan where fewer than two are left.
    """
    x = np.sort(2.0 * np.log10(values[values > 0]))
    if x.size < 2:
        return math.nan, math.nan
    first, last = (float(end) for end in np.quantile(x, [SHARE, 1.0 - SHARE]))
    grid = np.linspace(first, last, 400)
    wide = np.linspace(x[0], x[-1], 800)

    def density(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(-0.5 * ((points[:, None] - x) / VALLEY) ** 2).mean(axis=1)

    f, all_f = density(grid), density(wide)
    left = np.maximum.accumulate(all_f)[np.searchsorted(wide, grid, side="right") - 1]
    right = np.maximum.accumulate(all_f[::-1])[::-1][np.minimum(np.searchsorted(wide, grid), wide.size - 1)]
    depth = 1.0 - f / np.minimum(np.maximum(left, f), np.maximum(right, f))
    at = int(np.argmax(depth))
    return float(depth[at]), float(10.0 ** (grid[at] / 2.0))


def leading_at(updates: Sequence[Update]) -> Measurement:
    """`leading_values` of these updates."""
    return measurement(leading_values, updates=tuple(updates))


def gap_at(updates: Sequence[Update]) -> Measurement:
    """`gaps` of these updates."""
    return measurement(gaps, updates=tuple(updates))


def spectra_at(updates: Sequence[Update]) -> Measurement:
    """`spectra` of these updates."""
    return measurement(spectra, updates=tuple(updates))


def maxima_at(updates: Sequence[Update]) -> Measurement:
    """`overlap_maxima` of these updates."""
    return measurement(overlap_maxima, updates=tuple(updates))


OUTSIDE_ETA = measurement(outside_eta)
COROLLARY = measurement(corollary_steps)
