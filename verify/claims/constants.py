"""Claims on the constants of Theorem 4.1: the paper's, and ours on what else sign(G_0) fixes."""

from verify.claim import Claim
from verify.claims import constants_theorem, constants_values

__all__ = ["claims"]


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """Every claim of this subject; `quick` at the same ratios with d = 200 and below, and k = 1..3 on the ray."""
    return (*constants_theorem.claims(quick=quick), *constants_values.claims(quick=quick))
