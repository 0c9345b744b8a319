"""Which updates theory has predictions for; it is asked nothing about any other."""

from typing import TYPE_CHECKING

from verify.problem.update import Update

if TYPE_CHECKING:
    from theory.update.optimisers import Optimiser

__all__ = ["known", "missing_theory"]


def known(update: Update) -> "Optimiser":
    """The update's optimiser as theory names it.

    Raises
    ------
    ValueError
        If theory does not know it: what theory says of another optimiser is no prediction of this one's.
    """
    from theory.update.optimisers import known_optimiser

    return known_optimiser(update.optimiser)


def missing_theory(update: Update) -> str:
    """Why nothing is predicted of the update whatever the problem; empty where something may be."""
    from theory.update.optimisers import KNOWN

    return "" if update.optimiser in KNOWN else f"theory does not know the optimiser {update.optimiser}"
