"""Findings as a command prints them."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from verify.judging.finding import Finding
from verify.presentation.numbers import number

__all__ = ["stated_text", "describe_finding"]


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
