"""The options of a command that sweeps over learning rates: one cell, one optimiser, many etas."""

from collections.abc import Sequence

from verify.commands.keywords import (
    LookKeywords,
    PrecisionKeywords,
    ProblemKeywords,
    ResourceKeywords,
    StoreKeywords,
    UpdateKeywords,
)
from verify.commands.spec import SHELL_ONLY, CommandSpec

__all__ = ["SweepKeywords", "sweep_spec"]


class SweepKeywords(
    ProblemKeywords,
    UpdateKeywords,
    LookKeywords,
    PrecisionKeywords,
    ResourceKeywords,
    StoreKeywords,
    total=False,
):
    """What `run` takes; `sizes` holds one cell."""

    sizes: Sequence[tuple[int, int, int]]
    eta: Sequence[float] | None


def sweep_spec(name: str, description: str) -> CommandSpec:
    """The spec of a command of that name."""
    return CommandSpec(
        name=name,
        description=description,
        names=(
            "student", "teacher", "teacher_direction", "parametrisation", "noise", "sizes", "optimiser", "adam", "eps",
            "eta", "seeds", "first_seed", "max_seeds", "dtype", "backend", "error_rate", "memory_limit", "threads",
            "fresh", "out", "store", "quick", "dry_run", "quiet", "json",
        ),
        defaults={"sizes": ((2000, 1500, 1000),), "seeds": 40},
        quick={"sizes": ((400, 300, 200),)},
        shell_only=(*SHELL_ONLY, "quick"),
    )  # fmt: skip
