"""An optimiser's update as `sim` has it, and the two that claims are about by short names."""

from sim.optimisers.table import optimiser_named
from sim.optimisers.update import Convention, Update

__all__ = ["STILL", "Convention", "Update", "adam", "gd", "title_of"]


def adam(eta: float, eps: float = 0.0) -> Update:
    """One corrected FB-Adam step."""
    return Update(optimiser="adam", eta=eta, eps=eps)


def gd(eta: float) -> Update:
    """One GD step."""
    return Update(optimiser="gd", eta=eta)


def title_of(optimiser: str) -> str:
    """The optimiser of that name in words."""
    return optimiser_named(optimiser).title


STILL = adam(0.0)  # eta = 0 is the same for every optimiser
