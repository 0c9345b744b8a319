"""The figures of the appendix, in the order of the paper; each lives in a module figures_*.py of this package."""

from verify.appendix.item import Item

__all__ = ["ITEMS"]

ITEMS: tuple[Item, ...] = ()
