"""How a run of many steps goes beside its update: schedule, weight normalisation, loss."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from verify.problem.update import Update

if TYPE_CHECKING:
    from sim.runs.training import Rule

__all__ = ["Training"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """The fields of `sim.runs.training.Rule` beside the update, which checks them."""

    gamma: float = 1.0
    step_size: int = 1
    weight_normalisation: Literal["off", "paper", "released"] = "off"
    loss: Literal["mean", "sum"] = "mean"

    def rule(self, update: Update) -> "Rule":
        """The simulator's form."""
        from sim.runs.training import Rule

        return Rule(
            update=update,
            gamma=self.gamma,
            step_size=self.step_size,
            weight_normalisation=self.weight_normalisation,
            loss=self.loss,
        )

    def key(self) -> dict[str, Any]:
        """What a record's key says of it."""
        return asdict(self)
