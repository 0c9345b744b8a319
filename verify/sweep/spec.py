"""The options of a command that sweeps over learning rates: one cell, one optimiser, many etas."""

from collections.abc import Sequence

from verify.commands.keywords import ExperimentKeywords, UpdateKeywords
from verify.commands.option_table import CONSTANTS
from verify.commands.spec import SHELL_ONLY, CommandSpec

__all__ = ["SweepKeywords", "sweep_spec"]


class SweepKeywords(ExperimentKeywords, UpdateKeywords, total=False):
    """What `run` takes; `sizes` holds one cell."""

    eta: Sequence[float] | None


def sweep_spec(name: str, description: str) -> CommandSpec:
    """The spec of a command of that name."""
    return CommandSpec(
        name=name,
        description=description,
        names=(
            "student", "teacher", "teacher_direction", "parametrisation", "noise", "sizes", "optimiser", *CONSTANTS,
            "eta", "seeds", "first_seed", "max_seeds", "dtype", "backend", "error_rate", "memory_limit", "threads",
            "fresh", "out", "store", "quick", "dry_run", "quiet", "json",
        ),
        defaults={"sizes": ((2000, 1500, 1000),), "seeds": 40},
        quick={"sizes": ((400, 300, 200),)},
        meanings={"sizes": "the one size that is run"},
        otherwise={"eta": "0.25 to 20 times the predicted threshold"},
        shell_only=(*SHELL_ONLY, "quick"),
    )  # fmt: skip
