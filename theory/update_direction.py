"""Where the top right singular vector v of the first update points: its cosines with the residual's linear
part b, with the teacher's direction and with the network's own.

`docs/derivations/losses.md`, eqs. (4) to (6).
"""

import math
from typing import TYPE_CHECKING, Literal

from theory._domain import number

if TYPE_CHECKING:
    from theory.decomposition import SignalNoise

__all__ = ["direction_overlap", "update_overlaps"]


def direction_overlap(projection: float, *, d: float, v_t: float, p: float | None = None) -> float:
    """v.w for a fixed direction w, given projection = E[t.w] (for instance |b|**2 for w = b).

    Parameters
    ----------
    projection : float
        b.w.
    d, v_t : float
        Input dimension and variance of one entry of t.
    p : float, optional
        kappa**2/(1 + kappa**2): v is that of the sign update. Without it v = t/|t|, that of GD.

    Notes
    -----
    Eqs. (4), (5). Directions spread over their coordinates; an axis loses all but one entry of itself.
    """
    overlap = projection / math.sqrt(number("d", d, above=0) * number("v_t", v_t, above=0))
    if p is None:
        return overlap
    p = number("p", p, least=0, most=1)
    return overlap * (math.sqrt(p / math.asin(p)) if p > 0 else 1.0)


def update_overlaps(
    sn: "SignalNoise", *, optimiser: Literal["adam", "gd"], sign_norm_ratio: float
) -> tuple[float, float, float]:
    """v.b, |v.beta| and |v.wbar| of the first update in the setting of `sn`, axis-aligned teachers included.

    Notes
    -----
    Eqs. (4) to (6). `sign_norm_ratio` (c) is used for the sign update of an axis-aligned teacher alone: of
    beta, one entry in d survives the sign, of size erf(mu_1 c_1/(sqrt(2) nu)) among entries of mean square
    c**2.
    """
    c_1, own = abs(sn.teacher.c_1), abs(sn.student.mu_1)
    own_squared = max(sn.b_squared - c_1**2, 0.0)  # mu_1^2, mean-field mu_1^2/N
    if optimiser == "gd" or sn.teacher_direction == "sphere":
        p = None if optimiser == "gd" else sn.p
        overlaps = [direction_overlap(x, d=sn.d, v_t=sn.v_t, p=p) for x in (sn.b_squared, c_1, own)]
        return overlaps[0], overlaps[1], overlaps[2]
    spread = sn.v_t - c_1**2 / sn.d
    held = math.erf(own * c_1 / (math.sqrt(2) * sn.nu)) if sn.nu > 0 else float(own * c_1 > 0)
    entry = held / (sign_norm_ratio * math.sqrt(sn.d)) if sign_norm_ratio > 0 else 0.0
    of_output = direction_overlap(own_squared, d=sn.d, v_t=spread, p=sn.p)
    return of_output + c_1 * entry, entry, direction_overlap(own, d=sn.d, v_t=spread, p=sn.p)
