"""Claims on losses, KTA and sim after one step: the paper's sweeps (S4.1d-g), other settings (D.4, F.1, F.5a), ours."""

from verify.claims.losses import settings as losses_settings
from verify.claims.losses import sweeps as losses_sweeps
from verify.claims.losses import theory as losses_theory
from verify.claims.losses.reach import reach_claim
from verify.judging.claim import Claim
from verify.problem.paper import main_cell

__all__ = ["claims"]


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """Every claim of this subject, at the paper's size or (`quick`) at the same ratios with d = 200."""
    return (
        *losses_sweeps.claims(quick=quick),
        *losses_settings.claims(quick=quick),
        *losses_theory.claims(quick=quick),
        reach_claim(main_cell(quick), seeds=80 if quick else 26),
    )
