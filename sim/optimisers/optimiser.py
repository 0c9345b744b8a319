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
    advance : callable (state, G, rows, **options) -> D of these rows, or None
        The same step for some rows of arrays that the caller owns, writing into those of the state: many steps need no
        new arrays. Its `state` is made by `begin`. None: `step` is taken.
    begin : callable (G) -> state, or None
        The state before the first step of `advance`, arrays of zeros like G.
    """

    name: str
    title: str
    step: Callable[..., tuple[Any, Any]]
    constants: tuple[Constant, ...] = ()
    state: type | None = None
    is_gradient: bool = False
    advance: Callable[..., Any] | None = None
    begin: Callable[[Any], Any] | None = None
