"""Numbers and verdicts as people read them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from verify.claim import Finding

__all__ = ["aligned", "describe_finding", "number", "stated_text", "with_error"]


def number(value: float | None, digits: int = 4) -> str:
    """A number to `digits` significant digits; `-` where there is none."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:#.{digits}g}".rstrip(".")


def with_error(value: float, error: float | None) -> str:
    """value(standard error in units of the last digits), as 0.8244(31); the plain value without an error."""
    if error is None or not math.isfinite(value) or not math.isfinite(error) or error <= 0:
        return number(value, 7 if error == 0 else 4)
    decimals = max(0, 1 - math.floor(math.log10(error)))
    shown = round(error * 10**decimals)
    if shown == 100 and decimals > 0:  # 0.00996 is 0.010: two digits of it are 10 one place further up
        decimals, shown = decimals - 1, 10
    return f"{value:.{decimals}f}({shown})"


def aligned(rows: Sequence[Sequence[str]], *, indent: str = "  ") -> str:
    """Rows as columns, the first left-aligned, the rest right-aligned; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [
            cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)
        ]
        lines.append(indent + "  ".join(cells).rstrip())
    return "\n".join(lines)


def _entries(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, Mapping) else [("", value)]


def stated_text(finding: Finding, digits: int = 4) -> str:
    """What a stated direction is judged by, as `< -0.0022`; empty where the prediction itself is judged."""
    if finding.stated is None:
        return ""
    return f"{'>' if finding.stated > 0 else '<'} {number(finding.stated, digits)}"


def describe_finding(finding: Finding) -> str:
    """One finding in a few lines: verdict, statement, estimate with interval, margin, rates, lies."""
    lines = [f"{finding.verdict.upper():<13}{finding.claim}: {finding.statement}"]
    estimates = []
    for name, estimate in _entries(finding.estimate):
        interval = finding.interval.get(name) if isinstance(finding.interval, Mapping) else finding.interval
        predicted = (
            finding.predicted.get(name) if isinstance(finding.predicted, Mapping) else finding.predicted
        )
        text = f"{name + ' ' if name else ''}{number(estimate)}"
        if interval is not None:
            text += f" in [{number(interval[0])}, {number(interval[1])}]"
        stated = f"stated {stated_text(finding)}; theory " if finding.stated is not None else "predicted "
        estimates.append(f"{text} ({stated}{number(predicted)})")
    if estimates:
        lines.append("  " + "; ".join(estimates))
    power = "unknown" if finding.power is None else f"{math.floor(finding.power * 1e4) / 1e4:.4g}"
    needed = f" ({finding.repeats_needed} needed)" if _short_of_seeds(finding) else ""
    lines.append(
        f"  margin {finding.margin:g}, error rate {finding.error_rate:g}, power {power}, "
        f"{finding.repeats} seeds{needed}"
    )
    caught = [control.lie for control in finding.controls if control.verdict == "refuted"]
    missed = [
        f"{control.lie} ({control.verdict})" for control in finding.controls if control.verdict != "refuted"
    ]
    if caught:
        lines.append(f"  lies refuted: {'; '.join(caught)}")
    if missed:
        lines.append(f"  lies NOT refuted: {'; '.join(missed)}")
    if finding.note:
        lines.append(f"  note: {finding.note}")
    return "\n".join(lines)


def _short_of_seeds(finding: Finding) -> bool:
    """Whether to say how many seeds are needed: it is open, or its power is known to be low."""
    low = finding.power is not None and finding.power < 0.99
    open_or_weak = finding.verdict == "inconclusive" or (finding.verdict == "supported" and low)
    needed = finding.repeats_needed
    return open_or_weak and needed is not None and finding.repeats < needed
