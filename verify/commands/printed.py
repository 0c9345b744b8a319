"""All findings of a run as a command prints them: open ones first, what several say once, and how to read their numbers."""

from collections.abc import Mapping, Sequence

from verify.commands.findings import describe_finding
from verify.judging.finding import Finding
from verify.judging.notes import Notes
from verify.presentation.terminal import UNBROKEN, wrapped

__all__ = ["open_first", "printed_findings"]

ORDER = ("refuted", "inconclusive", "supported")
HOW_TO_READ = (
    "Below: the estimate in [its interval at the error rate] and, in brackets, what it is judged by: a +- b is supported "
    "where the whole interval lies between a - b and a + b (a +- b %: b % of a), refuted where none of it does."
)


def open_first(findings: Sequence[Finding]) -> list[Finding]:
    """Refuted ones, then inconclusive ones, then the rest, each in the order that they came in."""
    return sorted(findings, key=lambda finding: ORDER.index(str(finding.verdict)))


def printed_findings(
    findings: Sequence[Finding],
    *,
    width: int = UNBROKEN,
    said: Sequence[str] = (),
    facts: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """The findings in blocks of lines.

    Parameters
    ----------
    said : sequence of str
        Notes that stand above them already.
    facts : mapping
        Further lines of a claim by its id.
    """
    ordered = open_first(findings)
    notes = Notes(ordered, said)
    blocks = [
        describe_finding(finding, width=width, facts=(facts or {}).get(finding.claim, ()), note=notes.of(finding))
        for finding in ordered
    ]  # fmt: skip
    how = [wrapped(HOW_TO_READ, width), ""] if any(" +- " in block for block in blocks) else []
    below = [wrapped(f"[{number}] {note}", width, indent=2, hang=4) for number, note in notes.below()]
    return [*how, *blocks, *(["", "notes:", *below] if below else [])]
