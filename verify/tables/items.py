"""The tables of the appendix."""

from verify.appendix.ids import items_of
from verify.appendix.item import Item

__all__ = ["ITEMS"]

ITEMS: tuple[Item, ...] = items_of("verify.tables")
