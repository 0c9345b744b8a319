"""Hypothesis strategies for theorem tests of one's own: settings, ratios, functions, small networks, structured matrices.

Public API (docs/strategies.md). Needs hypothesis, which the `test` extra brings; it is imported when a strategy
is asked for, so that this module can be imported, and documented, without it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.draw import DRAW_BLOCK
from sim.setting import Setting

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from sim.runs.training import Rule

__all__ = [
    "ODD_STUDENTS", "STUDENTS", "TEACHERS", "Network", "Structured", "cells", "gradient_of", "loss_of",
    "low_rank_matrices", "matrices_with_singular_values", "networks", "orthogonal_matrices", "permutations",
    "ratios", "settings", "sign_matrices", "signs", "singular_values", "students", "teachers", "trained_of",
]  # fmt: skip

ODD_STUDENTS = ("tanh", "erf", "sin", "linear")
STUDENTS = (*ODD_STUDENTS, "centred-softplus", "centred-silu", "softplus", "silu")
TEACHERS = ("softplus", "tanh", "erf", "sin", "silu", "linear")
Float = NDArray[np.float64]
Signs = Literal["random", "rank-one", "block", "hadamard", "one flip"]


def _hypothesis() -> Any:
    try:
        import hypothesis.strategies as st
    except ImportError:
        raise ImportError(
            "verify.strategies needs hypothesis, which is not installed: pip install 'bulkspike[test]'"
        ) from None
    return st


# -- numbers, names, settings -----------------------------------------------------------------------------------------


def ratios(low: float = 1 / 16, high: float = 16.0) -> "SearchStrategy[float]":
    """n/d or N/d, log-uniform in [low, high]; shrinks towards 1 where that is inside."""
    if not (0 < low < high < math.inf):
        raise ValueError(f"low and high must be finite with 0 < low < high, got {low!r}, {high!r}")
    st = _hypothesis()
    ends = math.log2(low), math.log2(high)
    return st.floats(*ends).map(lambda power: float(min(max(2.0**power, low), high)))


def cells(*, largest: int = 12) -> "SearchStrategy[tuple[int, int, int]]":
    """(n, N, d), each from 1 to `largest`, independently: wide, tall, single rows and all."""
    st = _hypothesis()
    size = st.integers(1, largest)
    return st.tuples(size, size, size)


def students(*, odd: bool | None = None) -> "SearchStrategy[str]":
    """Names of students; `odd` leaves those that are (True) or are not (False)."""
    st = _hypothesis()
    names = [name for name in STUDENTS if odd is None or (name in ODD_STUDENTS) == odd]
    return st.sampled_from(names)


def teachers() -> "SearchStrategy[str]":
    """Names of teachers, and Hermite series `hermite:c0,c1,...` of degree 1 to 4 with c1 != 0."""
    st = _hypothesis()
    coefficient = st.integers(-8, 8).map(lambda k: k / 4)
    first = st.integers(1, 8).map(lambda k: k / 4)
    series = st.tuples(coefficient, first, st.lists(coefficient, max_size=3)).map(
        lambda c: "hermite:" + ",".join(f"{x:g}" for x in (c[0], c[1], *c[2]))
    )
    return st.one_of(st.sampled_from(TEACHERS), series)


def settings(
    *, largest: int = 12, odd: bool | None = None, parametrisations: Sequence[str] = ("ntk", "mean-field")
) -> "SearchStrategy[Setting]":
    """Settings of small problems with the default direction of the teacher; noise 0 to 1."""
    st = _hypothesis()

    def setting(
        sizes: tuple[int, int, int],
        student: str,
        teacher: str,
        parametrisation: Literal["ntk", "mean-field"],
        noise: float,
    ) -> Setting:
        n, N, d = sizes
        return Setting(
            n=n, N=N, d=d, student=student, teacher=teacher, parametrisation=parametrisation, noise=noise
        )

    return st.builds(
        setting, cells(largest=largest), students(odd=odd), teachers(), st.sampled_from(list(parametrisations)),
        st.integers(0, 10).map(lambda k: k / 10),
    )  # fmt: skip


# -- small networks ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """A network with its training set, in float64 and read-only; `but` gives one with other arrays.

    Attributes
    ----------
    setting : Setting
    X : (n, d); y : (n,); W : (N, d); a : (N,); beta : (d,)
    """

    setting: Setting
    X: Float
    y: Float
    W: Float
    a: Float
    beta: Float

    def but(
        self, *, setting: Setting | None = None, X: NDArray | None = None, y: NDArray | None = None,
        W: NDArray | None = None, a: NDArray | None = None, beta: NDArray | None = None,
    ) -> "Network":  # fmt: skip
        """The same with some fields exchanged; sizes stay."""
        return Network(
            setting=self.setting if setting is None else setting,
            X=self.X if X is None else _read_only(X),
            y=self.y if y is None else _read_only(y),
            W=self.W if W is None else _read_only(W),
            a=self.a if a is None else _read_only(a),
            beta=self.beta if beta is None else _read_only(beta),
        )


def _read_only(array: NDArray) -> Float:
    own = np.array(array, dtype=np.float64)
    own.setflags(write=False)
    return own


def networks(
    *, largest: int = 12, odd: bool | None = None, parametrisations: Sequence[str] = ("ntk", "mean-field")
) -> "SearchStrategy[Network]":
    """Drawn networks of `settings`, Gaussian as in Assumption B.1."""
    st = _hypothesis()
    chosen = settings(largest=largest, odd=odd, parametrisations=parametrisations)
    return st.builds(_drawn, chosen, st.integers(0, 2**32 - 1))


def _drawn(setting: Setting, seed: int) -> Network:
    from sim.draw import Draw

    draw = Draw(setting=setting, seed=seed, dtype="float64", threads=1)
    X, y = draw.sample_block("train", 0, setting.n)
    arrays = {"X": X, "y": y, "W": draw.weights(), "a": draw.readout(), "beta": draw.teacher_direction()}
    return Network(setting=setting, **{name: _read_only(array) for name, array in arrays.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What `sim.network.two_layer` asks of a draw, answered by given samples."""

    network: Network
    dtype: str = "float64"

    @property
    def setting(self) -> Setting:
        return self.network.setting

    def teacher_direction(self) -> Float:
        return self.network.beta

    def weights(self) -> Float:
        return self.network.W

    def readout(self) -> Float:
        return self.network.a

    def pieces(self, start: int, stop: int) -> list[slice]:
        return [slice(at, min(at + DRAW_BLOCK, stop)) for at in range(start, stop, DRAW_BLOCK)]

    def fill_samples(self, kind: str, start: int, rows: slice, X: NDArray, y: NDArray, beta: NDArray) -> None:
        here = slice(rows.start - start, rows.stop - start)
        X[here], y[here] = self.network.X[rows], self.network.y[rows]


