"""Claims on the update's norms beyond their scaling: Theorem 4.1 as worded, C4.2, and ours on c, eps and the spectrum."""

from verify.claims.constants import values as constants_values
from verify.claims.constants.ray import ray_claims
from verify.claims.constants.step import step_claims
from verify.claims.constants.theorem import share_claims, theta_claims
from verify.claims.constants.uncorrected import uncorrected_claims
from verify.judging.claim import Claim

__all__ = ["claims"]


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """T4.1.S, T4.1 as Theta, B.2, C4.2; then ours."""
    return (
        *share_claims(quick),
        *theta_claims(quick),
        *ray_claims(quick),
        *step_claims(quick),
        *constants_values.claims(quick=quick),
        *uncorrected_claims(quick),
    )
