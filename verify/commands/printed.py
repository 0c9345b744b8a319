"""All findings of a run as a command prints them: open ones first, what several say once, and how to read their numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence

from verify.commands.findings import describe_finding
from verify.judging.finding import Finding
from verify.presentation.terminal import UNBROKEN, wrapped

__all__ = ["Notes", "open_first", "printed_findings"]

ORDER = ("refuted", "inconclusive", "supported")
SHORT = 24  # letters: a note that is no longer stands wherever it belongs
HOW_TO_READ = (
    "Below: the estimate in [its interval at the error rate] and, in brackets, what it is judged by: a +- b is supported "
    "where the whole interval lies between a - b and a + b (a +- b %: b % of a), refuted where none of it does."
)


def open_first(findings: Sequence[Finding]) -> list[Finding]:
    """Refuted ones, then inconclusive ones, then the rest, each in the order that they came in."""
    return sorted(findings, key=lambda finding: ORDER.index(str(finding.verdict)))


class Notes:
    """Notes of findings, where one that several have is numbered and said once below them.

    Parameters
    ----------
    findings : sequence of Finding
    said : sequence of str
        Notes that stand above the findings already: no finding repeats them.
    """

    def __init__(self, findings: Sequence[Finding], said: Sequence[str] = ()) -> None:
        above = {part for note in said for part in note.split("; ")}
        parts = [[part for part in finding.note.split("; ") if part not in above] for finding in findings]
        counts = Counter(part for own in parts for part in dict.fromkeys(own))
        self._numbers: dict[str, int] = {}
        self._shown: Mapping[int, str] = {
            id(finding): "; ".join(self._runs(own, counts))
            for finding, own in zip(findings, parts, strict=True)
        }

    def of(self, finding: Finding) -> str:
        """What stands below the finding: its own words, and the numbers of what others say too."""
        return self._shown[id(finding)]

    def below(self, width: int = UNBROKEN) -> list[str]:
        """The numbered notes, in lines of that width."""
        return [
            wrapped(f"[{number}] {note}", width, indent=2, hang=4) for note, number in self._numbers.items()
        ]

    def _runs(self, parts: Sequence[str], counts: Counter[str]) -> list[str]:
        """Parts that stand beside each other in as many findings are one note, which may have had a semicolon."""
        joined: list[tuple[str, int]] = []
        for part in parts:
            if joined and counts[part] == joined[-1][1] > 1:
                joined[-1] = (f"{joined[-1][0]}; {part}", counts[part])
            else:
                joined.append((part, counts[part]))
        return [
            note if count < 2 or len(note) <= SHORT else f"[{self._number(note)}]" for note, count in joined
        ]

    def _number(self, note: str) -> int:
        return self._numbers.setdefault(note, len(self._numbers) + 1)


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
    below = notes.below(width)
    return [*how, *blocks, *(["", "notes:", *below] if below else [])]
