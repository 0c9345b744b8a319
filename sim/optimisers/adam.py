"""Full-batch Adam as a pure function: (state, G) -> (state, D); the caller takes W - eta D.

array_api_compat is imported where an array is at hand: an update is named by much that never sees one.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from sim.optimisers.constant import Constant
from sim.optimisers.optimiser import Optimiser

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.backend import Array

__all__ = [
    "ADAM",
    "EPS",
    "OPTIMISER",
    "AdamState",
    "adam_begin",
    "adam_denominator",
    "adam_rows",
    "adam_update",
]

ADAM = Constant(
    name="adam", default="corrected", choices=("corrected", "uncorrected"), meaning="bias correction"
)
EPS = Constant(name="eps", default=0.0, metavar="EPS", meaning="Adam's eps; 0: the exact sign")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AdamState:
    """Moments after `step` gradients.

    After one gradient the moments are (1 - b1) G and (1 - b2) G*G, so only G itself is kept; they become
    arrays when a second gradient comes.
    """

    step: int
    first: "Array" = None
    M: "Array" = None
    V: "Array" = None
    b1: float = 0.9
    b2: float = 0.999

    def moments(self) -> "tuple[Array, Array]":
        """M and V of eqs. 4 and 5, without bias correction."""
        if self.M is not None:
            return self.M, self.V
        return (1.0 - self.b1) * self.first, (1.0 - self.b2) * (self.first * self.first)


def _first_update(G: "Array", *, adam: str, eps: float, b1: float, b2: float) -> "Array":
    """D_0, without squares or roots: M and sqrt(V) are multiples of G and |G|."""
    from array_api_compat import array_namespace

    xp = array_namespace(G)
    if eps == 0.0:
        D = xp.sign(G)
        return D if adam == "corrected" else D * ((1.0 - b1) / math.sqrt(1.0 - b2))
    if adam == "corrected":
        return G / (xp.abs(G) + eps)
    return ((1.0 - b1) * G) / (math.sqrt(1.0 - b2) * xp.abs(G) + eps)


def _in_dtype(eps: float, G: "Array") -> float:
    """`eps`, or 0 where it rounds to 0 in the dtype of `G`: beside a zero of `G` it would leave 0/0."""
    from array_api_compat import array_namespace

    limits = array_namespace(G).finfo(G.dtype)
    return _above(eps, float(limits.smallest_normal) * float(limits.eps))


def _above(eps: float, least: float) -> float:
    """`eps`, or 0 where it rounds to 0 beside `least`, the smallest number above 0 of a type (a subnormal one)."""
    return eps if eps > 0.5 * least else 0.0


@lru_cache(maxsize=8)
def _least(dtype: "np.dtype") -> float:
    """That of a NumPy type; to ask for it costs as much as a pass over a small array."""
    import numpy as np

    limits = np.finfo(dtype)
    return float(limits.smallest_normal) * float(limits.eps)


def _check(adam: str, eps: float, b1: float, b2: float) -> None:
    ADAM.checked(adam), EPS.checked(eps)
    for name, b in (("b1", b1), ("b2", b2)):
        if not 0.0 <= b < 1.0:
            raise ValueError(f"{name} must lie in [0, 1), got {b!r}")


def adam_update(
    state: AdamState | None,
    G: "Array",
    *,
    adam: Literal["corrected", "uncorrected"] = "corrected",
    eps: float,
    b1: float = 0.9,
    b2: float = 0.999,
) -> "tuple[AdamState, Array]":
    """One full-batch Adam update D (the paper's eqs. 4 and 5) in the shape, dtype and backend of `G`.

    Parameters
    ----------
    state : AdamState or None
        None before the first gradient (M = V = 0).
    G : array
        The gradient; it is kept by reference in the first state, so the caller must not write into it.
    adam : {"corrected", "uncorrected"}
        With bias correction, as torch.optim.Adam; or without, as the equations are written.
    eps : float, >= 0
        Added to sqrt(V); below the dtype's range it acts as 0. With 0 the first update is sign(G), exactly,
        times (1-b1)/sqrt(1-b2) if uncorrected; a zero of G stays zero, and at later steps an entry with
        V = 0 gets 0.

    Raises
    ------
    ValueError
        If a parameter is outside its domain.
    """
    from array_api_compat import array_namespace

    _check(adam, eps, b1, b2)
    eps = _in_dtype(eps, G)
    if state is None:
        return AdamState(step=1, first=G, b1=b1, b2=b2), _first_update(G, adam=adam, eps=eps, b1=b1, b2=b2)
    if (state.b1, state.b2) != (b1, b2):
        raise ValueError(f"b1, b2 must stay {state.b1}, {state.b2} as in the state, got {b1}, {b2}")
    xp = array_namespace(G)
    step = state.step + 1
    before_M, before_V = state.moments()
    M = b1 * before_M + (1.0 - b1) * G
    V = b2 * before_V + (1.0 - b2) * (G * G)
    factor, added = _denominator(step, adam=adam, eps=eps, b1=b1, b2=b2)
    added = _in_dtype(added, G)
    root = factor * xp.sqrt(V) + added
    numerator = M
    if added == 0.0:
        zero = root == 0
        root = xp.where(zero, xp.ones_like(root), root)
        numerator = xp.where(zero, xp.zeros_like(numerator), numerator)
    return AdamState(step=step, M=M, V=V, b1=b1, b2=b2), numerator / root


def _denominator(step: int, *, adam: str, eps: float, b1: float, b2: float) -> tuple[float, float]:
    """(k, e) of D = M/(k sqrt(V) + e): bias corrections cost no pass of their own."""
    if adam == "uncorrected":
        return 1.0, eps
    first = 1.0 - b1**step
    return first / math.sqrt(1.0 - b2**step), first * eps


def adam_denominator(state: AdamState, G: "NDArray", *, adam: str, eps: float) -> tuple[float, float]:
    """(k, e) of the next D = M/(k sqrt(V) + e) of NumPy arrays; an e that rounds to 0 is 0."""
    least = _least(G.dtype)
    factor, added = _denominator(state.step + 1, adam=adam, eps=_above(eps, least), b1=state.b1, b2=state.b2)
    return factor, _above(added, least)


def adam_begin(state: AdamState | None, G: "NDArray") -> AdamState:
    """A state whose moments are arrays that `adam_rows` may write into."""
    import numpy as np

    if state is None:
        return AdamState(step=0, M=np.zeros_like(G), V=np.zeros_like(G))
    M, V = state.moments()
    return AdamState(step=state.step, M=M, V=V, b1=state.b1, b2=state.b2)


def adam_rows(state: AdamState, G: "NDArray", rows: slice, D: "NDArray", *, adam: str, eps: float) -> None:
    """D of some rows on the host, the same to the last bit as `adam_update`'s; M and V of these rows are written."""
    import numpy as np

    g, b1, b2 = G[rows], state.b1, state.b2
    M, V = state.M[rows], state.V[rows]
    if state.step == 0:
        np.multiply(g, 1.0 - b1, out=M)
        np.multiply(g, g, out=V)
        V *= 1.0 - b2
        D[...] = _first_update(g, adam=adam, eps=_above(eps, _least(G.dtype)), b1=b1, b2=b2)
        return
    M *= b1
    np.multiply(g, 1.0 - b1, out=D)
    M += D
    np.multiply(g, g, out=D)
    D *= 1.0 - b2
    V *= b2
    V += D
    factor, added = adam_denominator(state, G, adam=adam, eps=eps)
    np.sqrt(V, out=D)
    D *= factor
    D += added
    zero = D == 0 if added == 0.0 else None
    if zero is None or not zero.any():
        np.divide(M, D, out=D)
    else:
        D[zero] = 1.0
        np.divide(M, D, out=D)
        D[zero] = 0.0


OPTIMISER = Optimiser(
    name="adam",
    title="FB-Adam",
    step=adam_update,
    constants=(ADAM, EPS),
    state=AdamState,
    rows=adam_rows,
    begin=adam_begin,
)
