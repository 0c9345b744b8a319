"""A pass over drawn samples, block by block: inputs drawn ahead, outputs and slopes from one visit to Z.

The work of a block is cut into parts of neurons, one or more per thread; sums go in the order of parts and
blocks, whatever finishes first.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend
from sim.draw import DRAW_BLOCK, Draw
from sim.setting import Setting
from sim.threads import Workers

__all__ = [
    "BLOCK_ROWS",
    "PART_ROWS",
    "Pass",
    "neuron_parts",
    "output_and_slopes",
    "residuals",
    "sample_blocks",
]

BLOCK_ROWS = 4096  # samples of a block: long enough for the products, short enough for memory
PART_ROWS = 3072  # neurons of a product: fewer, and packing X anew for each product starts to cost
LEAST_PART = 16  # neurons; below it a thread costs more than it brings


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pass:
    """What every part of a pass needs: the network, where it lives, and who works."""

    setting: Setting
    backend: Backend
    pool: Workers
    W: Array
    a: Array

    @classmethod
    def begin(cls, draw: Draw, W: Array, a: Array, *, backend: Backend, pool: Workers) -> "Pass":
        """Check the shapes and bring W and a to the backend in the dtype of the draw."""
        setting = draw.setting
        shapes, wanted = (tuple(W.shape), tuple(a.shape)), ((setting.N, setting.d), (setting.N,))
        if shapes != wanted:
            raise ValueError(f"W and a must have the shapes {wanted}, got {shapes}")
        W, a = (backend.asarray(array, draw.dtype) for array in (W, a))
        return cls(setting=setting, backend=backend, pool=pool, W=W, a=a)

    @property
    def parts(self) -> list[slice]:
        """The neurons of each task; a device takes all at once."""
        if not self.backend.on_host:
            return [slice(0, self.setting.N)]
        return neuron_parts(self.setting.N, self.pool.threads)

    def map(self, function: Callable[..., Result], *items: Sequence) -> list[Result]:
        """`function` of the items: by the host's threads, or one call after the other that a device queues."""
        if self.backend.on_host:
            return self.pool.map(lambda arguments: function(*arguments), list(zip(*items, strict=True)))
        return [function(*arguments) for arguments in zip(*items, strict=True)]


def neuron_parts(N: int, threads: int) -> list[slice]:
    """Neurons cut evenly: a multiple of `threads` parts of at most PART_ROWS, fewer when N is small."""
    count = min(threads * math.ceil(N / (threads * PART_ROWS)), max(1, N // LEAST_PART))
    return [slice(i, j) for i, j in pairwise(N * part // count for part in range(count + 1))]


def _blocks(samples: int, block_rows: int | None) -> list[tuple[int, int]]:
    rows = BLOCK_ROWS if block_rows is None else block_rows
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1 or rows % DRAW_BLOCK:
        raise ValueError(f"block_rows must be a positive multiple of {DRAW_BLOCK}, got {rows!r}")
    return [(start, min(start + rows, samples)) for start in range(0, samples, rows)]


def sample_blocks(
    draw: Draw, kind: str, samples: int, *, block_rows: int | None, pool: Workers
) -> Iterator[tuple[NDArray, NDArray]]:
    """Blocks (X, y) of host arrays, each drawn by the pool while its predecessor is in use.

    Two buffers take turns, so a block is valid until the next one is asked for.
    """
    blocks = _blocks(samples, block_rows)
    beta = draw.teacher_direction()
    longest = blocks[0][1]
    shapes = ((longest, draw.setting.d), (longest,))
    buffers = [[np.empty(shape, draw.dtype) for shape in shapes] for _ in blocks[:2]]

    def begin(index: int) -> tuple[NDArray, NDArray, list["Future[None]"]]:
        start, stop = blocks[index]
        X, y = (buffer[: stop - start] for buffer in buffers[index % 2])

        def fill(rows: slice) -> None:
            draw.fill_samples(kind, start, rows, X, y, beta)

        return X, y, pool.submit(fill, draw.pieces(start, stop))

    following = begin(0)
    for index in range(len(blocks)):
        X, y, tasks = following
        for task in tasks:
            task.result()
        if index + 1 < len(blocks):
            following = begin(index + 1)
        yield X, y


def output_and_slopes(run: Pass, X: Array, part: slice, factor: float | None) -> tuple[Array, Array | None]:
    """A part's share of sqrt(N) f(X), float64 (rows,), and factor a_i sigma'(z_ik), (part, rows).

    Each chunk of Z is visited once, while it is in cache. Without a factor the second is None.
    """
    backend, setting, xp = run.backend, run.setting, run.backend.xp
    Z = run.W[part, :] @ X.T
    a = run.a[part]
    f = xp.zeros(X.shape[0], dtype=xp.float64, device=backend.device)
    for rows in backend.chunks(Z.shape[0], Z.shape[1]):
        z = Z[rows, :] if setting.input_scale == 1.0 else Z[rows, :] * setting.input_scale
        value, slope = setting.sigma.value_and_derivative(backend, z)
        f = f + xp.astype(a[rows] @ value, xp.float64)
        if factor is not None:
            Z[rows, :] = slope * (factor * a[rows])[:, None]
    return f, (None if factor is None else Z)


def residuals(run: Pass, shares: Sequence[Array], y: Array) -> Array:
    """r = f(X) - y in float64 from the parts' shares, added in their order."""
    f = shares[0]
    for share in shares[1:]:
        f = f + share
    return f / math.sqrt(run.setting.N) - run.backend.xp.astype(y, run.backend.xp.float64)
