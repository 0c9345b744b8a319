"""Claims on the first gradient: the split (eq. 20), Lemmas B.4, B.5, B.9 and Proposition B.6, literally and as predicted."""

from verify.claims.gradient.forster import forster_claims
from verify.claims.gradient.rank_one import rank_one_claims
from verify.claims.gradient.signs import sign_claims
from verify.claims.gradient.split import split_claims
from verify.claims.gradient.zeros import zero_claims
from verify.judging.claim import Claim
from verify.problem.paper import default_problem, ladder

__all__ = ["claims"]


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """Every claim of this subject; `quick` at the same ratios with d = 200 and below."""
    return (
        *split_claims(quick),
        *rank_one_claims(default_problem(), ladder(quick)),
        *sign_claims(quick),
        *zero_claims(quick),
        *forster_claims(),
    )
