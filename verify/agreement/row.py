"""A prediction's row in the making: its value, margin, reading and lies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verify.problem.update import Update
from verify.running.design import Readings

__all__ = ["RivalValue", "PredictedRow", "Read", "read_as", "row_of", "step_without_eps"]

Read = Callable[[Readings], float]

LIE_MARGINS = 3.0  # the lie that every row has: off by so many margins


@dataclass(frozen=True, slots=True, kw_only=True)
class RivalValue:
    """A rival's value of the same reading, or of a reading of its own (paired with the run's own numbers)."""

    name: str
    value: float
    read: Read | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedRow:
    """One number before the data: its value, how far off it may be, how it is read, what it must refute."""

    quantity: str
    where: str
    value: float
    margin: float
    stated: str
    read: Read
    rivals: tuple[RivalValue, ...]

    @property
    def lies(self) -> tuple[RivalValue, ...]:
        """What the same data must refute: the rivals that two margins can tell from it, and a value further off."""
        kept = tuple(
            lie
            for lie in self.rivals
            if lie.read is not None or abs(lie.value - self.value) > 2.0 * self.margin
        )
        off = RivalValue(name=f"off by {LIE_MARGINS:g} margins", value=self.value + LIE_MARGINS * self.margin)
        return (*kept, off)


def step_without_eps(optimiser: str, eta: float) -> Update:
    """FB-Adam is the sign update here: eps = 0, as the predictions assume."""
    return Update(optimiser=optimiser, eta=eta)


def row_of(
    quantity: str,
    where: str,
    value: float,
    read: Read,
    *,
    share: float = 0.0,
    absolute: float = 0.0,
    rivals: Mapping[str, float] | None = None,
) -> PredictedRow:
    """A row whose margin is a share of the value, or absolute."""
    return PredictedRow(
        quantity=quantity,
        where=where,
        value=float(value),
        margin=absolute or share * abs(value),
        stated=f"{absolute:g}" if absolute else f"{100 * share:g} %",
        read=read,
        rivals=tuple(RivalValue(name=name, value=rival) for name, rival in (rivals or {}).items()),
    )


def read_as(name: str, update: Update | None = None) -> Read:
    return lambda readings: readings.at(update, name)
