"""Every group of observables that there is, in the order in which they are measured: a new one is a file and a line here."""

from importlib import import_module

from sim.observables.group import Group

__all__ = ["GROUP_NAMES", "MODULES", "group_named"]

MODULES = {
    "gradient": "gradient",
    "update": "update",
    "update_spectrum": "update_spectrum",
    "training_loss": "training_loss",
    "ridge": "ridge",
    "top": "top",
    "spectrum": "spectrum",
    "tails": "tails",
}  # sim/observables/MODULE.py, which says the rest in its GROUP

GROUP_NAMES = tuple(MODULES)


def group_named(name: str) -> Group:
    """The group of that name.

    Raises
    ------
    ValueError
        If the table has none; the known ones are listed.
    """
    if name not in MODULES:
        raise ValueError(f"observables must be among {', '.join(MODULES)}, got {name!r}")
    found: Group = import_module(f"sim.observables.{MODULES[name]}").GROUP
    return found
