"""W_1 x for every sample and learning rate: W_0 x and D x are formed once, each eta then costs a sum.

Rounding: W_0 x - eta D x and (W_0 - eta D) x differ by some eps of the dtype times eta |D x|, as large as
what storing W_1 in that dtype does to it anyway.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from sim.backend import Array, Backend
from sim.draw import DRAW_BLOCK, Draw
from sim.measures.readout import Blocks
from sim.optimisers.step import moved_weights
from sim.threads import Workers

__all__ = ["Moved", "SampleProducts"]

_ROWS = 8 * DRAW_BLOCK

Moved = Mapping[str, list[Array]]
"""D x by blocks, for every set of samples."""


class SampleProducts:
    """The products of one draw's samples with its first layer and its updates.

    Parameters
    ----------
    draw : Draw
    W : array (N, d), W_0 on the backend
    counts : mapping of "train", "holdout", "test" to numbers of samples
    keep : bool
        Whether W_0 x is kept, (samples x N) numbers, with as many for each `update`; without, every pass over
        a set draws its inputs anew and multiplies.
    backend : Backend
    """

    def __init__(
        self, draw: Draw, W: Array, counts: Mapping[str, int], *, keep: bool, backend: Backend
    ) -> None:
        self.draw = replace(draw, threads=1)  # blocks are the unit of parallel work here
        self.W, self.counts, self.keep, self.backend = W, dict(counts), keep, backend
        self.base: dict[str, list[tuple[Array, Array]]] = {}

    def _block(self, kind: str, start: int) -> tuple[Array, Array]:
        """(X, y) on the backend, from sample number `start` on."""
        X, y = self.draw.sample_block(kind, start, min(start + _ROWS, self.counts[kind]))
        return self.backend.asarray(X), self.backend.asarray(y)

    def _samples(self, kind: str) -> Iterator[tuple[Array, Array]]:
        for start in range(0, self.counts[kind], _ROWS):
            yield self._block(kind, start)

    def _times(self, X: Array, W: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            return X @ self.backend.xp.matrix_transpose(W)

    def of_update(self, D: Array, *, pool: Workers) -> Moved | None:
        """D x for every set; None if products are not kept. The first call forms W_0 x as well."""
        if not self.keep:
            return None
        first = not self.base

        def multiply(item: tuple[str, int]) -> tuple[Array | None, Array, Array]:
            X, y = self._block(*item)
            return (self._times(X, self.W) if first else None), self._times(X, D), y

        items = [(kind, start) for kind, count in self.counts.items() for start in range(0, count, _ROWS)]
        moved: dict[str, list[Array]] = {kind: [] for kind in self.counts}
        for (kind, _), (base, change, y) in zip(items, pool.map(multiply, items), strict=True):
            if first:
                self.base.setdefault(kind, []).append((base, y))
            moved[kind].append(change)
        return moved

    def blocks(self, kind: str, W: Array, moved: Moved | None, eta: float) -> Blocks:
        """W x and labels of one set, to be gone through any number of times, where W = W_0 - eta D."""
        if moved is None:
            return lambda: ((self._times(X, W), y) for X, y in self._samples(kind))
        parts = [
            (moved_weights(product, change, eta), y)
            for (product, y), change in zip(self.base[kind], moved[kind], strict=True)
        ]
        return lambda: parts
