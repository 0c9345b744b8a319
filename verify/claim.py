"""What a claim is, and what comes out of judging it.

A claim names what is predicted (by `theory`), what is measured (by `sim`), how it is judged, with which margin and
why, and the lies that the same data must refute. Judging returns a `Finding`: one row of verdicts.json.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from verify.designs import Cell
from verify.problem import Problem, Update
from verify.verdict import Verdict

if TYPE_CHECKING:
    from verify.study import Design, Readings

__all__ = [
    "Case",
    "Claim",
    "Control",
    "Finding",
    "Kind",
    "Lie",
    "Prediction",
    "Sample",
    "Verdict",
    "exit_code",
]

Number = float | Mapping[str, float]  # one number, or one per name (the exponents n, N, d)
Pair = tuple[float, float] | Mapping[str, tuple[float, float]]


class Kind(StrEnum):
    """How a claim is judged (docs/reading-a-verdict.md)."""

    IDENTITY = "identity"
    VALUE = "value"
    EXPONENT = "exponent"
    BOUND = "bound"
    EXACT = "exact"
    PROPORTION = "proportion"
    COUNT = "count"
    DISTRIBUTION = "distribution"
    ORDER = "order"
    TREND = "trend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run as a prediction sees it: the problem, the cell, the update, and what was measured beside the claim."""

    problem: Problem
    cell: Cell
    update: Update
    observed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What theory says of one run: a value, the standard deviation of one run (nan where unknown), caveats."""

    value: float
    spread: float = math.nan
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """A rival of the claim's prediction: `law` gives what it predicts for a case.

    Where the claim's kind leaves the constant free (exponent), only the law's shape over the cells matters.
    One farther from the prediction than three margins must be a `rival`: what another theory, or none at all, would
    have measured. A number of one's own choice lies nearer, or refuting it shows little (verify/lies.py).
    """

    name: str
    law: Callable[[Case, Prediction], float]
    rival: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A statement that can be judged.

    Parameters
    ----------
    id, statement, source, reading : str
        The paper's id where it has one, the statement in words, where it stands, which reading is judged.
    kind : Kind
        Fixes how it is judged.
    observable : str
        What is measured, by its name in records.csv.
    predict : callable (Case) -> Prediction
        From `theory`.
    judge : callable (Claim, Sample) -> Finding
        One of `verify.judges`.
    margin : float
        In the unit of the judgement; 0 for identities (their tolerance follows from the dtype).
    margin_reason : str
        Why this margin; fixed before the data.
    lies : tuple of Lie
        At least one.
    seeds : int
        Repeats by default.
    error_rate : float
        Per check.
    exponents : mapping
        Kind exponent: the law's nominal exponents, to which those of measured/predicted are added when reported.
    design : Design, optional
        What it runs on in `python -m verify`; the claims of verify.scaling are given their runs by that command.
    measure : callable (Readings) -> float, optional
        One number per cell and seed; default the observable itself. Contrasts are differences taken here, within a seed.
    relative : bool
        Kinds value, proportion and the like: whether margin and lies are relative to the prediction.
    bounds : (low, high)
        Kind bound: what the interval must respect; None is no bound.

    Raises
    ------
    ValueError
        Without a lie, a margin or its reason.
    TypeError
        A lie that is no `Lie`, a judge or a prediction that cannot be called.
    """

    id: str
    statement: str
    source: str
    kind: Kind
    observable: str
    predict: Callable[[Case], Prediction]
    judge: "Callable[[Claim, Sample], Finding]"
    margin: float
    margin_reason: str
    lies: tuple[Lie, ...]
    reading: str = ""
    seeds: int = 5
    error_rate: float = 1e-4
    exponents: Mapping[str, float] = field(default_factory=lambda: {"n": 0.0, "N": 0.0, "d": 0.0})
    design: "Design | None" = None
    measure: "Callable[[Readings], float] | None" = None
    relative: bool = False
    bounds: tuple[float | None, float | None] = (None, None)

    def __post_init__(self) -> None:
        for name in ("predict", "judge"):
            if not callable(getattr(self, name)):
                raise TypeError(
                    f"claim {self.id}: {name} must be a function; got {type(getattr(self, name)).__name__}"
                )
        for lie in self.lies:
            if not isinstance(lie, Lie):
                raise TypeError(f"claim {self.id}: lies must hold a Lie each; got {type(lie).__name__}")
        if not self.lies:
            raise ValueError(
                f"claim {self.id}: lies must name at least one rival; a check that cannot fail is no check"
            )
        deterministic = self.kind in (Kind.IDENTITY, Kind.EXACT)
        if not (math.isfinite(self.margin) and (self.margin > 0 or (deterministic and self.margin == 0))):
            raise ValueError(f"claim {self.id}: margin must be finite and above 0; got {self.margin!r}")
        if not self.margin_reason.strip():
            raise ValueError(f"claim {self.id}: margin_reason must say why the margin is what it is")
        if not (isinstance(self.seeds, int) and self.seeds >= 2):
            raise ValueError(
                f"claim {self.id}: seeds must be at least 2, an interval needs repeats; got {self.seeds!r}"
            )
        if not 0 < self.error_rate < 0.5:
            raise ValueError(
                f"claim {self.id}: error_rate must be above 0 and below 0.5; got {self.error_rate!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The runs that a claim is judged on: parallel tuples, one entry per run.

    `pilot` holds runs on seeds of their own, from which a power is computed; never judged.
    """

    cases: tuple[Case, ...]
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    predictions: tuple[Prediction, ...]
    pilot: "Sample | None" = None

    @property
    def repeats(self) -> int:
        """Independent seeds."""
        return len(set(self.seeds))

    @property
    def flags(self) -> tuple[str, ...]:
        """Every caveat of the problem and of a prediction, once."""
        problems = dict.fromkeys(case.problem for case in self.cases)
        flags = [flag for problem in problems for flag in problem.flags]
        return tuple(
            dict.fromkeys([*flags, *(flag for prediction in self.predictions for flag in prediction.flags)])
        )

    def where(self, keep: Callable[[Cell], bool]) -> "Sample":
        """The runs whose cell satisfies `keep`."""
        kept = [index for index, case in enumerate(self.cases) if keep(case.cell)]

        def pick(items: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(items[index] for index in kept)

        return Sample(
            cases=pick(self.cases),
            seeds=pick(self.seeds),
            values=pick(self.values),
            predictions=pick(self.predictions),
            pilot=None if self.pilot is None else self.pilot.where(keep),
        )


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

    def as_json(self) -> dict[str, Any]:
        """Plain data for verdicts.json; a number that is not finite becomes null."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, StrEnum) else value


def exit_code(findings: Sequence[Finding]) -> int:
    """0 every claim supported, 1 at least one refuted, 3 none refuted but one inconclusive."""
    verdicts = {finding.verdict for finding in findings}
    if Verdict.REFUTED in verdicts:
        return 1
    return 0 if verdicts == {Verdict.SUPPORTED} else 3
