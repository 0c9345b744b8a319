"""What can be asked for of a draw, by name: sim's groups of observables, the norms of an update, one's own measurement.

Each is described once: the kind of run that measures it, what it needs, what it costs, the code behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.observables.group import Group, Sizes

__all__ = [
    "CUSTOM",
    "UPDATE_NORMS",
    "Asked",
    "asked_in_training",
    "asked_of",
    "group_names",
    "training_group_names",
]

UPDATE_NORMS = "update-norms"
CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What can be asked for under one name.

    Attributes
    ----------
    name : str
    run : str
        The kind of run, a name in `verify.running.kinds.table`.
    modules : tuple of str
        Where its numbers are made: the run's module of `sim`, and the group's.
    steps : tuple of int
        Updates made when it can be measured: what its kind of run knows to make; none: any number.
    needs_update, needs_eta : bool
        Whether it is of an update; and of one with a learning rate.
    samples : tuple of {"train", "holdout", "test"}
        Sets of samples that are kept while it is measured.
    second_stage : bool
        Whether its numbers depend on the ridge stage's constants.
    work : callable (Sizes) -> float
        Floating-point operations beside the gradient's.
    """

    name: str
    run: str
    modules: tuple[str, ...]
    steps: tuple[int, ...]
    needs_update: bool
    needs_eta: bool
    samples: tuple[str, ...] = ()
    second_stage: bool = False
    work: "Callable[[Sizes], float]"


@lru_cache(maxsize=1)
def _all() -> dict[str, Asked]:
    from sim.observables.table import GROUP_NAMES, group_named

    return {
        UPDATE_NORMS: _update_norms(),
        **{name: _of_sim(group_named(name)) for name in GROUP_NAMES},
        CUSTOM: _custom(),
    }


def group_names() -> tuple[str, ...]:
    """Every name, sim's groups in their own order."""
    return tuple(_all())


def asked_of(name: str) -> Asked:
    """What is asked for under a name.

    Raises
    ------
    ValueError
        There is none of that name; the known ones are listed.
    """
    if name not in _all():
        raise ValueError(f"groups must be of {', '.join(group_names())}; got {name!r}")
    return _all()[name]


def training_group_names() -> tuple[str, ...]:
    """Every name that a run of many steps can be asked for: sim's groups, and those of a run."""
    from sim.observables.table import COURSE_GROUP_NAMES, GROUP_NAMES

    return (*GROUP_NAMES, *COURSE_GROUP_NAMES)


@lru_cache(maxsize=64)
def asked_in_training(name: str) -> Asked:
    """What is asked for under a name at a step of a run of many steps, whichever step.

    Raises
    ------
    ValueError
        There is none of that name; the known ones are listed.
    """
    from sim.observables.table import group_named

    if name not in training_group_names():
        raise ValueError(f"groups must be of {', '.join(training_group_names())}; got {name!r}")
    group = group_named(name)
    return replace(
        _of_sim(group),
        run="training",
        modules=("sim.runs.probes", group.measure.__module__),
        steps=(),
        needs_update=True,
        needs_eta=True,
    )


def _of_sim(group: "Group") -> Asked:
    return Asked(
        name=group.name,
        run="first-step",
        modules=("sim.runs.first_step", group.measure.__module__),
        steps=(0,) if group.of == "gradient" else (1,),
        needs_update=group.of != "gradient",
        needs_eta=group.of != "gradient",
        samples=group.samples,
        second_stage=group.features,
        work=group.work,
    )


def _update_norms() -> Asked:
    return Asked(
        name=UPDATE_NORMS,
        run="update-norms",
        modules=("sim.runs.update_norms",),
        steps=(1,),
        needs_update=True,
        needs_eta=False,
        work=lambda sizes: 3000.0 * sizes.N * sizes.d,
    )


def _custom() -> Asked:
    """A measurement's own functions say nothing of their work: as much as another gradient, and a spectrum an update."""
    return Asked(
        name=CUSTOM,
        run="custom",
        modules=("sim.network.two_layer",),
        steps=(1,),
        needs_update=False,
        needs_eta=False,
        samples=("holdout", "test"),
        work=lambda s: 4.0 * s.n * s.N * s.d + s.updates * 12.0 * max(s.N, s.d) * min(s.N, s.d) ** 2,
    )