def gradient_of(network: Network) -> Float:
    """G, the gradient of eq. 8 on the network's own samples, by `sim.network`; shape (N, d)."""
    from sim.backend import get_backend
    from sim.network.two_layer import gradient

    draw: Any = _Given(network=network)
    found = gradient(draw, network.W, network.a, backend=get_backend("numpy", threads=1))
    return np.asarray(found.G, dtype=np.float64)


def trained_of(network: Network, rule: "Rule", steps: int) -> Float:
    """W after so many steps on the network's own samples, by `sim.runs.training`; shape (N, d)."""
    from sim.backend import get_backend
    from sim.runs.training import start_state, trained

    draw: Any = _Given(network=network)
    backend = get_backend("numpy", threads=1)
    start = start_state(draw, backend=backend)
    *_, last = trained(draw, rule, start, until=steps, backend=backend)
    return np.asarray(last.state.W, dtype=np.float64)


def loss_of(network: Network) -> float:
    """Mean squared error on the network's own samples, by `sim.network`'s forward pass."""
    from sim.backend import get_backend
    from sim.network.two_layer import residual

    r = residual(
        network.W, network.a, network.X, network.y, setting=network.setting, backend=get_backend("numpy", threads=1)
    )  # fmt: skip
    return float(np.mean(np.asarray(r) ** 2))


# -- matrices with known structure ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structured:
    """A matrix and what is known of it: its rank, and its singular values where they were given."""

    matrix: Float
    rank: int
    singular_values: Float | None = None


def singular_values(*, most: int = 8, largest: float = 100.0) -> "SearchStrategy[Float]":
    """Descending vectors of 1 to `most` values in [0, largest]; ties and zeros occur."""
    st = _hypothesis()
    value = st.integers(0, 64).map(lambda k: largest * k / 64)
    return st.lists(value, min_size=1, max_size=most).map(lambda v: np.array(sorted(v, reverse=True)))


