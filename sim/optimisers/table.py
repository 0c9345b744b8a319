"""Every optimiser that there is: a new one is a file of its own beside this one, and its line here."""

from sim.optimisers.adam import OPTIMISER as ADAM
from sim.optimisers.gd import OPTIMISER as GD
from sim.optimisers.optimiser import Optimiser

__all__ = ["OPTIMISERS", "optimiser_named"]

OPTIMISERS: tuple[Optimiser, ...] = (
    ADAM,
    GD,
)

_BY_NAME = {optimiser.name: optimiser for optimiser in OPTIMISERS}


def optimiser_named(name: str) -> Optimiser:
    """The optimiser of that name.

    Raises
    ------
    ValueError
        If the table has none.
    """
    try:
        return _BY_NAME[name]
    except (KeyError, TypeError):
        known = ", ".join(f'"{known}"' for known in _BY_NAME)
        raise ValueError(f"optimiser must be one of {known}; got {name!r}") from None
