"""An optimiser's first update as an option: which, with which constants and learning rate."""

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["STILL", "adam", "gd", "Optimiser", "Convention", "Update"]

Optimiser = Literal["adam", "gd"]
Convention = Literal["corrected", "uncorrected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An optimiser's first update, without its learning rate where only its shape is measured (`eta` None)."""

    optimiser: Optimiser = "adam"
    adam: Convention = "corrected"
    eps: float = 0.0
    eta: float | None = None

    def key(self) -> dict[str, Any]:
        """The columns of records.csv that this update fixes; None where a column does not apply."""
        is_adam = self.optimiser == "adam"
        return {
            "optimiser": self.optimiser,
            "adam": self.adam if is_adam else None,
            "eps": self.eps if is_adam else None,
            "eta": self.eta,
        }


def adam(eta: float, eps: float = 0.0) -> Update:
    """One corrected FB-Adam step."""
    return Update(optimiser="adam", eta=eta, eps=eps)


def gd(eta: float) -> Update:
    """One GD step."""
    return Update(optimiser="gd", eta=eta)


STILL = adam(0.0)  # eta = 0 is the same for both optimisers
