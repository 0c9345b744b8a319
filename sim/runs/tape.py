"""The residuals of a run, step by step, for whoever is trained in their field."""

from collections.abc import Mapping

from sim.backend import Array

__all__ = ["Tape"]


class Tape:
    """The residuals of every step, n numbers each: recorded along a run, or played to other neurons in place of their own.

    Parameters
    ----------
    residuals : mapping of steps to arrays (n,), optional
        What is played; none: a tape that records.
    """

    def __init__(self, residuals: Mapping[int, Array] | None = None) -> None:
        self.plays, self.residuals = residuals is not None, dict(residuals or {})

    def played(self, step: int) -> Array | None:
        """The residuals of a step; None where the tape records.

        Raises
        ------
        ValueError
            It plays, and has no such step.
        """
        if self.plays and step not in self.residuals:
            raise ValueError(
                f"residuals must have step {step}, got steps up to {max(self.residuals, default=-1)}"
            )
        return self.residuals[step] if self.plays else None
