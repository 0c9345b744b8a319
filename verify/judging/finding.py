"""From a claim and its runs to a finding: what every judge ends with, and the judge of identities.

The statistics are `verify.statistics`' (docs/statistics.md); the judges put them to a claim and to each of its lies.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from verify.judging.shown import finding_repr, finding_text, findings_html
from verify.statistics.verdict import Verdict

__all__ = ["Control", "Finding", "exit_code", "joined_notes"]

Number = float | Mapping[str, float]  # one number, or one per name (the exponents n, N, d)
Pair = tuple[float, float] | Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What became of one lie."""

    lie: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A judged claim, as verdicts.json has it. Numbers are keyed by n, N, d where there is one per exponent.

    `stated` is what a direction that the paper states is judged by: the estimate must lie beyond it on the side of its
    sign. `predicted` is then what theory has, on whichever side. None where the prediction itself is judged.
    `only_lies_left` says that the claim itself is supported and nothing but lies that are not refuted leaves it open;
    verdicts.json has not got it, since verdict and controls say it.
    """

    claim: str
    statement: str
    source: str
    reading: str
    kind: str
    verdict: Verdict
    predicted: Number | None
    estimate: Number | None
    standard_error: Number | None
    interval: Pair | None
    margin: float
    error_rate: float
    power: float | None
    repeats: int
    repeats_needed: int | None
    controls: tuple[Control, ...]
    note: str
    stated: float | None = None
    only_lies_left: bool = False

    def __repr__(self) -> str:
        return finding_repr(self)

    def __str__(self) -> str:
        return finding_text(self)

    def _repr_html_(self) -> str:
        return findings_html([self])

    def as_json(self) -> dict[str, Any]:
        """Plain data for verdicts.json; a number that is not finite becomes null."""
        return {key: _plain(value) for key, value in asdict(self).items() if key != "only_lies_left"}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, StrEnum) else value


def joined_notes(*notes: str) -> str:
    """The notes that say something, as one."""
    return "; ".join(note for note in notes if note)


def exit_code(findings: Sequence[Finding]) -> int:
    """0 every claim supported, 1 at least one refuted, 3 none refuted but one inconclusive."""
    verdicts = {finding.verdict for finding in findings}
    if Verdict.REFUTED in verdicts:
        return 1
    return 0 if verdicts == {Verdict.SUPPORTED} else 3
