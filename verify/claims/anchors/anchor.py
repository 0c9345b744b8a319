"""What an anchor is: a claim of kind exact that plain arithmetic decides, with its bug written out as a lie."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.exact import judge_exact
from verify.judging.sample import Prediction

__all__ = ["CLOSE", "DENSITY", "Z", "anchor"]

CLOSE = 1e-10  # relative: rounding
Z = np.linspace(-12.0, 12.0, 48001)
DENSITY = (
    np.exp(-0.5 * Z**2) / math.sqrt(2.0 * math.pi) * (Z[1] - Z[0])
)  # sums over Z are Gaussian means, to rounding
Check = Callable[[], bool]


def anchor(
    name: str, statement: str, source: str, observable: str, holds: Check, lies: Mapping[str, Check]
) -> Claim:
    """A claim of kind exact: `holds` says whether it does; each of `lies` is the same check of a rival, and must fail."""
    return Claim(
        id=name, statement=statement, source=source, reading="anchor", kind=Kind.EXACT, observable=observable,
        predict=lambda case: Prediction(value=float(holds())),
        judge=judge_exact, margin=0.0, margin_reason="plain arithmetic: rounding only",
        lies=tuple(_lie(rival, check) for rival, check in lies.items()),
    )  # fmt: skip


def _lie(name: str, check: Check) -> Lie:
    return Lie(name=name, law=lambda case, prediction: float(check()))
