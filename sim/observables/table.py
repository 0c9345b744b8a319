"""The groups of observables that a first step can be asked for, in the order in which they are measured: a line each."""

from sim.observables.gradient import GRADIENT
from sim.observables.group import Group
from sim.observables.ridge import RIDGE
from sim.observables.spectrum import SPECTRUM, UPDATE_SPECTRUM
from sim.observables.tails import TAILS
from sim.observables.top import TOP
from sim.observables.training_loss import TRAINING_LOSS
from sim.observables.update import UPDATE

__all__ = ["GROUPS", "group_named"]

GROUPS: dict[str, Group] = {
    group.name: group
    for group in (
        GRADIENT,
        UPDATE,
        UPDATE_SPECTRUM,
        TRAINING_LOSS,
        RIDGE,
        TOP,
        SPECTRUM,
        TAILS,
    )
}


def group_named(name: str) -> Group:
    """The group of that name.

    Raises
    ------
    ValueError
        If there is none; the known ones are listed.
    """
    if name not in GROUPS:
        raise ValueError(f"observables must be among {', '.join(GROUPS)}, got {name!r}")
    return GROUPS[name]
