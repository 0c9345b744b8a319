"""Claims on the update's norms beyond their scaling: Theorem 4.1 as worded, C4.2, and ours on c, eps and the spectrum."""

from verify.claim import Claim
from verify.claims import constants_values
from verify.claims.constants_ray import ray_claims
from verify.claims.constants_step import step_claims
from verify.claims.constants_theorem import share_claims, theta_claims

__all__ = ["claims"]


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """T4.1.S, T4.1 as Theta, B.2, C4.2; then ours."""
    return (
        *share_claims(quick),
        *theta_claims(quick),
        *ray_claims(quick),
        *step_claims(quick),
        *constants_values.claims(quick=quick),
    )
