"""The network, its loss and the gradient of eq. 8, streamed over blocks of samples.

Per block: Z = W X^T scaled, f and sigma'(Z), then r = f - y, then G += [(a r^T) * sigma'(Z)] X: forward and
backward in one pass, memory independent of n.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend
from sim.draw import DRAW_BLOCK, Draw
from sim.network.samples import TrainingSamples
from sim.network.streaming import BLOCK_ROWS, Pass, neuron_parts, output_and_slopes, residuals, sample_blocks
from sim.setting import Setting
from sim.threads import usable_threads, workers

__all__ = [
    "Gradient",
    "divergence_allowed",
    "features",
    "first_gradient",
    "forward",
    "gradient",
    "mean_loss_factor",
    "memory_needed",
    "residual",
    "summed_gradient",
    "training_loss",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gradient:
    """A full-batch gradient of the mean squared loss and what the same pass over the samples gives.

    Attributes
    ----------
    G : (N, d) array on the backend
    W, a : the layers it was taken at, on the backend
    residual_signal : (d,) float64, t = X^T r / n with r = f(X) - y
    label_signal : (d,) float64, X^T y / n
    residual_2, residual_4 : means of r^2 and r^4; the first is the loss
    zeros : entries of G that are exactly 0
    residual_moment_2, residual_moment_1 : (d, d) float64, or None if not asked for
        X^T diag(r^2) X / n and X^T diag(r) X / n
    """

    G: Array
    W: Array
    a: Array
    residual_signal: NDArray
    label_signal: NDArray
    residual_2: float
    residual_4: float
    zeros: int
    residual_moment_2: NDArray | None = None
    residual_moment_1: NDArray | None = None

    @property
    def loss(self) -> float:
        """Mean squared error on the training set."""
        return self.residual_2


def first_gradient(
    draw: Draw, *, backend: Backend, block_rows: int | None = None, second_moments: bool = False
) -> Gradient:
    """G_0: the gradient at the drawn W_0; see `gradient`."""
    W, a = backend.asarray(draw.weights()), backend.asarray(draw.readout())
    return gradient(draw, W, a, backend=backend, block_rows=block_rows, second_moments=second_moments)


def gradient(
    draw: Draw,
    W: Array,
    a: Array,
    *,
    backend: Backend,
    block_rows: int | None = None,
    second_moments: bool = False,
) -> Gradient:
    """Gradient of (1/n) sum_k (f(x_k) - y_k)^2 in W on the drawn training set (eq. 8, factor 2 included).

    Parameters
    ----------
    draw : Draw
        Which samples; its dtype is that of the computation.
    W, a : (N, d) and (N,) arrays of the host or the backend
    backend : Backend
    block_rows : int, optional
        Samples of a block, a multiple of 256; default 4096. Results depend on it by rounding only.
    second_moments : bool
        Also X^T diag(r^2) X / n and X^T diag(r) X / n, at the cost of two (d, n) x (n, d) products.

    Raises
    ------
    ValueError
        If a shape does not fit the setting or `block_rows` is no multiple of 256.

    Notes
    -----
    Memory: `memory_needed`; independent of n. Neither `W` nor `a` is written to.
    """
    setting = draw.setting
    factor = mean_loss_factor(setting)
    sums = _Sums(setting.d, second_moments)
    with divergence_allowed(), workers(backend.threads) as pool:
        run = Pass.begin(draw, W, a, backend=backend, pool=pool)
        samples = TrainingSamples(draw, backend=backend, keep=False, block_rows=block_rows)
        G = summed_gradient(run, samples.blocks(pool), factor, partial(sums.add, backend))
        zeros = sum(run.map(lambda part: _count_zeros(backend, G[part, :]), run.parts))
    return Gradient(G=G, W=run.W, a=run.a, zeros=zeros, **sums.means(setting.n))


def mean_loss_factor(setting: Setting) -> float:
    """What stands before the sum over samples in eq. 8, the loss being the mean of squares."""
    return 2.0 * setting.input_scale / (setting.n * math.sqrt(setting.N))


def summed_gradient(
    run: Pass,
    blocks: Iterable[tuple[Array, Array]],
    factor: float,
    seen: Callable[[Array, Array, Array], None],
    given: Array | None = None,
) -> Array:
    """factor times the sum over samples of [(a r^T) * sigma'] X, in a new array; `seen` gets X, y, r of every block.

    `given`: residuals of all samples, float64, in place of the network's own.
    """
    xp = run.backend.xp
    G = xp.zeros(run.W.shape, dtype=run.W.dtype, device=run.backend.device)
    parts, first = run.parts, 0
    for X, y in blocks:
        done = run.map(lambda part, X=X: output_and_slopes(run, X, part, factor), parts)
        own = residuals(run, [share for share, _ in done], y) if given is None else None
        r = given[first : first + X.shape[0]] if given is not None else own
        first += X.shape[0]
        slopes = [slope for _, slope in done]
        del done  # each part lets go of its slopes as soon as they are used
        _add_products(run, G, X, slopes, xp.astype(r, G.dtype))
        seen(X, y, r)
    return G


def divergence_allowed() -> np.errstate:
    """After a step that was far too large inf and nan are results, not warnings."""
    return np.errstate(over="ignore", invalid="ignore")


def _add_products(run: Pass, G: Array, X: Array, slopes: list[Array], r: Array) -> None:
    """G[part] += (slopes[part] * r) X; the slopes are used up."""

    def add(index: int, part: slice) -> None:
        slope, slopes[index] = slopes[index], None
        for rows in run.backend.chunks(slope.shape[0], slope.shape[1]):
            slope[rows, :] *= r
        G[part, :] += slope @ X

    run.map(add, range(len(slopes)), run.parts)


def _count_zeros(backend: Backend, G: Array) -> int:
    count = backend.xp.count_nonzero
    return sum(int(count(G[rows, :] == 0)) for rows in backend.chunks(G.shape[0], G.shape[1]))


class _Sums:
    """Running sums over samples, added block after block in float64 on the host."""

    def __init__(self, d: int, second_moments: bool) -> None:
        self.signals = np.zeros((d, 2))
        self.powers = np.zeros(2)
        self.moments = [np.zeros((d, d)), np.zeros((d, d))] if second_moments else None

    def add(self, backend: Backend, X: Array, y: Array, r: Array) -> None:
        """Take in a block."""
        xp = backend.xp
        columns = xp.stack([xp.astype(r, X.dtype), y], axis=1)
        self.signals += backend.to_numpy(_float64_product(backend, X, columns))
        square = r * r
        self.powers += [float(xp.sum(square)), float(xp.sum(square * square))]
        if self.moments is not None:
            scaled = X * columns[:, :1]
            self.moments[0] += backend.to_numpy(scaled.T @ scaled)
            self.moments[1] += backend.to_numpy(scaled.T @ X)

    def means(self, n: int) -> dict:
        """The fields of `Gradient` that these sums give."""
        second, first = (None, None) if self.moments is None else (moment / n for moment in self.moments)
        return {
            "residual_signal": self.signals[:, 0] / n,
            "label_signal": self.signals[:, 1] / n,
            "residual_2": float(self.powers[0] / n),
            "residual_4": float(self.powers[1] / n),
            "residual_moment_2": second,
            "residual_moment_1": first,
        }


def _float64_product(backend: Backend, X: Array, columns: Array) -> Array:
    """X^T columns: products of 256 rows in the dtype of X, added in float64."""
    xp = backend.xp
    total = xp.zeros((X.shape[1], columns.shape[1]), dtype=xp.float64, device=backend.device)
    for start in range(0, X.shape[0], DRAW_BLOCK):
        rows = slice(start, min(start + DRAW_BLOCK, X.shape[0]))
        total = total + xp.astype(X[rows, :].T @ columns[rows, :], xp.float64)
    return total


def features(W: Array, X: Array, *, setting: Setting, backend: Backend) -> Array:
    """Z = sigma(X W^T / sqrt d)/sqrt N (mean-field: without the sqrt d), shape (rows of X, N)."""
    Z = X @ W.T
    if setting.input_scale != 1.0:
        Z = Z * setting.input_scale
    return setting.sigma.value(backend, Z) / math.sqrt(setting.N)


def forward(W: Array, a: Array, X: Array, *, setting: Setting, backend: Backend) -> Array:
    """f(X), shape (rows of X,)."""
    return features(W, X, setting=setting, backend=backend) @ a


def residual(W: Array, a: Array, X: Array, y: Array, *, setting: Setting, backend: Backend) -> Array:
    """r = f(X) - y."""
    return forward(W, a, X, setting=setting, backend=backend) - y


def training_loss(
    draw: Draw,
    W: Array,
    a: Array,
    *,
    backend: Backend,
    kind: str = "train",
    samples: int | None = None,
    block_rows: int | None = None,
) -> float:
    """Mean squared error of the network on drawn samples, streamed over blocks.

    `kind` is "train", "holdout" or "test", `samples` how many of them (default n); the rest as in `gradient`.
    """
    count = draw.setting.n if samples is None else samples
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"samples must be a positive integer, got {samples!r}")
    total = 0.0
    with divergence_allowed(), workers(backend.threads) as pool:
        run = Pass.begin(draw, W, a, backend=backend, pool=pool)
        for block in sample_blocks(draw, kind, count, block_rows=block_rows, pool=pool):
            X, y = (backend.asarray(array) for array in block)
            done = run.map(lambda part, X=X: output_and_slopes(run, X, part, None), run.parts)
            r = residuals(run, [share for share, _ in done], y)
            total += float(backend.xp.sum(r * r))
    return total / count


def memory_needed(
    setting: Setting, dtype: str = "float32", block_rows: int | None = None, *, threads: int | None = None
) -> int:
    """Bytes that the arrays of one step with norms take at most; the interpreter's own are not in it.

    The larger of the gradient (W, G, two blocks of X, a block of slopes, one product per thread) and what
    follows it (W, G, D, Lanczos vectors).
    """
    item = np.dtype(dtype).itemsize
    N, d = setting.N, setting.d
    rows = BLOCK_ROWS if block_rows is None else block_rows
    blocks = min(2, math.ceil(setting.n / rows))
    rows = min(setting.n, rows)
    threads = usable_threads() if threads is None else threads
    part = max(piece.stop - piece.start for piece in neuron_parts(N, threads))
    streaming = 2 * N * d + blocks * rows * (d + 1) + rows * N + min(N, threads * part) * d
    lanczos = 8 * 64 * (N + d)
    return int(max(item * streaming, item * 3 * N * d + lanczos) + threads * (4 << 20))
