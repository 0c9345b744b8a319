"""||sign(G_0)||_2 where the signal is weak: the spike against the edge of the signs' own noise.

Derivation: docs/derivations/sign_update.md, section 4. `sign_norm_ratio_refined` takes the noise to first order, which
holds while c**2 sqrt(N d) is large; here the outlier's equation is solved whole, and where it has no root outside the
noise's spectrum the noise's edge is on top.
"""

import math
from dataclasses import dataclass

from scipy import special

from theory.functions.activations import Function
from theory.functions.regularity import lipschitz_constant
from theory.gradient.decomposition import SignalNoise
from theory.random_matrices.random_covariance import edge_square, upper_edge
from theory.spectrum.noise_covariance import normal_mid_quantiles
from theory.spectrum.noise_spectra import sign_noise_of
from theory.spectrum.outlier import outlier_argument
from theory.update.sign import paired_rows_ratio_squared

__all__ = ["SignTop", "is_weak", "sign_top", "underived"]

WEAK = 30.0  # c**2 sqrt(N d) below which what first order leaves out, 1/(c**4 N d) of c**2, is above 0.1 %
WEAK_NOT_ODD = 10.0  # the same for students without anything better: 1 %
STRONG = (
    0.25  # c**2 above which a small c**2 sqrt(N d) says that N and d are tiny, not that the signal is weak
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignTop:
    """Expected ||sign(G_0)||_2/sqrt(N d): `value`; `is_outlier` says whether the signal or the noise's edge sets it."""

    value: float
    is_outlier: bool


def is_weak(sn: SignalNoise) -> bool:
    """Whether the signal stands so near the noise's edge, or below it, that `sign_norm_ratio_refined` is not enough."""
    c_2 = paired_rows_ratio_squared(sn)
    least = WEAK if sn.student.odd else WEAK_NOT_ODD
    return sn.nu > 0.0 and c_2 < STRONG and c_2 * math.sqrt(sn.N * sn.d) < least


def underived(sn: SignalNoise, student: Function, *, eps: float = 0.0) -> str:
    """What keeps `sign_top` from predicting Adam's first step of this student; empty where nothing does."""
    if not sn.student.odd:
        return "a student that is not odd (with E[z sigma'(z)] != 0 the noise follows W_0)"
    if eps > 0.0:
        return "eps > 0"
    if sn.teacher_direction == "axis":
        return "an axis-aligned teacher"
    if not lipschitz_constant(student).bounded:
        return "a student with an unbounded derivative"
    return ""


def sign_top(sn: SignalNoise, teacher: Function) -> SignTop:
    """Expected ||sign(G_0)||_2/sqrt(N d) of an odd student, at any strength of the signal.

    Parameters
    ----------
    sn : SignalNoise
        Of an odd student with noise (nu > 0); mu_1 = 0 gives the edge.
    teacher : Function
        The one whose moments `sn` holds.

    Returns
    -------
    top : SignTop

    Raises
    ------
    ValueError
        If the student is not odd: with mu_2 != 0 the rows of the noise follow W_0, which is not derived; or if the
        gradient has no noise.

    Notes
    -----
    docs/derivations/sign_update.md, sign-16 to sign-18. 3 % at d of 200, 2 % at 800; 4 % was seen at (500, 250, 1000).
    """
    if not sn.student.odd:
        raise ValueError(
            f"student must be odd, got {sn.student.name}; with mu_2 != 0 the edge is not derived"
        )
    law = sign_noise_of(sn, teacher)
    if law is None:
        raise ValueError("the gradient must have noise, got nu = 0; its sign has rank one")
    edge, root = upper_edge(law, sn.N), math.sqrt(sn.N * sn.d)
    power = special.erf(sn.kappa * normal_mid_quantiles(sn.d) / math.sqrt(2.0)) ** 2
    h = outlier_argument(
        sn,
        teacher,
        law,
        strength=paired_rows_ratio_squared(sn) * sn.d,
        v_squared=power / power.sum() if sn.kappa > 0.0 else power,
        edge=edge.argument,
    )
    if h is None:
        return SignTop(value=edge.expected / root, is_outlier=False)
    return SignTop(value=math.sqrt(edge_square(law, sn.N, h)) / root, is_outlier=True)
