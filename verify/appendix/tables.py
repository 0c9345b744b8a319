"""The tables of the appendix; each lives in a module tables_*.py of this package."""

from verify.appendix import (
    tables_activations,
    tables_n,
    tables_norms,
    tables_predictions,
    tables_steps,
    tables_verdicts,
)
from verify.appendix.item import Item

__all__ = ["ITEMS"]

ITEMS: tuple[Item, ...] = (
    *tables_norms.ITEMS,
    *tables_steps.ITEMS,
    *tables_n.ITEMS,
    *tables_predictions.ITEMS,
    *tables_activations.ITEMS,
    *tables_verdicts.ITEMS,
)
