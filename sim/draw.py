"""Reproducible random arrays, by draw blocks of 256 rows.

Block b of array A is filled with standard normals, row by row, in float32, by its own generator
``SFC64(SeedSequence(seed, spawn_key=(stream, A, b)))``; float64 arrays are the same numbers widened. So a row
does not depend on how many rows are asked for, on compute blocks, threads or the backend. `DRAW_FORMAT`
changes whenever a number drawn for a given key does.
"""

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.backend import get_backend
from sim.functions.multi_index import MultiIndex
from sim.setting import Setting
from sim.threads import workers

__all__ = ["ARRAYS", "DRAW_BLOCK", "DRAW_FORMAT", "Draw", "stream_of"]

DRAW_FORMAT = 1
DRAW_BLOCK = 256

# the array's number A in the spawn key; part of the format
ARRAYS = MappingProxyType(
    {
        "W": 0,
        "a": 1,
        "beta": 2,
        "X": 3,
        "xi": 4,
        "holdout X": 5,
        "holdout xi": 6,
        "test X": 7,
        "test xi": 8,
        "fresh W": 9,
        "fresh a": 10,
        "further beta": 11,  # row i: direction i + 1 before it is made orthogonal to those above
        "start vectors": 16,  # and every number from 16 on: start vector i of Golub-Kahan has 16 + i
    }
)
SAMPLES = MappingProxyType(
    {"train": ("X", "xi"), "holdout": ("holdout X", "holdout xi"), "test": ("test X", "test xi")}
)


def stream_of(n: int, N: int, d: int) -> int:
    """First 32 bits of SHA-256 of "n,N,d": the stream under which cells of one seed are independent."""
    return int.from_bytes(hashlib.sha256(f"{n},{N},{d}".encode("ascii")).digest()[:4], "big")


def _generator(seed: int, stream: int, array: int, block: int) -> np.random.Generator:
    key = np.random.SeedSequence(seed, spawn_key=(stream, array, block))
    return np.random.Generator(np.random.SFC64(key))


