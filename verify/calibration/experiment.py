"""Both calibrations: false alarms on synthetic records, and seeded bugs in copies of the packages."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from sim.host import default_threads
from verify.calibration.bugs import Hunt, Laboratory, hunt
from verify.calibration.false_alarms import REPLICATES, AlarmRow, all_trials, count_alarms
from verify.calibration.seeded import seeded_bugs
from verify.files.atomic import ensure_directory
from verify.presentation.numbers import number
from verify.presentation.writers import html_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CalibrationResult", "calibrate"]

QUICK_REPLICATES = 100
QUICK_BUGS = ("H03", "H17", "D19")
QUICK_CLAIMS = ("L.B5",)
ALARMS = ("judge", "design", "rate", "false refutations", "false supports", "of", "power", "faults")
BUGS = ("bug", "file", "what", "caught by")
LEAST_CAUGHT = 0.95  # 38 of 40


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CalibrationResult:
    """Rows of the first part, and the second; empty and None for a part that was not asked for."""

    alarms: tuple[AlarmRow, ...] = ()
    bugs: Hunt | None = None

    @property
    def caught(self) -> int:
        """Bugs that the catalogue noticed."""
        return 0 if self.bugs is None else sum(row.caught for row in self.bugs.rows)

    @property
    def calibrated(self) -> bool:
        """No judge out of calibration, and at least 38 of 40 bugs caught."""
        enough = self.bugs is None or self.caught >= LEAST_CAUGHT * len(self.bugs.rows)
        return enough and all(row.calibrated for row in self.alarms)

    def __repr__(self) -> str:
        return f"<CalibrationResult: {', '.join(self._said())}>"

    def __str__(self) -> str:
        faults = [
            f"{row.judge} at {row.error_rate:g}: {'; '.join(row.faults)}" for row in self.alarms if row.faults
        ]
        missed = (
            []
            if self.bugs is None
            else [f"not caught: {row.bug.id}" for row in self.bugs.rows if not row.caught]
        )
        return "\n".join([*self._said(), *faults, *missed])

    def _repr_html_(self) -> str:
        alarms = [
            [row.judge, row.design, f"{row.error_rate:g}", str(row.false_refutations), str(row.false_supports),
             str(row.replicates), number(row.power), "; ".join(row.faults)]
            for row in self.alarms
        ]  # fmt: skip
        bugs = [
            [row.bug.id, row.bug.file, row.bug.what, row.by if row.caught else "not caught"]
            for row in (() if self.bugs is None else self.bugs.rows)
        ]
        tables = [html_table(ALARMS, alarms, "llrrrrrl")] if alarms else []
        tables += [html_table(BUGS, bugs, "l")] if bugs else []
        said = escape("; ".join(self._said()))
        return f"<div><p>{said}</p>{''.join(tables)}</div>"

    def _said(self) -> list[str]:
        """Each part in a few words."""
        found = []
        if self.alarms:
            sound = sum(row.calibrated for row in self.alarms)
            found.append(f"{sound} of {len(self.alarms)} judges at an error rate are calibrated")
        if self.bugs is not None:
            found.append(f"{self.caught} of {len(self.bugs.rows)} seeded bugs are caught")
        return found or ["nothing was asked for"]

    def to_frame(self) -> "pd.DataFrame":
        """One row per judge and error rate, then one per bug, as a pandas DataFrame; `part` says which."""
        import pandas as pd

        bugs = () if self.bugs is None else self.bugs.rows
        rows = [{"part": "false alarms", **row.as_json()} for row in self.alarms]
        found = [row.as_json() for row in bugs]
        rows += [{"part": "bugs", **found_bug.pop("bug"), **found_bug} for found_bug in found]
        return pd.DataFrame(rows)


def calibrate(
    *,
    false_alarms: bool = False,
    bugs: bool = False,
    quick: bool = False,
    threads: int | None = None,
    store: Path | None = None,
    folder: Path | None = None,
    fresh: bool = False,
    show: Callable[[float, str], None] = lambda share, text: None,
) -> CalibrationResult:
    """`run` with a folder of results to resume from, and progress."""
    both = not (false_alarms or bugs)
    alarms: tuple[AlarmRow, ...] = ()
    found: Hunt | None = None
    if false_alarms or both:
        replicates = QUICK_REPLICATES if quick else REPLICATES
        alarms = tuple(count_alarms(all_trials(), replicates=replicates, show=show))
    if bugs or both:
        with _folder(store) as records:
            laboratory = Laboratory(
                store=records, threads=threads or default_threads(), only=QUICK_CLAIMS if quick else ()
            )
            chosen = [bug for bug in seeded_bugs() if bug.id in QUICK_BUGS] if quick else None
            found = hunt(
                laboratory,
                bugs=chosen,
                other_seeds=not quick,
                folder=None if quick else folder,
                fresh=fresh,
                show=show,
            )
    return CalibrationResult(alarms=alarms, bugs=found)


@contextmanager
def _folder(store: Path | None) -> Iterator[Path]:
    """The store, or one that is gone afterwards."""
    if store is not None:
        yield ensure_directory(store, "--store").resolve()  # workers run in folders of their own
        return
    with tempfile.TemporaryDirectory(prefix="bulkspike-clean-") as name:
        yield Path(name)
