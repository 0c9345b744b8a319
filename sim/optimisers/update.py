"""Which update is taken: the optimiser by its name, its constants, the learning rate."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any, Literal

from sim.optimisers.table import optimiser_named

__all__ = ["Convention", "Update", "learning_rate", "update_of"]

Convention = Literal["corrected", "uncorrected"]
PAPERS = ("adam", "eps")  # constants that have a field


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One update of an optimiser's; a field that is none of its constants means nothing to it.

    Parameters
    ----------
    optimiser : str
        A name in `sim.optimisers.table`.
    adam : {"corrected", "uncorrected"}
        Adam's bias correction.
    eps : float, finite, >= 0
        Added to sqrt(V); 0 makes the first step of Adam the exact sign.
    eta : float, finite, >= 0; or None
        Learning rate; None where only the update's matrix is measured.
    constants : tuple of (name, value)
        The optimiser's own constants beside `adam` and `eps`; one that is left out has its default.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind or outside its domain, or the optimiser has no such constant.
    """

    optimiser: str = "adam"
    adam: Convention = "corrected"
    eps: float = 0.0
    eta: float | None = None
    constants: tuple[tuple[str, float | str], ...] = ()

    def __post_init__(self) -> None:
        own = optimiser_named(self.optimiser).constants
        for constant in optimiser_named("adam").constants:  # checked even where they mean nothing
            object.__setattr__(self, constant.name, constant.checked(getattr(self, constant.name)))
        if self.eta is not None:
            object.__setattr__(self, "eta", _non_negative("eta", self.eta))
        given = dict(self.constants)
        further = {constant.name: constant for constant in own if constant.name not in PAPERS}
        unknown = [name for name in given if name not in further]
        if unknown:
            known = ", ".join(further) or "none"
            raise ValueError(f"constants of {self.optimiser} must be of: {known}; got {unknown[0]!r}")
        held = tuple((name, each.checked(given.get(name, each.default))) for name, each in further.items())
        object.__setattr__(self, "constants", held)

    def __repr__(self) -> str:
        """As a dataclass's, without `constants` where there are none."""
        shown = [field.name for field in fields(self) if field.name != "constants" or self.constants]
        return f"Update({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    @property
    def options(self) -> dict[str, Any]:
        """The optimiser's constants, as its `step` takes them."""
        held = {name: getattr(self, name) for name in PAPERS} | dict(self.constants)
        return {constant.name: held[constant.name] for constant in optimiser_named(self.optimiser).constants}

    @property
    def rule(self) -> tuple[Any, ...]:
        """What fixes D given the gradient: all but eta, and nothing that means nothing to the optimiser."""
        return (self.optimiser, *self.options.values())

    @property
    def title(self) -> str:
        """The optimiser in words."""
        return optimiser_named(self.optimiser).title

    def key(self) -> dict[str, Any]:
        """The columns of records.csv that this update fixes; None where a column does not apply."""
        options = self.options
        return {
            "optimiser": self.optimiser,
            "adam": options.get("adam"),
            "eps": options.get("eps"),
            "eta": self.eta,
            **dict(self.constants),
        }


def update_of(optimiser: str, values: Mapping[str, Any], *, eta: float | None = None) -> Update:
    """The update of an optimiser whose constants are found by name among `values`; what is not there has its default."""
    own = [each.name for each in optimiser_named(optimiser).constants if each.name in values]
    further = tuple((name, values[name]) for name in own if name not in PAPERS)
    papers: dict[str, Any] = {name: values[name] for name in own if name in PAPERS}
    return Update(optimiser=optimiser, eta=eta, constants=further, **papers)


def _non_negative(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not 0.0 <= float(value) < math.inf:
        raise ValueError(f"{name} must be finite and at least 0, got {value!r}")
    return float(value)


def learning_rate(update: Update) -> float:
    """The update's eta, where weights are moved by it.

    Raises
    ------
    ValueError
        If it has none.
    """
    if update.eta is None:
        raise ValueError(f"an update that moves weights must have a learning rate eta; got {update!r}")
    return update.eta
