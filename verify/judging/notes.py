"""Notes of findings: what several of them say is numbered and said once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Finding = Any  # verify.judging.finding.Finding, which shows itself by this file

__all__ = ["Notes"]

SHORT = 24  # letters: a note that is no longer stands wherever it belongs


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

    def below(self) -> list[tuple[int, str]]:
        """What several findings say, by its number."""
        return [(number, note) for note, number in self._numbers.items()]

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
