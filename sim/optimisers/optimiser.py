"""What an optimiser says of itself; `sim.optimisers.table` lists those that there are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.optimisers.constant import Constant

__all__ = ["Optimiser"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimiser:
    """One optimiser, by what everybody else needs to know of it.

    Attributes
    ----------
    name : str
        Its name on the command line, in records and in `sim.optimisers.update.Update`.
    title : str
        Its name in tables, figures and statements.
    step : callable (state, G, **options) -> (state, D)
        The next state and the update's matrix D in the shape, dtype and backend of G, neither written into; the state is
        None before the first gradient, and the caller takes W - eta D.
    constants : tuple of Constant
        Of its own: what `step` takes by name beside the state and G, an `Update` holds and the command line offers.
    state : type or None
        Of what it remembers from one step to the next; None where it remembers nothing.
    is_gradient : bool
        Whether D is the gradient itself, so that tables call it G.
    rows : callable (state, G, rows, D, **options) -> None, or None
        The same step for some rows of NumPy arrays that the caller owns: D of these rows is written, and so is what the
        state holds of them; many steps need no new arrays then. The caller counts the state's `step`. None: `step` is taken.
    begin : callable (state, G) -> state, or None
        A state that `rows` may write into: of None, before the first gradient, or of one that `step` gave.
    """

    name: str
    title: str
    step: Callable[..., tuple[Any, Any]]
    constants: tuple[Constant, ...] = ()
    state: type | None = None
    is_gradient: bool = False
    rows: Callable[..., None] | None = None
    begin: Callable[[Any, Any], Any] | None = None
