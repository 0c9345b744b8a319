"""What verify.measure prints and writes."""

import csv
import io
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verify.commands.files import run_json
from verify.commands.shell import progress_bar
from verify.commands.spec import Options
from verify.files.atomic import check_places, ensure_directory, write_text
from verify.measure.experiment import experiment
from verify.measure.figure import draw_figures
from verify.measure.measured import HEADING, MeasuredMatrix, Measurements, row_shown
from verify.presentation.numbers import aligned, number
from verify.presentation.sheet import parts_of
from verify.presentation.style import load_matplotlib
from verify.presentation.terminal import terminal_width, wrapped
from verify.presentation.writers import markdown_table
from verify.spectra.alphas import AlphaReport

__all__ = ["report"]

FILES = ("measurements.json", "table.csv", "table.md", "run.json")
PRINTED = (0, 1, 2, 3, 4, 5, 6, 9)  # of these columns: what fits on a terminal
_LONGEST_NAME = 22
_MOST_LINES = 60
_MOST_NAMES = 4


def report(options: Options) -> int:
    """Measure, print, write the files; 0."""
    started = time.time()
    load_matplotlib()
    out = ensure_directory(options["out"] or Path("bulkspike-out") / options.spec.short_name, "--out")
    check_places(out, FILES)
    with progress_bar(quiet=options["quiet"]) as progress:
        found = experiment(options, progress)
        figures = draw_figures(out, found)
    document = json.dumps([each.as_json() for each in found], indent=2, ensure_ascii=False, allow_nan=False)
    write_text(out / "measurements.json", f"{document}\n")
    write_text(out / "table.csv", _csv(found.rows()))
    rows = [row_shown(each) for each in found]
    write_text(out / "table.md", f"{markdown_table(HEADING, rows, 'l' + 'r' * 8 + 'l')}\n\n{_legend()}\n")
    facts = {
        "command": options.spec.name,
        "files": list(options.words),
        "left_out": list(found.left_out),
        "figures": figures,
    }
    write_text(out / "run.json", run_json(options, started, facts))
    if options["json"]:
        sys.stdout.write(f"{document}\n")
    else:
        print("\n".join(_lines(found, rows, len(figures), out)))
    return 0


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """As pandas would write it, which takes half a second to import."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    return buffer.getvalue()


def _legend() -> str:
    return (
        "out: values beyond the edge of the bulk's own law; off: Kolmogorov's distance of the bulk from white noise; "
        "null, z: Hill's exponent of pure noise of that shape, and how many of its standard deviations away; p (iid): "
        "bootstrap of the KS power law, which takes eigenvalues for independent, as they are not: no verdict rests on it"
    )


def _lines(found: Measurements, rows: Sequence[Sequence[str]], figures: int, out: Path) -> list[str]:
    printed = [[_short(row[0]), *(row[column] for column in PRINTED[1:])] for row in rows[:_MOST_LINES]]
    width = terminal_width()
    table = parts_of([[HEADING[column] for column in PRINTED], *printed], 1, (1,) * (len(PRINTED) - 1), width)
    more = [f"  and {len(rows) - _MOST_LINES} more in table.csv"] if len(rows) > _MOST_LINES else []
    lines: list[str] = []
    for each in found[:_MOST_LINES]:
        lines += _said_of(each)
    lines += _noted(found)
    if found.left_out:
        lines.append(f"left out, no matrices: {len(found.left_out)} ({_some(found.left_out)})")
    lines += [
        "null, z: of pure noise of that shape; p iid: eigenvalues taken for independent, which they are not, so that no "
        "phase rests on it; p of matrices: one matrix, one draw",
        f"measurements.json, table.csv, table.md, run.json and {figures} figures in {out}",
    ]
    indents = [len(line) - len(line.lstrip()) for line in lines]
    return [
        "\n\n".join(map(aligned, table)), *more, "",
        *(wrapped(line.lstrip(), width, indent=indent, hang=2) for line, indent in zip(lines, indents, strict=True)),
    ]  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"..{name[-_LONGEST_NAME + 2 :]}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMES]) + (", .." if len(names) > _MOST_NAMES else "")


def _noted(found: Measurements) -> list[str]:
    """The notes, each once, with whose it is."""
    whose: dict[str, list[str]] = {}
    for each in found:
        for note in each.notes:
            whose.setdefault(note, []).append(each.layer)
    return [f"note on {_some(names)}: {note}" for note, names in whose.items()]


def _said_of(each: MeasuredMatrix) -> list[str]:
    """What no column has room for."""
    lines = []
    if each.report is not None:
        r, found = each.report, each.report.outliers.values
        lines.append(f"{each.layer}: {r.phase_reason}")
        if found:
            shown = ", ".join(f"{number(one.value)} (p {one.p_value:.1g})" for one in found[:3])
            lines.append(
                f"  beyond the bulk's edge {number(r.outliers.edge)}: {shown}{', ..' if len(found) > 3 else ''}"
            )
        if r.beyond_white > len(found):
            lines.append(f"  beyond the best-scaled white edge {number(r.white_edge)}: {r.beyond_white}")
        lines += [_of_alpha("Hill", r.hill), _of_alpha("KS  ", r.ks)]
    if each.top is not None:
        values = ", ".join(number(value, 5) for value in each.top.values)
        lines.append(
            f"{each.layer}: top values {values}; {each.top.beyond_white} beyond the white edge "
            f"{number(each.top.white_edge)}"
        )
    return lines + _moved(each)


def _of_alpha(name: str, alpha: AlphaReport) -> str:
    iid = alpha.goodness.p_value if alpha.goodness else None
    return (
        f"  {name} {number(alpha.alpha, 3)}, null {number(alpha.null, 3)}({number(alpha.null_sd, 2)}), "
        f"p of matrices {number(alpha.matrix_p_value, 2)}, p iid {number(iid, 2)}"
    )


def _moved(each: MeasuredMatrix) -> list[str]:
    m = each.moved
    if m is None:
        return []
    return [
        f"  moved by {number(m.relative_change, 3)} of its norm, top value {number(m.top_before)} -> {number(m.top_after)}",
        f"  top vectors kept: left {number(m.left_overlaps[0], 3)}, right {number(m.right_overlaps[0], 3)}; "
        f"of the change: {number(m.change_left, 3)}, {number(m.change_right, 3)}",
    ]
