"""Updates of rows by the compiled loops of `sim.functions.compiled`, to the same bits as in NumPy."""

from collections.abc import Callable
from functools import partial

from numpy.typing import NDArray

from sim.functions.compiled import Loops
from sim.optimisers.adam import AdamState, adam_denominator, adam_rows

__all__ = ["rows_with"]


def rows_with(loops: Loops | None, rows: Callable[..., None] | None) -> Callable[..., None] | None:
    """`Optimiser.rows` as it is, or its compiled twin where there are loops and it has one."""
    return partial(_adam_rows, loops) if loops is not None and rows is adam_rows else rows


def _adam_rows(
    loops: Loops, state: AdamState, G: NDArray, rows: slice, D: NDArray, *, adam: str, eps: float
) -> None:
    if state.step == 0:
        adam_rows(state, G, rows, D, adam=adam, eps=eps)
        return
    b1, b2 = state.b1, state.b2
    factor, added = adam_denominator(state, G, adam=adam, eps=eps)
    numbers = map(G.dtype.type, (b1, 1.0 - b1, b2, 1.0 - b2, factor, added))
    loops.adam(G[rows], state.M[rows], state.V[rows], D, *numbers)
