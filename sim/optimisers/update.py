"""Which update is taken: the optimiser by its name, its constants, the learning rate."""

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

from sim.optimisers.table import optimiser_named

__all__ = ["Convention", "Update", "learning_rate"]

Convention = Literal["corrected", "uncorrected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One update of an optimiser's; a field that its optimiser does not list among its options means nothing to it.

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

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind or outside its domain.
    """

    optimiser: str = "adam"
    adam: Convention = "corrected"
    eps: float = 0.0
    eta: float | None = None

    def __post_init__(self) -> None:
        optimiser_named(self.optimiser)
        if self.adam not in ("corrected", "uncorrected"):
            raise ValueError(f'adam must be "corrected" or "uncorrected", got {self.adam!r}')
        object.__setattr__(self, "eps", _non_negative("eps", self.eps))
        if self.eta is not None:
            object.__setattr__(self, "eta", _non_negative("eta", self.eta))

    @property
    def options(self) -> dict[str, Any]:
        """The fields that mean something to the optimiser, as its `step` takes them."""
        return {name: getattr(self, name) for name in optimiser_named(self.optimiser).options}

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
        }


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
