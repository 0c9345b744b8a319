"""What `python -m verify.calibration` prints and writes."""

import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from verify.calibration.bugs import BugRow, Hunt
from verify.calibration.experiment import CalibrationResult, calibrate
from verify.calibration.false_alarms import AlarmRow
from verify.calibration.reach import package_root
from verify.calibration.seeded import Bug, BugError, surroundings
from verify.commands.delivery import folders
from verify.commands.files import run_json
from verify.commands.shell import progress_bar
from verify.commands.spec import Options
from verify.files.atomic import write_text
from verify.presentation.numbers import aligned
from verify.presentation.writers import markdown_table
from verify.running.progress import Progress

__all__ = ["alarms_markdown", "bugs_markdown", "report"]

FILES = ("calibration.json", "false-alarms.md", "bugs.md", "bugs.jsonl", "clean.json", "run.json")


def calibrated_by(
    options: Options, *, folder: Path | None = None, progress: Progress | None = None
) -> CalibrationResult:
    """Calibrate as the options say; `folder` holds results to resume from."""
    return calibrate(
        false_alarms=options["false_alarms"],
        bugs=options["bugs"],
        quick=options["quick"],
        threads=options["threads"],
        store=options["store"],
        folder=folder,
        fresh=options["fresh"],
        show=(progress or Progress()).show,
    )


def report(options: Options) -> int:
    """Calibrate, print the tables, write the files; 0 if calibrated, 1 if not."""
    started = time.time()
    out, store = folders(options, FILES)
    with progress_bar(quiet=options["quiet"]) as progress:
        result = calibrated_by(options.but({"store": store}), folder=out, progress=progress)
    document = as_json(result)
    write_text(out / "calibration.json", document)
    if result.alarms:
        write_text(out / "false-alarms.md", alarms_markdown(result.alarms))
    if result.bugs is not None:
        write_text(out / "bugs.md", bugs_markdown(result.bugs.rows))
    facts = {"command": options.spec.name, "calibrated": result.calibrated}
    write_text(out / "run.json", run_json(options, started, facts))
    if options["json"]:
        sys.stdout.write(document)
    else:
        print("\n".join([*_text(result), f"files in {out}"]))
    return 0 if result.calibrated else 1


def as_json(result: CalibrationResult) -> str:
    """Both parts as plain data."""
    hunt = result.bugs
    bugs = None
    if hunt is not None:
        bugs = {
            "caught": result.caught, "of": len(hunt.rows), "claims": hunt.claims, "unstable": dict(hunt.unstable),
            "rows": [row.as_json() for row in hunt.rows],
        }  # fmt: skip
    document = {
        "calibrated": result.calibrated,
        "false_alarms": [row.as_json() for row in result.alarms],
        "bugs": bugs,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(result: CalibrationResult) -> list[str]:
    lines: list[str] = []
    if result.alarms:
        lines += [aligned([ALARM_HEADING, *(_alarm_cells(row) for row in result.alarms)])]
        faulty = [row for row in result.alarms if not row.calibrated]
        lines += [f"{row.judge} at {row.error_rate:g}: {'; '.join(row.faults)}" for row in faulty]
        lines.append(f"{len(result.alarms) - len(faulty)} of {len(result.alarms)} rows in calibration")
    if result.bugs is not None:
        lines += [_bug_line(row) for row in result.bugs.rows]
        lines += _hunt_lines(result.bugs, result.caught)
    return lines


def _bug_line(row: BugRow) -> str:
    told = f"caught by {row.by}: {row.how}" if row.caught else f"NOT caught by {row.judged} claims"
    return f"{row.bug.id}  {row.bug.file} {row.bug.function}: {change(row.bug)}\n     {told}"


def _hunt_lines(hunt: Hunt, caught: int) -> list[str]:
    left = [f"{name} ({how})" for name, how in hunt.unstable.items()]
    lines = [f"left out, since they alarm on other seeds without a bug: {', '.join(left)}"] if left else []
    seconds = sum(row.cpu_seconds for row in hunt.rows)
    return [
        *lines,
        f"{caught} of {len(hunt.rows)} bugs caught by {hunt.claims} claims in {seconds:.0f} CPU seconds",
    ]


def change(bug: Bug) -> str:
    """`before -> after` in one line, shortened."""
    package, _, rest = bug.file.partition("/")
    try:
        texts = surroundings(bug, (package_root(package) / rest).read_text(encoding="utf-8"))
    except (BugError, OSError):  # of an older run: its function has been rewritten
        texts = bug.before, bug.after
    lines = (" ".join(text.split()) for text in texts)
    return " -> ".join(line if len(line) <= 64 else f"{line[:61]}..." for line in lines)


ALARM_HEADING = (
    "kind", "judge", "rate", "false refutations, %", "false supports, %", "supported if true, %", "refuted if the lie is, %",
    "calibrated",
)  # fmt: skip


def _rate(count: int, row: AlarmRow, interval: tuple[float, float], allowed: float) -> str:
    """Share found, its interval, and in brackets what is allowed."""
    low, high = (100 * end for end in interval)
    most = f"{100 * allowed:.3g}" if allowed > 1e-9 else "0"
    return f"{100 * count / row.replicates:.1f} [{low:.1f}, {high:.1f}] ({most})"


def _power(found: float, predicted: float, exact: bool) -> str:
    """Share found, and in brackets what is predicted."""
    if math.isnan(predicted):
        return f"{100 * found:.1f}"
    return f"{100 * found:.1f} ({'' if exact else '>= '}{100 * predicted:.1f})"


def _alarm_cells(row: AlarmRow) -> list[str]:
    return [
        row.kind,
        row.judge,
        f"{row.error_rate:g}",
        _rate(row.false_refutations, row, row.refutation_interval, row.refutations_allowed),
        _rate(row.false_supports, row, row.support_interval, row.supports_allowed),
        _power(row.power, row.power_predicted, row.exact),
        _power(row.lie_power, row.lie_power_predicted, row.exact),
        "yes" if row.calibrated else "; ".join(row.faults),
    ]


def alarms_markdown(rows: Sequence[AlarmRow]) -> str:
    """A row per judge and rate."""
    return markdown_table(ALARM_HEADING, [_alarm_cells(row) for row in rows], "l") + "\n"


def bugs_markdown(rows: Sequence[BugRow]) -> str:
    """A row per bug."""
    heading = ("bug", "where", "change", "caught by", "what changed", "claims", "CPU s")
    cells = [
        [
            row.bug.id,
            f"`{row.bug.file}` `{row.bug.function}`",
            f"{row.bug.what}: `{change(row.bug)}`",
            row.by if row.caught else "**not caught**",
            row.how if row.caught else "-",
            str(row.judged),
            f"{row.cpu_seconds:.0f}",
        ]
        for row in rows
    ]
    return markdown_table(heading, cells, "l") + "\n"
