"""What a claim is, and what comes out of judging it.

A claim names what is predicted (by `theory`), what is measured (by `sim`), how it is judged, with which margin and
why, and the lies that the same data must refute. Judging returns a `Finding`: one row of verdicts.json.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

from verify.errors import quoted
from verify.judging.finding import Finding
from verify.judging.sample import Case, Prediction, Sample
from verify.statistics.verdict import Verdict

if TYPE_CHECKING:
    from verify.running.design import Design, Readings

__all__ = ["Claim", "Kind", "Lie", "Verdict"]


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
class Lie:
    """A rival of the claim's prediction: `law` gives what it predicts for a case.

    Where the claim's kind leaves the constant free (exponent), only the law's shape over the cells matters.
    One farther from the prediction than three margins must be a `rival`: what another theory, or none at all, would
    have measured. A number of one's own choice lies nearer, or refuting it shows little (verify/judging/lies.py).
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
        One of `verify.judging.judges`.
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
        What it runs on; None where nothing is measured (a proof).
    measure : callable (Readings) -> float, optional
        One number per cell and seed; default the observable itself. Contrasts are differences taken here, within a seed.
    relative : bool
        Kinds value, proportion and the like, and an order of ratios: whether margin and lies are relative to the prediction.
    bounds : (low, high)
        Kind bound: what the interval must respect; None is no bound.
    unpredicted : str
        Why theory says nothing of this claim, so that no run can decide it; empty where it does.
    users_problem : bool
        Whether a command made it for the problem and the cells that its user asked for. Its lies are stated for every
        problem, and one that says the same as the claim there is let through (verify/judging/lies.py).

    Raises
    ------
    ValueError
        Without a lie, a margin or its reason.
    TypeError
        A field of another kind: a lie that is no `Lie`, a judge that cannot be called, a design that is none.
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
    unpredicted: str = ""
    users_problem: bool = False

    def __post_init__(self) -> None:
        _check_kinds(self)
        for lie in self.lies:
            if not isinstance(lie, Lie):
                raise TypeError(f"claim {self.id}: lies must hold a Lie each; got {type(lie).__name__}")
            if not (isinstance(lie.name, str) and _is_unicode(lie.name) and callable(lie.law)):
                raise TypeError(
                    f"claim {self.id}: a Lie must have a text as its name and a function as its law; got {quoted(lie)}"
                )
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


TEXTS = ("id", "statement", "source", "observable", "margin_reason", "reading", "unpredicted")
KINDS: Mapping[str, tuple[str, tuple[type, ...]]] = {
    **dict.fromkeys(TEXTS, ("text", (str,))),
    "kind": ("a Kind", (Kind,)),
    "margin": ("a number", (int, float)),
    "error_rate": ("a number", (int, float)),
    "lies": ("a tuple of Lie", (tuple, list)),
    "exponents": ("a mapping", (Mapping,)),
    "relative": ("True or False", (bool,)),
}


def _check_kinds(claim: Claim) -> None:
    """TypeError where a field is of another kind: what is not looked at here fails far from the file that it stands in."""
    from verify.running.design import Design

    def refuse(name: str, what: str) -> NoReturn:
        kind = type(getattr(claim, name)).__name__
        raise TypeError(f"claim {quoted(claim.id)}: {name} must be {what}; got {kind}")

    for name, (what, kinds) in KINDS.items():
        value = getattr(claim, name)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            refuse(name, what)
    for name in TEXTS:
        if not _is_unicode(getattr(claim, name)):
            refuse(name, "a text that can be written")
    for name in ("predict", "judge", "measure"):
        value = getattr(claim, name)
        if not callable(value) and not (name == "measure" and value is None):
            refuse(name, "a function")
    if claim.design is not None and not isinstance(claim.design, Design):
        refuse("design", "a Design, or None where nothing is run")
    pair = claim.bounds
    numbers = (
        isinstance(pair, tuple)
        and len(pair) == 2
        and all(one is None or isinstance(one, int | float) for one in pair)
    )
    if not numbers:
        refuse("bounds", "two numbers, None for no bound")


def _is_unicode(text: str) -> bool:
    """Whether it can be written into a file: halves of a letter cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
