"""The claims X.G2 and X.GF: both norms of G_0 follow the prediction in n, N, d and in their constant."""

from dataclasses import replace

from verify.claims.norms.grid import Grid
from verify.claims.norms.laws import constant_of, growth_claim
from verify.claims.norms.rivals import GRADIENT_CONSTANTS, GRADIENT_RIVALS
from verify.claims.norms.update import along_ray
from verify.judging.claim import Claim
from verify.predictions.norms import gradient_frobenius, gradient_operator

__all__ = ["GD_SEEDS", "gradient_claims"]

GD_SEEDS = 20
GD_REASON = "||G_0|| scatters by 0.7 to 2.2/sqrt d from run to run; a factor of two and a wrong power of n, N, d lie outside"


def gradient_claims(grid: Grid) -> tuple[Claim, ...]:
    """X.G2 and X.GF: both norms of G_0 follow the prediction in n, N, d and in their constant."""
    claims = []
    for name, norm, observable, predict in (
        ("X.G2", "||G_0||_2", "operator_norm", gradient_operator),
        ("X.GF", "||G_0||_F", "frobenius_norm", gradient_frobenius),
    ):
        law = growth_claim(
            name,
            statement=f"{norm} grows with n, N, d as predicted (exponents of measured over predicted are 0)",
            source="docs/derivations/gradient.md; eq. 8",
            reading="GD, factor 2 of the loss included",
            observable=observable,
            predict=predict,
            margin=0.1,
            margin_reason=GD_REASON,
            lies=GRADIENT_RIVALS,
            grid=grid,
        )
        law = replace(law, seeds=GD_SEEDS)
        constant = constant_of(
            law,
            statement=f"measured over predicted {norm} is 1 at the centre of the design",
            margin=0.15,
            margin_reason=GD_REASON,
            lies=GRADIENT_CONSTANTS,
        )
        claims += [law, constant, *along_ray(constant, grid)]
    return tuple(claims)
