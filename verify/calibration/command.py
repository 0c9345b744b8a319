"""`python -m verify.calibration`: do the judges keep their error rates, and does the catalogue notice bugs?

`run` prints nothing and needs no file but for the mutated copies' own; `main` is the command around it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.calibration.bugs import BugRow, Laboratory, hunt
from verify.calibration.false_alarms import REPLICATES, AlarmRow, all_trials, count_alarms
from verify.options import check_values, parse_options

__all__ = ["NAMES", "CalibrationResult", "calibrate", "main", "run"]

NAMES = ("false_alarms", "bugs", "quick", "threads", "out", "store", "fresh", "quiet", "json")
PYTHON_NAMES = ("false_alarms", "bugs", "quick", "threads", "store")
DESCRIPTION = (
    "Counts the judges' false findings on synthetic records, and the seeded bugs of sim and theory that the quick "
    "catalogue notices. Both, unless one is named."
)
QUICK_REPLICATES, QUICK_BUGS = 100, 3
LEAST_CAUGHT = 0.95  # 38 of 40


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationResult:
    """Rows of either part; empty for a part that was not asked for."""

    alarms: tuple[AlarmRow, ...] = ()
    bugs: tuple[BugRow, ...] = ()

    @property
    def caught(self) -> int:
        """Bugs that the catalogue noticed."""
        return sum(row.caught for row in self.bugs)

    @property
    def calibrated(self) -> bool:
        """No judge out of calibration, the clean run without an alarm, at least 38 of 40 bugs caught."""
        return all(row.calibrated for row in self.alarms) and self.caught >= LEAST_CAUGHT * len(self.bugs)


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


def calibrate(
    *,
    false_alarms: bool = False,
    bugs: bool = False,
    quick: bool = False,
    threads: int | None = None,
    store: Path | None = None,
    results: Path | None = None,
    fresh: bool = False,
    show: Callable[[float, str], None] = lambda share, text: None,
) -> CalibrationResult:
    """`run` with a file of results to resume from (`results`, JSON lines) and progress."""
    both = not (false_alarms or bugs)
    alarms: tuple[AlarmRow, ...] = ()
    found: tuple[BugRow, ...] = ()
    if false_alarms or both:
        replicates = QUICK_REPLICATES if quick else REPLICATES
        alarms = tuple(count_alarms(all_trials(), replicates=replicates, show=show))
    if bugs or both:
        laboratory = Laboratory(store=store, threads=threads)
        found = tuple(
            hunt(laboratory, only=QUICK_BUGS if quick else None, results=results, fresh=fresh, show=show)
        )
    return CalibrationResult(alarms=alarms, bugs=found)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.calibration.report import report

    options = parse_options(argv, prog="verify.calibration", description=DESCRIPTION, names=NAMES)
    return report(options, started=time.time())
