"""The training samples of many passes: kept in memory where they fit, drawn anew block by block where they do not."""

from collections.abc import Iterator

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.network.streaming import sample_blocks
from sim.threads import Workers

__all__ = ["TrainingSamples"]


class TrainingSamples:
    """Blocks (X, y) of a draw's training set on the backend, the same at every pass.

    Parameters
    ----------
    draw : Draw
    backend : Backend
    keep : bool
        Whether the blocks stay in memory, n (d + 1) numbers; the numbers are the same either way.
    block_rows : int, optional
        Samples of a block, as `sim.network.two_layer.gradient`.
    """

    def __init__(self, draw: Draw, *, backend: Backend, keep: bool, block_rows: int | None = None) -> None:
        self.draw, self.backend, self.keep, self.block_rows = draw, backend, keep, block_rows
        self._kept: list[tuple[Array, Array]] | None = None

    def blocks(self, pool: Workers) -> Iterator[tuple[Array, Array]]:
        """One pass, in the order of the samples; a block is valid until the next one is asked for."""
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[tuple[Array, Array]] = []
        for X, y in self._drawn(pool):
            block = (X.copy(), y.copy()) if self.keep and self.backend.on_host else (X, y)
            kept.append(block)
            yield block
            if not self.keep:
                kept.clear()
        if self.keep:
            self._kept = kept

    def _drawn(self, pool: Workers) -> Iterator[tuple[Array, Array]]:
        for X, y in sample_blocks(
            self.draw, "train", self.draw.setting.n, block_rows=self.block_rows, pool=pool
        ):
            yield self.backend.asarray(X), self.backend.asarray(y)
