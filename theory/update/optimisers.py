"""The optimisers whose first update theory knows; everything that depends on one refuses any other."""

from typing import Literal, get_args

__all__ = ["KNOWN", "Optimiser", "known_optimiser"]

Optimiser = Literal["adam", "gd"]
KNOWN: tuple[Optimiser, ...] = get_args(Optimiser)


def known_optimiser(name: str) -> Optimiser:
    """`name`, if theory knows the optimiser.

    Raises
    ------
    ValueError
        If it does not.
    """
    for known in KNOWN:
        if name == known:
            return known
    raise ValueError(f"optimiser must be one of {', '.join(KNOWN)}, got {name!r}; theory knows no other")
