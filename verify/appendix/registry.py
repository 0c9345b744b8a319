"""The items that a command has, each fetched from the module that `verify.appendix.ids` names for it."""

from importlib import import_module

from verify.appendix.ids import ELSEWHERE
from verify.appendix.item import Item

__all__ = ["items_of"]


def items_of(command: str) -> tuple[Item, ...]:
    """The `Item`s of a command, in its table's order; each is one of its module's `ITEMS`.

    Raises
    ------
    LookupError
        A module has no item of that id.
    """
    found = []
    for id, module in ELSEWHERE[command].items():
        items = {item.id: item for item in import_module(f"{command}.{module}").ITEMS}
        if id not in items:
            raise LookupError(f"{command}.{module} has no item {id!r}; it has {', '.join(items)}")
        found.append(items[id])
    return tuple(found)
