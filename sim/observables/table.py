"""Every group of observables that there is, in the order in which they are measured: a new one is a file and a line here.

Those in `COURSE_MODULES` are of a run of several steps; the others of any step, the first one's too.
"""

from importlib import import_module

from sim.observables.group import Group

__all__ = ["COURSE_GROUP_NAMES", "COURSE_MODULES", "GROUP_NAMES", "MODULES", "group_named"]

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

COURSE_MODULES = {
    "moved": "moved",
    "path": "path",
    "overlaps": "overlaps",
}

GROUP_NAMES = tuple(MODULES)
COURSE_GROUP_NAMES = tuple(COURSE_MODULES)


def group_named(name: str) -> Group:
    """The group of that name.

    Raises
    ------
    ValueError
        If the table has none; the known ones are listed.
    """
    modules = MODULES | COURSE_MODULES
    if name not in modules:
        raise ValueError(f"observables must be among {', '.join(modules)}, got {name!r}")
    found: Group = import_module(f"sim.observables.{modules[name]}").GROUP
    return found
