"""The problem that the parts of `theory.predict` share, and how they name what they found."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from theory.functions.activations import Function
from theory.gradient.decomposition import SignalNoise, row_excess
from theory.prediction.catalogue import CATALOGUE
from theory.prediction.quantity import Quantity
from theory.update.optimisers import Optimiser

__all__ = [
    "EPS",
    "FAR",
    "LARGEST",
    "NO_SIGNAL",
    "TOO_LARGE",
    "Problem",
    "flag_of",
    "leading_flag",
    "quantity",
    "sizes_flag",
]

EPS = "eps > 0: derived for eps = 0, where the update is the sign"
ROWS_DIFFER = (
    "n/d is not small against d: rows of G_0 differ in their noise, which the leading order leaves out"
)
SMALL = "a size below 50: derived for large n, N, d"
NO_SIGNAL = "mu_1 = E sigma' = 0: the gradient has no rank-one part, so there is no spike to predict"
FAR = 1e50  # largest eta, eps and noise: their fourth powers stay finite in float64
LARGEST = 1_000_000  # n + N + d: edges and ridge stage sum over arrays of each size, some 4 s of work here
TOO_LARGE = "n + N + d is above a million: it takes sums over arrays of each size, and is left out"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """What is predicted for.

    `length` is 3.1623 for uncorrected Adam: its first step at eta is the corrected one at length * eta (and at
    eps/sqrt(1 - b2)). `residual_squares` are n mid-quantiles of the law of r^2; None where n is too large.
    """

    sn: SignalNoise
    student: Function
    teacher: Function
    optimiser: Optimiser
    adam: Literal["corrected", "uncorrected"]
    eps: float
    ridge: float
    length: float
    residual_squares: NDArray[np.float64] | None

    @property
    def is_adam(self) -> bool:
        """Whether FB-Adam takes the step."""
        return self.optimiser == "adam"

    @property
    def sizes_flag(self) -> str | None:
        """Set where the sizes are too small for any asymptotic formula."""
        return sizes_flag(self.sn)

    @property
    def leading_flag(self) -> str | None:
        """What the leading order does not cover: small sizes, and rows that differ."""
        return leading_flag(self.sn)

    @property
    def step_flag(self) -> str | None:
        """What the formulas for W_1 do not cover, beside what their modules flag themselves."""
        return flag_of(self.leading_flag, EPS if self.is_adam and self.eps > 0.0 else None)


def sizes_flag(sn: SignalNoise) -> str | None:
    """Set where the sizes are too small for any asymptotic formula."""
    return SMALL if min(sn.n, sn.N, sn.d) < 50 else None


def leading_flag(sn: SignalNoise) -> str | None:
    """What the leading order does not cover: small sizes, and rows that differ."""
    excess = float(row_excess(sn, np.array(1.0)))
    differ = sn.nu > 0.0 and excess > 0.02 * sn.nu**2
    return flag_of(sizes_flag(sn), ROWS_DIFFER if differ else None)


def flag_of(*reasons: str | None) -> str | None:
    """The reasons that there are, each once, in one line; None if there is none."""
    parts = [part for reason in reasons if reason for part in reason.split("; ")]
    return "; ".join(dict.fromkeys(parts)) or None


def quantity(
    problem: Problem,
    name: str,
    value: float,
    *,
    sd: float = math.nan,
    eta: float | None = None,
    features: Literal["", "paper", "released"] = "",
    flag: str | None = None,
) -> Quantity:
    """A quantity of the catalogue; a value that is no number gets a flag if it has none."""
    entry = CATALOGUE[name]
    if math.isnan(value) and flag is None:
        flag = "not defined for this problem"
    own = entry.gd_equation if problem.optimiser == "gd" else None
    return Quantity(
        name=name,
        value=float(value),
        sd=float(sd),
        eta=eta,
        features=features,
        flag=flag,
        equation=own or entry.equation,
        section=entry.section,
        meaning=entry.meaning,
    )
