"""Findings as a notebook and `print` show them: a line of text, a row of a table."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from verify.judging.judgement_text import judgement_text
from verify.judging.notes import Notes
from verify.presentation.numbers import interval_text, number, to_its_error
from verify.presentation.terminal import glued

Finding = Any  # verify.judging.finding.Finding, which shows itself by this file
__all__ = ["findings_frame", "findings_html", "finding_repr", "finding_text", "measured_text", "tally"]

COLOURS = {"supported": "#2e7d32", "refuted": "#c62828", "inconclusive": "#8a6d00"}  # below white letters
LEFT = 'style="text-align: left"'
HEADINGS = ("claim", "verdict", "statement", "measured", "judged by", "seeds", "lies refuted")
FIELDS = (
    "claim", "verdict", "predicted", "estimate", "standard_error", "interval_low", "interval_high", "margin", "relative",
    "bound_low", "bound_high", "stated", "power", "repeats", "repeats_needed", "lies_refuted", "lies", "kind", "reading",
    "source", "statement", "note",
)  # fmt: skip


def finding_repr(finding: Finding) -> str:
    """Claim, verdict and estimate, for a list of them or a debugger."""
    return f"<Finding {finding.claim}: {finding.verdict}, {measured_text(finding) or 'nothing measured'}>"


def finding_text(finding: Finding) -> str:
    """The verdict in two or three lines; the commands print the longer form."""
    lines = [f"{finding.verdict.upper()}  {finding.claim}: {finding.statement}"]
    said = [
        measured_text(finding),
        judgement_text(finding),
        f"{finding.repeats} seeds",
        f"{_lies(finding)} lies refuted",
    ]
    lines.append("  " + "; ".join(part for part in said if part))
    return "\n".join([*lines, *([f"  note: {finding.note}"] if finding.note else [])])


def tally(findings: Sequence[Finding]) -> str:
    """How many there are of each verdict."""
    counts = {verdict: sum(str(one.verdict) == verdict for one in findings) for verdict in COLOURS}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{len(findings)} finding{'' if len(findings) == 1 else 's'}" + (f": {said}" if said else "")


def findings_html(findings: Sequence[Finding], *, counted: bool = True) -> str:
    """A table, one row per finding, the verdict on its colour; notes below their rows, those of several below the table."""
    notes = Notes(findings)
    heading = "".join(f"<th {LEFT}>{name}</th>" for name in HEADINGS)
    rows = "\n".join(_row_html(finding, notes.of(finding)) for finding in findings)
    head = f"<p>{escape(tally(findings))}</p>\n" if counted else ""
    below = "".join(f"<br>[{number}] {escape(note)}" for number, note in notes.below())
    said = f"\n<p><i>notes:{below}</i></p>" if below else ""
    return f"<div>{head}<table><tr>{heading}</tr>\n{rows}\n</table>{said}</div>"


def _row_html(finding: Finding, note: str) -> str:
    colour, cell = COLOURS[str(finding.verdict)], f"<td {LEFT}>"
    texts = [
        finding.statement,
        measured_text(finding),
        judgement_text(finding).removeprefix("predicted "),
        str(finding.repeats),
        _lies(finding),
    ]
    shown = [";<br>".join(map(_unbroken, (text or "-").split("; "))) for text in texts]  # one number a line
    cells = "".join(f"{cell}{text}</td>" for text in shown)
    badge = (
        f"background-color: {colour}; color: white; padding: 1px 6px; border-radius: 3px; white-space: nowrap"
    )
    verdict = f'{cell}<b style="{badge}">{escape(str(finding.verdict))}</b></td>'
    name = f'<td style="text-align: left; white-space: nowrap"><code>{escape(finding.claim)}</code></td>'
    row = f"<tr>{name}{verdict}{cells}</tr>"
    if not note:
        return row
    span = f'<td colspan="{len(HEADINGS) - 1}" {LEFT}>'
    return f"{row}\n<tr><td></td>{span}<i>{escape(note)}</i></td></tr>"


def _unbroken(text: str) -> str:
    """The text in HTML: no line is broken inside of an interval, around a sign or at a number's minus."""
    words = glued(text.replace("+-", "±")).split(" ")
    return " ".join(
        f'<span style="white-space: nowrap">{escape(word)}</span>' if "-" in word else escape(word)
        for word in words
    )


def findings_frame(findings: Sequence[Finding]) -> Any:
    """One row per finding as a pandas DataFrame; of several exponents one row each, named in `exponent`."""
    import pandas as pd

    rows = [_fields(finding, name) for finding in findings for name in _names(finding)]
    columns = (*FIELDS[:2], "exponent", *FIELDS[2:])
    return pd.DataFrame(rows, columns=list(columns))


def _names(finding: Finding) -> list[str]:
    return list(finding.estimate) or [""] if isinstance(finding.estimate, Mapping) else [""]


def _fields(finding: Finding, name: str) -> dict[str, Any]:
    def one(value: Any) -> Any:
        return value.get(name) if isinstance(value, Mapping) else value  # None where nothing was measured

    low, high = one(finding.interval) or (None, None)
    shown = {field: one(getattr(finding, field, None)) for field in FIELDS}
    caught, lies = _lies(finding).split("/")
    return shown | {
        "exponent": name, "bound_low": finding.bounds[0], "bound_high": finding.bounds[1], "interval_low": low,
        "interval_high": high, "verdict": str(finding.verdict),
        "lies_refuted": int(caught), "lies": int(lies),
    }  # fmt: skip


def measured_text(finding: Finding) -> str:
    """Every estimate with its interval, to two digits of half of its width."""
    texts = []
    for name, shown in _fields_by_name(finding).items():
        if shown["estimate"] is not None:
            low, high = shown["interval_low"], shown["interval_high"]
            if low is None:
                texts.append(f"{name} {number(shown['estimate'])}".strip())
            else:
                estimate = to_its_error(shown["estimate"], (high - low) / 2.0)
                texts.append(f"{name} {estimate} in {interval_text(low, high)}".strip())
    return "; ".join(texts)


def _fields_by_name(finding: Finding) -> dict[str, dict[str, Any]]:
    return {name: _fields(finding, name) for name in _names(finding)}


def _lies(finding: Finding) -> str:
    caught = sum(str(control.verdict) == "refuted" for control in finding.controls)
    return f"{caught}/{len(finding.controls)}"
