"""The tables of the appendix; each lives in a module tables_*.py of this package."""

from verify.appendix import tables_norms
from verify.appendix.item import Item

__all__ = ["ITEMS"]

ITEMS: tuple[Item, ...] = (*tables_norms.ITEMS,)
