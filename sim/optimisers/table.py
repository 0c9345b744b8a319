"""Every optimiser that there is, by name: a new one is a file of its own beside this one, and a line here."""

from importlib import import_module

from sim.optimisers.constant import Constant
from sim.optimisers.optimiser import Optimiser

__all__ = ["MODULES", "OPTIMISER_NAMES", "every_constant", "optimiser_named"]

MODULES = {
    "adam": "adam",
    "gd": "gd",
}  # sim/optimisers/MODULE.py, which says the rest in its OPTIMISER

OPTIMISER_NAMES = tuple(MODULES)


def optimiser_named(name: str) -> Optimiser:
    """The optimiser of that name.

    Raises
    ------
    ValueError
        If the table has none.
    """
    if name not in MODULES:
        known = ", ".join(f'"{each}"' for each in MODULES)
        raise ValueError(f"optimiser must be one of {known}; got {name!r}")
    found: Optimiser = import_module(f"sim.optimisers.{MODULES[name]}").OPTIMISER
    return found


def every_constant() -> tuple[Constant, ...]:
    """The constants of all optimisers, each once.

    Raises
    ------
    ValueError
        If two optimisers mean something else by one name.
    """
    found: dict[str, Constant] = {}
    for name in MODULES:
        for constant in optimiser_named(name).constants:
            if found.setdefault(constant.name, constant) != constant:
                raise ValueError(
                    f"constants must have one meaning each; {name} has another {constant.name!r}"
                )
    return tuple(found.values())