def _natural(name: str, value: object, limit: int | None = None) -> int:
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    number = int(value.__index__())
    if number < 0 or (limit is not None and number >= limit):
        below = "" if limit is None else f" and below {limit}"
        raise ValueError(f"{name} must be at least 0{below}, got {number}")
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Everything random about one run of a setting, drawn anew (and identically) at each call.

    Parameters
    ----------
    setting : Setting
    seed : int >= 0
    stream : int, 0 <= stream < 2**32
        0 where runs are paired; `stream_of` where cells must be independent.
    dtype : {"float32", "float64"}
    threads : int, optional
        Host threads that draw; default every usable core. It changes no number.
    """

    setting: Setting
    seed: int
    stream: int = 0
    dtype: Literal["float32", "float64"] = "float32"
    threads: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", _natural("seed", self.seed))
        object.__setattr__(self, "stream", _natural("stream", self.stream, 2**32))
        name = str(np.dtype(self.dtype))
        if name not in ("float32", "float64"):
            raise ValueError(f"dtype must be 'float32' or 'float64', got {self.dtype!r}")
        object.__setattr__(self, "dtype", name)

    def weights(self, *, fresh: bool = False) -> NDArray:
        """W_0, shape (N, d), entries N(0,1), or N(0,1/d) in the mean-field parametrisation; `fresh`: of other neurons."""
        W = np.empty((self.setting.N, self.setting.d), self.dtype)
        self._fill("fresh W" if fresh else "W", W)
        if self.setting.weight_deviation != 1.0:
            W *= W.dtype.type(self.setting.weight_deviation)
        return W

    def readout(self, *, fresh: bool = False) -> NDArray:
        """a, shape (N,), entries N(0,1), or N(0,1/N) in the mean-field parametrisation; `fresh`: of other neurons."""
        a = self._vector("fresh a" if fresh else "a", self.setting.N)
        deviation = self.setting.readout_deviation
        return a if deviation == 1.0 else a * a.dtype.type(deviation)

    def teacher_direction(self) -> NDArray:
        """beta, shape (d,), a unit vector to the rounding of the dtype."""
        direction, d = self.setting.teacher_direction, self.setting.d
        if direction == "axis":
            beta = np.zeros(d)
            beta[0] = 1.0
        elif direction == "sphere":
            beta = self._vector("beta", d).astype(np.float64)
        else:
            beta = np.array(direction, np.float64)
        return (beta / np.linalg.norm(beta)).astype(self.dtype)

    def teacher_directions(self) -> NDArray:
        """Every direction of the teacher, orthonormal rows, shape (p, d) in float64; the first is `teacher_direction`."""
        teacher, first = self.setting.teacher, self.teacher_direction().astype(np.float64)
        count = teacher.directions if isinstance(teacher, MultiIndex) else 1
        rows = np.empty((count - 1, self.setting.d), np.float64)
        self._fill_from(ARRAYS["further beta"], rows, 0)
        found = [first / np.linalg.norm(first)]
        for row in rows:
            for _ in range(2):  # a second time, for the rounding of the first
                row = row - sum(float(row @ other) * other for other in found)
            found.append(row / np.linalg.norm(row))
        return np.stack(found)

    def start_vector(self, size: int, index: int = 0) -> NDArray:
        """Standard normals in float64, shape (size,): where Golub-Kahan starts on matrix number `index`."""
        out = np.empty((size, 1), np.float64)
        self._fill_from(ARRAYS["start vectors"] + _natural("index", index), out, 0)
        return out[:, 0]

    def sample_block(self, kind: str, start: int, stop: int) -> tuple[NDArray, NDArray]:
        """Rows start..stop of the inputs, shape (stop - start, d), and their labels, shape (stop - start,).

        `kind` is "train", "holdout" or "test"; there is no last row, the caller says how many there are.
        """
        start, stop = _natural("start", start), _natural("stop", stop)
        X = np.empty((max(0, stop - start), self.setting.d), self.dtype)
        y = np.empty(len(X), self.dtype)
        beta = self.teacher_direction()
        with workers(self.threads) as pool:
            pool.map(lambda rows: self.fill_samples(kind, start, rows, X, y, beta), self.pieces(start, stop))
        return X, y

    def pieces(self, start: int, stop: int) -> list[slice]:
        """Rows start..stop cut at the draw blocks' edges: what one task draws."""
        edges = [start, *range((start // DRAW_BLOCK + 1) * DRAW_BLOCK, stop, DRAW_BLOCK), stop]
        return [slice(i, j) for i, j in pairwise(edges) if j > i]

    def fill_samples(self, kind: str, start: int, rows: slice, X: NDArray, y: NDArray, beta: NDArray) -> None:
        """Draw the rows of one of `pieces` into `X` and `y`, whose first row is sample `start`."""
        if kind not in SAMPLES:
            raise ValueError(f"kind must be one of {', '.join(SAMPLES)}, got {kind!r}")
        inputs, noise = SAMPLES[kind]
        here = slice(rows.start - start, rows.stop - start)
        self._fill_from(ARRAYS[inputs], X[here], rows.start)
        # vecdot takes each row by itself: no label depends on which rows are drawn together
        if isinstance(self.setting.teacher, MultiIndex):
            directions = self.teacher_directions().astype(X.dtype)
            y[here] = self.setting.teacher.value(np.vecdot(X[here][:, None, :], directions[None]))
        else:
            y[here] = self.setting.sigma_star.value(get_backend("numpy"), np.vecdot(X[here], beta))
        if self.setting.noise > 0.0:
            xi = np.empty((rows.stop - rows.start, 1), self.dtype)
            self._fill_from(ARRAYS[noise], xi, rows.start)
            y[here] += y.dtype.type(self.setting.noise) * xi[:, 0]

    def _vector(self, array: str, size: int) -> NDArray:
        out = np.empty((size, 1), self.dtype)
        self._fill_from(ARRAYS[array], out, 0)
        return out[:, 0]

    def _fill(self, array: str, out: NDArray) -> None:
        with workers(self.threads) as pool:
            pool.map(
                lambda rows: self._fill_from(ARRAYS[array], out[rows], rows.start), self.pieces(0, len(out))
            )

    def _fill_from(self, array: int, out: NDArray, first: int) -> None:
        """Rows first, first + 1, .. of an array, written into `out`."""
        width = out.shape[1]
        for rows in self.pieces(first, first + len(out)):
            block, offset = divmod(rows.start, DRAW_BLOCK)
            rng = _generator(self.seed, self.stream, array, block)
            here = out[rows.start - first : rows.stop - first]
            if offset:
                rng.standard_normal((offset, width), dtype=np.float32)  # the block's earlier rows
            if here.dtype == np.float32 and here.flags.c_contiguous:
                rng.standard_normal(out=here, dtype=np.float32)
            else:
                here[...] = rng.standard_normal(here.shape, dtype=np.float32)
