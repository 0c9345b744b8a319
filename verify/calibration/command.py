"""`python -m verify.calibration`: do the judges keep their error rates, and does the catalogue notice bugs?

`run` prints nothing and needs no file but for the mutated copies' own; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict, Unpack

from verify.commands.options import options_of, parse_options
from verify.commands.spec import SHELL_ONLY, CommandSpec, takes_options

if TYPE_CHECKING:
    from pathlib import Path

    from verify.calibration.experiment import CalibrationResult

__all__ = ["SPEC", "CalibrationKeywords", "main", "run"]

SPEC = CommandSpec(
    name="verify.calibration",
    description=(
        "Counts the judges' false findings on synthetic records, and the seeded bugs of sim and theory that the quick "
        "catalogue notices. Both, unless one is named."
    ),
    names=("false_alarms", "bugs", "quick", "threads", "out", "store", "fresh", "quiet", "json"),
    meanings={
        "quick": "few replicates, three bugs",
        "json": "what was counted as JSON on stdout and nothing else",
        "store": "the clean run's records",
    },
    shell_only=(*SHELL_ONLY, "fresh"),  # there is nothing to resume from without --out
)


class CalibrationKeywords(TypedDict, total=False):
    """What `run` takes."""

    false_alarms: bool
    bugs: bool
    quick: bool
    threads: int | None
    store: "Path | str | None"


@takes_options(SPEC)
def run(**options: Unpack[CalibrationKeywords]) -> "CalibrationResult":
    """Calibrate.

    Parameters
    ----------
    **options
        All optional: `false_alarms`, `bugs` (True: only what is named), `quick` (few replicates, three bugs),
        `threads`, `store` (a directory for the clean run's records).

    Raises
    ------
    UsageError
        An unknown option, or a value outside its domain.
    """
    from verify.calibration.report import calibrated_by

    return calibrated_by(options_of(SPEC, options))


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    options = parse_options(SPEC, argv)
    from verify.calibration.report import report

    return report(options)