def orthogonal_matrices(d: int) -> "SearchStrategy[Float]":
    """Haar-distributed orthogonal matrices, shape (d, d)."""
    st = _hypothesis()
    return st.integers(0, 2**32 - 1).map(lambda seed: _frame(np.random.default_rng(seed), d, d))


def permutations(size: int) -> "SearchStrategy[NDArray[np.int_]]":
    """Index arrays that permute `size` items."""
    st = _hypothesis()
    return st.permutations(range(size)).map(lambda order: np.array(order, dtype=int))


def signs(size: int) -> "SearchStrategy[Float]":
    """Vectors of +-1."""
    st = _hypothesis()
    return st.lists(st.sampled_from([1.0, -1.0]), min_size=size, max_size=size).map(np.array)


def matrices_with_singular_values(
    values: Sequence[float] | Float, *, rows: int | None = None, columns: int | None = None
) -> "SearchStrategy[Structured]":
    """Matrices with these singular values (further ones are 0) and Haar-distributed vectors."""
    s = np.sort(np.asarray(values, dtype=np.float64))[::-1].copy()
    if s.ndim != 1 or not len(s) or not np.isfinite(s).all() or s[-1] < 0:
        raise ValueError(f"values must be a non-empty vector of finite numbers >= 0, got {values!r}")
    N, d = rows or len(s), columns or len(s)
    if min(N, d) < len(s):
        raise ValueError(f"rows and columns must be at least {len(s)}, the number of values; got {N}, {d}")
    st = _hypothesis()

    def build(seed: int) -> Structured:
        rng = np.random.default_rng(seed)
        left, right = _frame(rng, N, len(s)), _frame(rng, d, len(s))
        full = np.concatenate([s, np.zeros(min(N, d) - len(s))])
        return Structured(matrix=(left * s) @ right.T, rank=int(np.count_nonzero(s)), singular_values=full)

    return st.integers(0, 2**32 - 1).map(build)


def low_rank_matrices(rank: int, *, rows: int, columns: int) -> "SearchStrategy[Structured]":
    """Matrices of exactly this rank without zero entries; a quarter of them heavy-tailed."""
    if not 1 <= rank <= min(rows, columns):
        raise ValueError(f"rank must be from 1 to min(rows, columns) = {min(rows, columns)}, got {rank!r}")
    st = _hypothesis()

    def build(seed: int, power: int) -> Structured:
        rng = np.random.default_rng([seed, power])
        left, right = (
            rng.standard_normal((rows, rank)) ** power,
            rng.standard_normal((rank, columns)) ** power,
        )
        return Structured(matrix=left @ right, rank=rank)

    return st.builds(build, st.integers(0, 2**32 - 1), st.sampled_from([1, 1, 1, 3]))


def sign_matrices(rows: int, columns: int, *, pattern: Signs | None = None) -> "SearchStrategy[Float]":
    """Matrices of +-1: random, of rank one, rank one with one entry flipped, in blocks, or rows of a Hadamard matrix."""
    st = _hypothesis()
    names: list[Signs] = ["random", "rank-one", "one flip", "block", "hadamard"]
    chosen = st.sampled_from(names) if pattern is None else st.just(pattern)
    return st.builds(lambda name, seed: _signs(name, rows, columns, seed), chosen, st.integers(0, 2**32 - 1))


def _signs(pattern: Signs, rows: int, columns: int, seed: int) -> Float:
    rng = np.random.default_rng(seed)
    u, v = rng.choice([-1.0, 1.0], rows), rng.choice([-1.0, 1.0], columns)
    S = np.outer(u, v)
    if pattern == "random":
        S = rng.choice([-1.0, 1.0], (rows, columns))
    elif pattern == "one flip":
        S[rng.integers(rows), rng.integers(columns)] *= -1.0
    elif pattern == "block":
        S[: rng.integers(rows + 1), : rng.integers(columns + 1)] *= -1.0
    elif pattern == "hadamard":
        from scipy.linalg import hadamard

        order = 1 << (max(rows, columns) - 1).bit_length()
        S = S * hadamard(order)[:rows, :columns]
    return S


def _frame(rng: np.random.Generator, size: int, columns: int) -> Float:
    """Orthonormal columns with Haar's law."""
    Q, R = np.linalg.qr(rng.standard_normal((size, columns)))
    return np.asarray(Q * np.where(np.diag(R) < 0, -1.0, 1.0), dtype=np.float64)
