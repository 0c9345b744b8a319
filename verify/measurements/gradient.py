"""Measurements behind the claims on the gradient: the split of eq. 20, exact zeros, Forster's bound on random matrices."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.running.measurement import measurement

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw
    from sim.network.two_layer import Gradient

__all__ = ["FORSTER", "SPLIT", "ZEROS", "exact_zeros", "forster_ratios", "gradient_split"]

NEAR_ZERO = 1000.0  # roundings: an entry nearer to zero than that many would not be told from one


def gradient_split(draw: "Draw", gradient: "Gradient", backend: "Backend") -> dict[str, float]:
    """1 + ||G_0 - (signal + rest)||_F/||G_0||_F in float64, and what the parts amount to.

    signal = (2 mu_1/(n sqrt(N d))) a (X^T r)^T and rest = (2/(n sqrt(N d))) [(a r^T) * (sigma' - mu_1)] X are formed
    from the samples here; G_0 is the simulator's, which streams over samples and never subtracts mu_1.
    """
    from sim.measures.alignment import mean_derivative
    from sim.network.two_layer import first_gradient, residual

    draw = replace(draw, dtype="float64")
    setting = draw.setting
    found = first_gradient(draw, backend=backend)
    G = np.asarray(backend.to_numpy(found.G))
    W, a = draw.weights(), draw.readout()
    X, y = draw.sample_block("train", 0, setting.n)
    on = backend.asarray
    r = np.asarray(backend.to_numpy(residual(on(W), on(a), on(X), on(y), setting=setting, backend=backend)))
    mu_1 = mean_derivative(setting.sigma)
    slopes = setting.sigma.derivative(backend, on((W @ X.T) * setting.input_scale))
    factor = 2.0 * setting.input_scale / (setting.n * math.sqrt(setting.N))
    signal = factor * mu_1 * np.outer(a, X.T @ r)
    rest = factor * (np.outer(a, r) * (np.asarray(backend.to_numpy(slopes)) - mu_1)) @ X
    norm = float(np.linalg.norm(G))
    return {
        "split_distance": 1.0 + float(np.linalg.norm(G - (signal + rest))) / norm,
        "split_signal": float(np.linalg.norm(signal)) / norm,
        "split_mu_1": mu_1,
        "mean_slope": float(np.mean(np.asarray(backend.to_numpy(slopes)))),
    }


def exact_zeros(draw: "Draw", gradient: "Gradient", backend: "Backend") -> dict[str, float]:
    """Entries of G_0 that are exactly 0 in the run's float32 and in float64, and how near to 0 the others come."""
    from sim.network.two_layer import first_gradient

    single = np.asarray(backend.to_numpy(gradient.G))
    double = np.asarray(backend.to_numpy(first_gradient(replace(draw, dtype="float64"), backend=backend).G))
    size, unit = float(np.sqrt(np.mean(double**2))), float(np.finfo(np.float64).eps)
    least = float(np.min(np.abs(double))) / size
    return {
        "zeros_float32": float(np.sum(single == 0)),
        "zeros_float64": float(np.sum(double == 0)),
        "zeros_both": float(np.sum((single == 0) & (double == 0))),
        "near_zeros_float64": float(np.sum(np.abs(double) < NEAR_ZERO * unit * size)),
        "smallest_entry": least,
        "smallest_entry_in_eps": least / unit,
    }


def forster_ratios(draw: "Draw", gradient: "Gradient", backend: "Backend") -> dict[str, float]:
    """Least of ||sign(X)||_2 rank/sqrt(rows columns) over X of rank 1, of rank 2, of higher rank; and of G_0 itself."""
    rng = np.random.default_rng([draw.seed, 0x466F])
    least = {"one": math.inf, "two": math.inf, "more": math.inf}
    for X, rank in _matrices(rng):
        if np.any(X == 0.0):
            continue
        ratio = float(np.linalg.norm(np.sign(X), 2)) * rank / math.sqrt(X.size)
        name = {1: "one", 2: "two"}.get(rank, "more")
        least[name] = min(least[name], ratio)
    G = np.asarray(backend.to_numpy(gradient.G), dtype=np.float64)
    own = float(np.linalg.norm(np.sign(G), 2)) * min(G.shape) / math.sqrt(G.size)
    found = {f"forster_rank_{name}": value for name, value in least.items()}
    return found | {"forster_gradient": own, "forster_least": min(*least.values(), own)}


def _matrices(rng: np.random.Generator) -> Iterator[tuple[NDArray[np.float64], int]]:
    """Matrices with their ranks: random ones, and those whose signs spread their norm as evenly as is known."""
    for rows, columns in ((40, 30), (64, 64), (120, 20)):
        for rank in (1, 2, 3, 5, 8, 16):
            yield rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns)), rank
            yield rng.standard_normal((rows, rank)) @ rng.standard_cauchy((rank, columns)), rank
    for points in (16, 48):  # directions around a circle: the sign of the cosine between them
        angle = 2.0 * np.pi * (np.arange(points) + rng.uniform()) / points
        yield np.cos(angle[:, None] - angle[None, :] - np.pi / (2 * points) * (1 + rng.uniform())), 2
    for rank in (4, 8):  # Walsh functions, of as many signs as a polynomial of that many terms can have
        yield _walsh_by_polynomials(rank, 32), rank


def _walsh_by_polynomials(rank: int, points: int) -> NDArray[np.float64]:
    """`rank` polynomials of degree below `rank` with the signs of the first Walsh functions: orthogonal sign rows."""
    t = (np.arange(points) + 0.5) / points
    rows = []
    for signs in _walsh(rank):
        changes = np.flatnonzero(np.diff(signs)) + 1
        rows.append(signs[0] * np.prod([change / rank - t for change in changes], axis=0) if len(changes) else
                    signs[0] * np.ones(points))  # fmt: skip
    return np.array(rows)


def _walsh(order: int) -> NDArray[np.float64]:
    """Hadamard matrix of that order, a power of two."""
    H = np.ones((1, 1))
    while len(H) < order:
        H = np.block([[H, H], [H, -H]])
    return H


SPLIT = measurement(gradient_split)
ZEROS = measurement(exact_zeros)
FORSTER = measurement(forster_ratios)
