"""The ridge stage as an option."""

from dataclasses import dataclass

__all__ = ["SecondStage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStage:
    """The ridge stage: its constant and how many test samples the test loss is a mean over."""

    ridge: float = 0.01
    test_samples: int = 5000
