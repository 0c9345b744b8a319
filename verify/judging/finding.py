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

__all__ = ["UNBOUNDED", "Bounds", "Control", "Finding", "AlsoJudged", "Role", "exit_code", "joined_notes"]

Number = float | Mapping[str, float]  # one number, or one per name (the exponents n, N, d)
Pair = tuple[float, float] | Mapping[str, tuple[float, float]]
Bounds = tuple[float | None, float | None]  # what lies between them agrees; None is no bound
UNBOUNDED: Bounds = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What became of one lie."""

    lie: str
    verdict: Verdict


class Role(StrEnum):
    """What a number that is judged beside the estimate can do to the verdict."""

    DECIDES = "decides"  # must agree as the estimate must, and refutes where it does not
    REFUTES = "refutes"  # refutes where it disagrees, supports nothing
    BARS = "bars"  # where it disagrees the claim is at most inconclusive


@dataclass(frozen=True, slots=True, kw_only=True)
class AlsoJudged:
    """A further number that the verdict rests on; its fields mean what a finding's do."""

    what: str
    predicted: float | None
    estimate: float | None
    interval: tuple[float, float] | None
    margin: float
    role: Role
    bounds: Bounds = UNBOUNDED
    tolerance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A judged claim, as verdicts.json has it. Numbers are keyed by n, N, d where there is one per exponent.

    The verdict follows from the fields alone (`verify.judging.derive`), lies apart. Where there are `bounds`, the interval
    must respect them; else it must lie within `margin` (a share of it where `relative`) of `stated`, where the paper has a
    number and theory another, or of `predicted`. Where there is a `tolerance` there is no interval: the estimate is that of
    the run that agrees least, and one that disagrees by more refutes. `also` is what is judged beside the estimate.

    The interval is estimate +- t standard_error with Student's t at `dof` degrees of freedom, where that is given.
    Of an order or a trend `stated` is what the estimate must lie beyond on the side of its sign. Wherever something is
    stated, `predicted` is what theory has, on whichever side.
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
    stated: float | None = None
    estimate: Number | None
    standard_error: Number | None
    interval: Pair | None
    margin: float
    relative: bool = False
    bounds: Bounds = UNBOUNDED
    error_rate: float
    power: float | None
    repeats: int
    repeats_needed: int | None
    controls: tuple[Control, ...]
    note: str
    repeats_needed_low: int | None = None
    dof: float | None = None
    tolerance: float | None = None
    also: tuple[AlsoJudged, ...] = ()
    only_lies_left: bool = False

    def __repr__(self) -> str:
        return finding_repr(self)

    def __str__(self) -> str:
        return finding_text(self)

    def _repr_html_(self) -> str:
        return findings_html([self], counted=False)

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
