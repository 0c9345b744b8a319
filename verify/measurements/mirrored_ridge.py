"""The ridge stage of one draw, read on many equally likely hold-out sets: what `verify.agreement.rows` reads changes from.

x and -x are equally likely, and the features of an odd student change sign with x. Mirroring any of the hold-out inputs
therefore leaves the Gram matrix of the features as it is and changes labels only: one Cholesky factor serves every
choice of mirrored samples, and the mean over choices is one reading of the seed. With y = o + e, the label's odd part
and the rest (noise included), a choice replaces e by e times a sign per sample, and in the mean of a choice and its
opposite the two parts add in squares. Test samples are taken with their mirror images. The reading of the samples as
drawn, none mirrored, is recorded apart: it is what `sim.runs.first_step` reads.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from verify.measurements.names import exact
from verify.running.measurement import Measurement, measurement

if TYPE_CHECKING:
    from sim.backend import Array, Backend
    from sim.draw import Draw
    from sim.functions.activations import Activation
    from sim.network.two_layer import Gradient

__all__ = ["MIRRORED", "mirrored_key", "mirrored_ridge", "mirrored_ridge_at"]

MIRRORED = 64  # choices of mirrored samples; with their opposites 128 hold-out sets of a draw
READINGS = ("test_loss", "holdout_loss", "kta")
STREAM = 2**31  # of the choices of mirrored samples; sim's arrays have small numbers there

Steps = tuple[tuple[str, float], ...]


def mirrored_key(observable: str, features: str, optimiser: str, eta: float, *, plain: bool = False) -> str:
    """The name of one reading: its mean over the hold-out sets, or that of the samples as drawn."""
    return f"{observable}[{features}] {optimiser} {exact(eta)}{' plain' if plain else ''}"


def mirrored_ridge_at(
    steps: Steps, *, test_samples: int = 5000, ridge: float = 0.01, choices: int = MIRRORED
) -> Measurement:
    """`mirrored_ridge` at these steps."""
    return measurement(mirrored_ridge, steps=steps, test_samples=test_samples, ridge=ridge, choices=choices)


def mirrored_ridge(
    draw: "Draw",
    gradient: "Gradient",
    backend: "Backend",
    *,
    steps: Steps,
    test_samples: int,
    ridge: float,
    choices: int,
) -> dict[str, float]:
    """Both losses and the KTA at eta = 0 and after every step, in both scalings of the features; odd students.

    Raises
    ------
    ValueError
        If the student is not odd.
    """
    from sim.measures.readout import feature_scales

    setting, counts = draw.setting, {"holdout": draw.setting.n, "test": test_samples}
    _refuse_even(setting.sigma, backend)
    labels = {kind: _labels(draw, kind, count, backend) for kind, count in counts.items()}
    signs = np.random.default_rng(np.random.SeedSequence(draw.seed, spawn_key=(draw.stream, STREAM)))
    chosen = 1.0 - 2.0 * signs.integers(0, 2, size=(setting.n, choices))
    chosen[:, 0] = 1.0
    found: dict[str, float] = {}
    for (optimiser, eta), products in _products(draw, gradient, counts, (("adam", 0.0), *steps), backend):
        for features, scale in feature_scales(setting.parametrisation, setting.d).items():
            phi = {
                kind: np.asarray(backend.to_numpy(setting.sigma.value(backend, part * scale)))
                for kind, part in products.items()
            }
            values = _stage(phi, labels, chosen, ridge)
            for name, (mean, plain) in zip(READINGS, values, strict=True):
                found[mirrored_key(name, features, optimiser, eta)] = mean
                found[mirrored_key(name, features, optimiser, eta, plain=True)] = plain
    return found


def _refuse_even(sigma: "Activation", backend: "Backend") -> None:
    z = backend.asarray(np.linspace(0.0, 5.0, 101))
    both = backend.to_numpy(sigma.value(backend, z) + sigma.value(backend, -z))
    if not np.max(np.abs(both)) <= 1e-6 * (1.0 + np.max(np.abs(backend.to_numpy(sigma.value(backend, z))))):
        raise ValueError(f"the student must be odd for mirrored samples, got {sigma.name!r}")


def _labels(draw: "Draw", kind: str, count: int, backend: "Backend") -> NDArray[np.float64]:
    """Two columns: half the difference, and half the sum, of the labels of x and -x with one noise for both."""
    X, y = draw.sample_block(kind, 0, count)
    z = np.vecdot(X, draw.teacher_direction())
    teacher = draw.setting.sigma_star.value
    there, mirrored = (
        np.asarray(backend.to_numpy(teacher(backend, backend.asarray(s * z)))) for s in (1.0, -1.0)
    )
    odd = 0.5 * (there.astype(np.float64) - mirrored)
    return np.stack([odd, y - odd], axis=1)


def _products(
    draw: "Draw", gradient: "Gradient", counts: dict[str, int], steps: Steps, backend: "Backend"
) -> Iterator[tuple[tuple[str, float], dict]]:
    """W_1 x of every sample after each step, W_0 x and D x formed once."""
    from sim.optimisers.step import moved_weights, update_matrix
    from sim.optimisers.update import Update

    samples = {kind: backend.asarray(draw.sample_block(kind, 0, count)[0]) for kind, count in counts.items()}

    def times(W: "Array") -> "dict[str, Array]":
        return {kind: X @ backend.xp.matrix_transpose(W) for kind, X in samples.items()}

    base, moves = times(gradient.W), dict[str, dict]()
    for optimiser, eta in steps:
        if optimiser not in moves:
            step = Update(optimiser=optimiser, eta=eta)
            moves[optimiser] = times(update_matrix(step, None, gradient.G)[1])
        yield (
            (optimiser, eta),
            {kind: moved_weights(base[kind], moves[optimiser][kind], eta) for kind in samples},
        )


def _stage(
    phi: dict[str, NDArray], labels: dict[str, NDArray], signs: NDArray, ridge: float
) -> list[tuple[float, float]]:
    """Test loss, hold-out loss and KTA: means over the choices `signs` and their opposites, and those of the first.

    One refinement with residuals in float64 takes what the float32 Gram matrix costs, up to 1e-4, below 1e-7.
    """
    n, (odd, rest) = len(signs), labels["holdout"].T
    targets = np.column_stack([odd, rest[:, None] * signs])
    S, wide = (phi["holdout"].T @ phi["holdout"]).astype(np.float64), phi["holdout"].astype(np.float64)
    norm, b = float(np.linalg.norm(S)), wide.T @ targets
    S[np.diag_indices_from(S)] += ridge * n
    factor = cho_factor(S, lower=True, overwrite_a=True, check_finite=False)
    w = cho_solve(factor, b, check_finite=False)
    w += cho_solve(factor, wide.T @ (targets - wide @ w) - ridge * n * w, check_finite=False)
    misfit = targets - wide @ w
    error = np.column_stack([labels["test"][:, 0], np.zeros((len(phi["test"]), signs.shape[1]))])
    error -= phi["test"].astype(np.float64) @ w
    spare = labels["test"][:, 1]
    plain = error[:, 0] + error[:, 1] + spare
    return [
        (_square(error) + float(np.mean(spare**2)), float(np.mean(plain**2))),
        (_square(misfit), float(np.mean((misfit[:, 0] + misfit[:, 1]) ** 2))),
        _alignment(b, targets, norm),
    ]


def _square(parts: NDArray) -> float:
    """Mean square over rows of the first column plus or minus another, over the others."""
    squares = np.mean(parts**2, axis=0)
    return float(squares[0] + squares[1:].mean())


def _alignment(b: NDArray, targets: NDArray, norm: float) -> tuple[float, float]:
    """KTA of the first column of labels plus or minus another: mean over the others, and that of their first."""
    both = [
        np.sum((b[:, :1] + s * b[:, 1:]) ** 2, axis=0)
        / np.sum((targets[:, :1] + s * targets[:, 1:]) ** 2, axis=0)
        for s in (1.0, -1.0)
    ]
    return float(np.mean(both)) / norm, float(both[0][0]) / norm
