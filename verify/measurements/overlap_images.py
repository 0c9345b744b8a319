"""What figures measure and no group of `sim.runs.first_step` holds: overlap matrices, reduced to images.

An image has one entry per block of ranks, the largest squared overlap in it: single ranks at the top, so that the
corner O(1, 1) stays visible, then blocks whose ranks grow geometrically.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.measurements.names import exact
from verify.problem.update import Update
from verify.running.measurement import Measurement, measurement

if TYPE_CHECKING:
    from sim.backend import Array, Backend
    from sim.draw import Draw
    from sim.network.two_layer import Gradient

__all__ = ["SIDES", "images_at", "rank_blocks", "reduced"]

SIDES = ("left", "right")
BLOCKS = 40


def rank_blocks(k: int, blocks: int = BLOCKS) -> NDArray[np.int64]:
    """Edges of the blocks of ranks, 0-based: block b holds the ranks edges[b] to edges[b + 1] - 1.

    Examples
    --------
    >>> rank_blocks(20, 8).tolist()
    [0, 1, 2, 4, 6, 9, 13, 20]
    """
    wanted = np.geomspace(1.0, k + 1.0, blocks + 1)
    edges = np.round(wanted).astype(np.int64) - 1
    return np.unique(np.concatenate([edges, [k]]))


def reduced(overlaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest entry of every block."""
    edges = rank_blocks(overlaps.shape[0])[:-1]
    return np.maximum.reduceat(np.maximum.reduceat(overlaps, edges, axis=0), edges, axis=1)


def overlap_images(
    draw: "Draw", gradient: "Gradient", backend: "Backend", *, updates: Sequence[Update]
) -> dict[str, float]:
    """Images of O_U and O_V of W_0 and of W_1 with the update M_0, for updates of one rule.

    Readings are "left W_0[b,c]", "right W_1 0.1[b,c]" with the update's eta, by block of W's ranks and of M_0's.
    """
    from sim.optimisers.step import moved_weights, update_matrix

    D = update_matrix(updates[0], None, gradient.G)[1]
    step = _vectors(D, backend)
    weights = {"W_0": gradient.W}
    weights |= {f"W_1 {exact(u.eta)}": moved_weights(gradient.W, D, u.eta or 0.0) for u in updates}
    found: dict[str, float] = {}
    for name, W in weights.items():
        for side, ours, theirs in zip(SIDES, _vectors(W, backend), step, strict=True):
            image = reduced((ours.T @ theirs) ** 2)
            for (b, c), value in np.ndenumerate(image):
                found[f"{side} {name}[{b},{c}]"] = float(value)
    return found


def _vectors(A: "Array", backend: "Backend") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Singular vectors as columns, left and right, by falling singular value."""
    host = np.asarray(backend.to_numpy(A), np.float64)
    if not np.isfinite(host).all():  # where the run diverged
        k = min(host.shape)
        return np.full((host.shape[0], k), np.nan), np.full((host.shape[1], k), np.nan)
    U, _, Vt = np.linalg.svd(host, full_matrices=False)
    return U, Vt.T


def images_at(updates: Sequence[Update]) -> Measurement:
    """The images of these updates, all of one rule.

    Raises
    ------
    ValueError
        If the updates differ in more than eta.
    """
    rules = {update.rule for update in updates}
    if len(rules) != 1:
        raise ValueError(f"updates must be of one rule, got {len(rules)}")
    return measurement(overlap_images, updates=tuple(updates))
