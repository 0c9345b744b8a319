"""`python -m verify.train`: many steps of GD or Adam, measured at any of them.

The runs are `run`'s, which prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack

from verify.commands.keywords import (
    PrecisionKeywords,
    ProblemKeywords,
    ResourceKeywords,
    StoreKeywords,
    UpdateKeywords,
)
from verify.commands.options import options_of, parse_options
from verify.commands.spec import SHELL_ONLY, CommandSpec, takes_options

if TYPE_CHECKING:
    from verify.train.runs import TrainingRuns

__all__ = ["SPEC", "TrainKeywords", "main", "run"]

SPEC = CommandSpec(
    name="verify.train",
    description=(
        "Trains past the first step and measures: full-batch GD or Adam, a schedule, weight normalisation; at each of "
        "--steps everything that the first step is measured by, and how far W has come. A call with more steps goes on "
        "from where the store has the run. One run uses one core; runs stand side by side."
    ),
    names=(
        "student", "teacher", "teacher_direction", "parametrisation", "noise", "sizes", "optimiser", "adam", "eps", "eta",
        "steps", "gamma", "step_size", "weight_normalisation", "seeds", "first_seed", "ridge", "test_samples", "overlaps",
        "null_draws", "state", "dtype", "backend", "memory_limit", "threads", "fresh", "out", "store", "save_states",
        "quick", "dry_run", "quiet", "json",
    ),
    defaults={
        "sizes": ((2000, 1500, 1000),), "seeds": 1, "eps": 1e-8, "steps": tuple(range(11)), "test_samples": 5000,
        "null_draws": 100,
    },
    quick={"sizes": ((400, 300, 200),)},
    meanings={
        "sizes": "the sizes that are trained",
        "seeds": "so many independent seeds of each size and learning rate",
        "threads": "how many runs stand side by side",
        "dry_run": "print runs, memory and time; run nothing",
        "json": "every reading by step as JSON on stdout and nothing else",
    },
    otherwise={"eta": "1; GD: 2000"},
    shell_only=(*SHELL_ONLY, "quick", "save_states"),
)  # fmt: skip


class TrainKeywords(
    ProblemKeywords, UpdateKeywords, PrecisionKeywords, ResourceKeywords, StoreKeywords, total=False
):
    """What `run` takes."""

    sizes: Sequence[tuple[int, int, int]]
    eta: Sequence[float] | None
    steps: Sequence[int]
    gamma: float
    step_size: int
    weight_normalisation: Literal["off", "paper", "released"]
    seeds: int
    first_seed: int
    ridge: float
    test_samples: int
    overlaps: bool
    null_draws: int
    state: "Path | str | None"


@takes_options(SPEC)
def run(**options: Unpack[TrainKeywords]) -> "TrainingRuns":
    """One training run per size, seed and learning rate.

    Parameters
    ----------
    **options
        The command's options by their names in Python, all optional; `store` None keeps the runs as long as the result.

    Returns
    -------
    runs : TrainingRuns
        A list of `TrainingRun`: readings by step, the loss before every step, the final state; with `to_frame()`.

    Raises
    ------
    UsageError
        An unknown option or a value outside its domain; a ValueError whose message is one line.

    Examples
    --------
    >>> [found] = run(sizes=[(80, 60, 40)], eta=[1.0], steps=[0, 1, 10], test_samples=100, store=None)
    >>> found.steps, len(found.losses), found.value("sim", step=1) > found.value("sim", step=0)
    ((0, 1, 10), 10, True)
    >>> found.final_state().W.shape
    (60, 40)
    """
    from verify.train.experiment import conduct, prepare

    return conduct(prepare(options_of(SPEC, options)))


def main(argv: Sequence[str]) -> int:
    """The command: parse, train, print, write the files; 0 unless something is wrong."""
    options = parse_options(SPEC, argv)
    from verify.train.report import dry_run, report

    return dry_run(options) if options["dry_run"] else report(options)
