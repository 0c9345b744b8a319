"""The phase of a spectrum, in Martin & Mahoney's words (JMLR 22:165, 2021), by rules that can be read and tested.

docs/spectra.md states them with how often they are right on spectra whose truth is known; where the statistics lie
between two rules the phase is "undecided". The evidence is kept beside the word.
"""

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["PHASES", "Phase", "PhaseEvidence", "phase_of"]

Phase = Literal[
    "random-like", "bleeding-out", "bulk+spikes", "bulk-decay", "heavy-tailed", "rank collapse", "undecided"
]
PHASES: tuple[Phase, ...] = (
    "random-like", "bleeding-out", "bulk+spikes", "bulk-decay", "heavy-tailed", "rank collapse", "undecided",
)  # fmt: skip

FULL, COLLAPSED = 0.98, 0.90  # rank over min(N, d): at least, and below
WHITE, OFF = 0.02, 0.04  # Kolmogorov's distance from white noise, over the null's mean: at most, and at least
SURE = 5.0  # standard deviations of the null that such a distance has to pass too: small matrices
HEAVY, LIGHT = 1.6, 1.4  # mean excess of ln l, upper half, over the null's: at least, and at most
DECAYING, LONG, SHARP = (
    1.2,
    3.0,
    1.1,
)  # the same of the top tenth: of a decay at least, at most; a sharp edge below


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEvidence:
    """What the rules look at; all of the bulk, without the outliers.

    Attributes
    ----------
    rank_share : float
        Numerical rank over min(N, d).
    outliers, beyond_white : int
        Values beyond the bulk's own edge, and beyond the best-scaled white one.
    deviation, deviation_null, deviation_null_sd : float
        Kolmogorov's distance from the best-scaled white law, and its law on pure noise.
    hill, hill_null : float
        Hill's exponent and its mean on pure noise.
    top_excess, top_excess_null : float
        Mean of ln l over the top tenth less its least, and its mean on pure noise.
    """

    rank_share: float
    outliers: int
    beyond_white: int
    deviation: float
    deviation_null: float
    deviation_null_sd: float
    hill: float
    hill_null: float
    top_excess: float
    top_excess_null: float

    @property
    def half_ratio(self) -> float:
        """Mean excess of ln l over the upper half, in units of the null's: 1 on noise, larger for heavier tails."""
        return (self.hill_null - 1.0) / (self.hill - 1.0)

    @property
    def top_ratio(self) -> float:
        """The same over the top tenth."""
        return self.top_excess / self.top_excess_null


def phase_of(evidence: PhaseEvidence) -> tuple[Phase, str]:
    """The phase, and the reason in a line."""
    e = evidence
    if e.rank_share < COLLAPSED:
        return "rank collapse", f"rank is {e.rank_share:.0%} of full"
    if e.rank_share < FULL:
        return "undecided", f"rank is {e.rank_share:.0%} of full: neither full nor collapsed"
    if math.isnan(e.deviation_null) or math.isnan(e.half_ratio) or math.isnan(e.top_ratio):
        return "undecided", "no null to compare with"
    excess = e.deviation - e.deviation_null
    least = max(OFF, SURE * e.deviation_null_sd)
    if excess <= WHITE:
        return _of_white_bulk(e)
    if excess < least:
        return "undecided", f"the bulk is {excess:.3f} off white noise: between {WHITE} and {least:.2g}"
    return _of_other_bulk(e)


def _of_white_bulk(e: PhaseEvidence) -> tuple[Phase, str]:
    if e.outliers:
        return "bulk+spikes", f"a white bulk and {e.outliers} beyond its edge"
    if e.beyond_white:
        return (
            "bleeding-out",
            f"a white bulk, {e.beyond_white} beyond the white edge and not apart from the rest",
        )
    return "random-like", "a white bulk and nothing beyond it"


def _of_other_bulk(e: PhaseEvidence) -> tuple[Phase, str]:
    said = f"log-excess {e.half_ratio:.2f} (upper half) and {e.top_ratio:.2f} (top tenth) times white noise's"
    if e.top_ratio < SHARP:
        return "undecided", f"a bulk off white noise with a sharp edge: {said}"
    if e.half_ratio >= HEAVY and e.top_ratio >= HEAVY:
        return "heavy-tailed", said
    if e.half_ratio <= LIGHT and DECAYING <= e.top_ratio <= LONG:
        return "bulk-decay", said
    return "undecided", f"between bulk-decay and heavy-tailed: {said}"
