"""The tables of the appendix."""

from verify.appendix.item import Item
from verify.appendix.registry import items_of

__all__ = ["ITEMS"]

ITEMS: tuple[Item, ...] = items_of("verify.tables")
