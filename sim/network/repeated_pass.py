"""The gradient of eq. 8 at one set of weights after another: the arrays of a pass are made once and written into again.

To the last bit `sim.network.two_layer.gradient`'s: the same products, chunks and order of sums. On a device arrays are
made anew at every pass, where that costs little.
"""

import math
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.functions.compiled import Loops
from sim.functions.in_place import in_place, one_less_square
from sim.network.samples import TrainingSamples
from sim.network.streaming import BLOCK_ROWS, Pass, neuron_parts
from sim.network.two_layer import mean_loss_factor, summed_gradient
from sim.threads import Scratch, Workers

__all__ = ["RepeatedGradient", "cached_rows", "in_order_or_by"]


Result = TypeVar("Result")

CACHED = 1 << 15  # elements: several passes over them stay close to the core


class RepeatedGradient:
    """Gradients on a draw's training set, many of them.

    Parameters
    ----------
    draw : Draw
    backend : Backend
    pool : Workers
    keep : bool
        Whether the samples stay in memory (`TrainingSamples`).
    scale : float
        Factor of the mean of squares: n for their sum.
    loops : Loops, optional
        Compiled loops for what stands between the two products, to the same bits.
    """

    def __init__(
        self, draw: Draw, *, backend: Backend, pool: Workers, keep: bool, scale: float = 1.0,
        loops: Loops | None = None,
    ) -> None:  # fmt: skip
        self.draw, self.backend, self.pool, self.scale = draw, backend, pool, scale
        self.samples = TrainingSamples(draw, backend=backend, keep=keep)
        self.factor = mean_loss_factor(draw.setting) * scale
        self._arrays = _Arrays(draw, pool) if backend.on_host else None
        self.residuals: Array | None = None
        self._scratch, self._student, self._loops = Scratch(), in_place(draw.setting.sigma), loops

    def at(
        self, W: Array, a: Array, *, given: Array | None = None, keep: bool = False
    ) -> tuple[Array, float]:
        """(G, loss) at these weights; G is valid until the next call, and not to be written into.

        Parameters
        ----------
        W, a : arrays (N, d) and (N,)
        given : array (n,), float64, optional
            Residuals in place of the network's own; the loss is then theirs.
        keep : bool
            Whether the residuals are to be found in `residuals` afterwards.
        """
        squares, kept = [0.0], list[Array]()

        def seen(X: Array, y: Array, r: Array) -> None:
            squares[0] += float(self.backend.xp.sum(r * r))
            if keep:
                kept.append(r)

        if self._arrays is None:
            run = Pass.begin(self.draw, W, a, backend=self.backend, pool=self.pool)
            G = summed_gradient(run, self.samples.blocks(self.pool), self.factor, seen, given)
        else:
            G = self._on_host(self._arrays, W, a, seen, given)
        self.residuals = self.backend.xp.concat(kept) if keep else None
        return G, squares[0] / self.draw.setting.n * self.scale

    def _on_host(
        self, arrays: "_Arrays", W: NDArray, a: NDArray, seen: Callable[..., None], given: NDArray | None
    ) -> NDArray:
        scaled, start = self.factor * a, 0
        for index, (X, y) in enumerate(self.samples.blocks(self.pool)):
            Z = arrays.block(len(X))

            def forward(part: slice, X: NDArray = X, Z: NDArray = Z) -> NDArray:
                return self._forward(W[part], a[part], X, Z[part])

            shares = in_order_or_by(self.pool, forward, arrays.parts)
            r = sum(shares[1:], start=shares[0]) / math.sqrt(len(W)) - y.astype(np.float64)
            if given is not None:
                r = given[start : start + len(X)]
            start += len(X)
            single = r.astype(W.dtype)

            def backward(
                part: slice, X: NDArray = X, Z: NDArray = Z, r: NDArray = single, first: bool = index == 0
            ) -> None:
                self._slopes(Z[part], scaled[part, None], r)
                if first:
                    np.matmul(Z[part], X, out=arrays.G[part])
                else:
                    arrays.G[part] += np.matmul(Z[part], X, out=arrays.further[part])

            in_order_or_by(self.pool, backward, arrays.parts)
            seen(X, y, r)
        return arrays.G

    def _forward(self, W: NDArray, a: NDArray, X: NDArray, Z: NDArray) -> NDArray:
        """A part's share of sqrt(N) f(X); what the slopes are made of is left in Z."""
        np.matmul(W, X.T, out=Z)
        f, scale = np.zeros(len(X)), self.draw.setting.input_scale
        for rows in self.backend.chunks(*Z.shape):
            z = Z[rows]
            if scale != 1.0:
                z *= scale
            f += a[rows] @ self._student.value(z, self._scratch.array(z.shape, z.dtype))
        return f

    def _slopes(self, Z: NDArray, scaled: NDArray, r: NDArray) -> None:
        """factor a_i sigma'(z_ik) r_k, where `_forward` left what they are made of."""
        student, loops = self._student, self._loops
        for rows in cached_rows(*Z.shape):
            z = Z[rows]
            if loops is not None and student.slope is one_less_square:
                loops.tanh_slopes(z, scaled[rows, 0], r)
                continue
            student.slope(z)
            if loops is not None:
                loops.slopes(z, scaled[rows, 0], r)
            else:
                z *= scaled[rows]
                z *= r


class _Arrays:
    """What a pass on the host writes into: sums, and a block of Z that becomes the slopes."""

    def __init__(self, draw: Draw, pool: Workers) -> None:
        n, N, d = draw.setting.n, draw.setting.N, draw.setting.d
        self.parts = neuron_parts(N, pool.threads)
        self.Z = np.empty(N * min(n, BLOCK_ROWS), draw.dtype)
        self.G = np.empty((N, d), draw.dtype)
        self.further = np.empty((N, d), draw.dtype) if n > BLOCK_ROWS else self.G

    def block(self, rows: int) -> NDArray:
        """Room for Z of a block of samples."""
        N = len(self.G)
        return self.Z[: N * rows].reshape(N, rows)


def cached_rows(rows: int, width: int) -> Iterator[slice]:
    """Rows by so few that several passes over them stay close to the core."""
    step = max(1, CACHED // max(1, width))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def in_order_or_by(pool: Workers, function: Callable[[slice], Result], parts: list[slice]) -> list[Result]:
    """A function of parts: by the pool, or one after the other where it has one thread (its futures cost more)."""
    if pool.threads == 1 or len(parts) == 1:
        return [function(part) for part in parts]
    return pool.map(function, parts)
