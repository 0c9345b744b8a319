"""`python -m verify.calibration`: do the judges keep their error rates, and does the catalogue notice bugs?

`run` prints nothing and needs no file but for the mutated copies' own; `main` is the command around it.
"""

import time
from collections.abc import Sequence
from typing import Any

from verify.calibration.experiment import CalibrationResult, calibrate
from verify.commands.options import check_values, parse_options

__all__ = ["NAMES", "main", "run"]

NAMES = ("false_alarms", "bugs", "quick", "threads", "out", "store", "fresh", "quiet", "json")
PYTHON_NAMES = ("false_alarms", "bugs", "quick", "threads", "store")
DESCRIPTION = (
    "Counts the judges' false findings on synthetic records, and the seeded bugs of sim and theory that the quick "
    "catalogue notices. Both, unless one is named."
)


def run(**options: Any) -> CalibrationResult:
    """Calibrate.

    Parameters
    ----------
    **options
        All optional: ``false_alarms``, ``bugs`` (True: only what is named), ``quick`` (few replicates, three bugs),
        ``threads``, ``store`` (a directory for the clean run's records).

    Raises
    ------
    UsageError
        An unknown option, or a value outside its domain.
    """
    return calibrate(**check_values(PYTHON_NAMES, options))


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.calibration.report import report

    options = parse_options(argv, prog="verify.calibration", description=DESCRIPTION, names=NAMES)
    return report(options, started=time.time())
