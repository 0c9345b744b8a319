"""Findings as a command prints them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from verify.judging.finding import Finding
from verify.judging.judgement_text import further_text, judgement_text
from verify.presentation.numbers import interval_text, number, percent, to_its_error
from verify.presentation.terminal import GLUE, UNBROKEN, wrapped, wrapped_items

__all__ = ["describe_finding"]


def describe_finding(
    finding: Finding, *, width: int = UNBROKEN, facts: Sequence[str] = (), note: str | None = None
) -> str:
    """One finding in a few lines: verdict, statement, estimate with interval, margin, rates, lies.

    Parameters
    ----------
    width : int
        Of a line.
    facts : sequence of str
        Lines between the statement and what was measured.
    note : str, optional
        In place of the finding's own.
    """

    def line(text: str) -> str:
        return wrapped(text, width, indent=2, hang=2)

    head = f"{finding.verdict.upper():<13}".replace(" ", GLUE)
    lines = [wrapped(f"{head}{finding.claim}: {finding.statement}", width, hang=4), *map(line, facts)]
    measured = "; ".join(_measured(finding))
    lines += [line(f"{measured} ({judgement_text(finding)})")] if measured else []
    lines += [line(text) for text in (*map(further_text, finding.also), _design(finding))]
    caught = [control.lie for control in finding.controls if control.verdict == "refuted"]
    missed = [
        f"{control.lie} ({control.verdict})" for control in finding.controls if control.verdict != "refuted"
    ]
    for words, lies in (("lies refuted", caught), ("lies NOT refuted", missed)):
        lines += [wrapped_items(words, lies, width, indent=2)] if lies else []
    said = finding.note if note is None else note
    lines += [line(f"note: {said}")] if said else []
    return "\n".join(lines)


def _measured(finding: Finding) -> Iterable[str]:
    """Every estimate with its interval."""
    for name, estimate in _entries(finding.estimate):
        interval = finding.interval.get(name) if isinstance(finding.interval, Mapping) else finding.interval
        if estimate is None:
            continue
        if interval is None:
            text = number(estimate, 7 if finding.tolerance is not None else 4)
        else:
            half = (interval[1] - interval[0]) / 2.0
            text = f"{to_its_error(estimate, half)} in {interval_text(*interval)}"
        yield f"{name} {text}" if name else text


def _entries(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, Mapping) else [("", value)]


def _design(finding: Finding) -> str:
    """Margin, rates and seeds, with the number of seeds that would be enough where these are not."""
    margin = f"{percent(finding.margin)} of it" if finding.relative else f"{finding.margin:.3g}"
    power = "unknown" if finding.power is None else f"{math.floor(finding.power * 1e4) / 1e4:.4g}"
    needed = _needed(finding)
    return f"margin {margin}, error rate {finding.error_rate:g}, power {power}, {finding.repeats} seeds" + (
        f" ({needed})" if needed else ""
    )


def _needed(finding: Finding) -> str:
    """How many seeds are needed, where the finding is open or its power low; empty where its own are enough."""
    low = finding.power is not None and finding.power < 0.99
    most, least = finding.repeats_needed, finding.repeats_needed_low
    if most is None and low:
        return "no number of seeds is enough"
    if not (low or finding.verdict == "inconclusive") or most is None or most <= finding.repeats:
        return ""
    return f"{most} needed" if least is None or least == most else f"{least} to {most} needed"
