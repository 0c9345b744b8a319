"""Where the top right singular vector v of the first update points: its cosines with the residual's linear
part b, with the teacher's direction and with the network's own.

`docs/derivations/losses.md`, eqs. (4) to (6); for one run's cosine with the teacher `docs/derivations/spike.md`.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erf

from theory.checks import number
from theory.gradient.decomposition import width_factor
from theory.update.optimisers import Optimiser, known_optimiser

if TYPE_CHECKING:
    from theory.functions.activations import Function
    from theory.gradient.decomposition import SignalNoise

__all__ = ["TeacherOverlap", "direction_overlap", "teacher_overlap", "teacher_scatter", "update_overlaps"]

LARGEST_SHARE = 0.05  # of |t|^2 in a single sample, on average over its energy: flagged from here on
_GRID = np.linspace(-9.0, 9.0, 3601)
_WEIGHTS = np.exp(-0.5 * _GRID**2) / np.exp(-0.5 * _GRID**2).sum()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherOverlap:
    """Means over runs of (v . beta)^2 and of |v . beta|, and when the former is too large."""

    squared: float
    mean: float
    flag: str | None


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
    sn: "SignalNoise", *, optimiser: Optimiser, sign_norm_ratio: float
) -> tuple[float, float, float]:
    """v.b, |v.beta| and |v.wbar| of the first update in the setting of `sn`, axis-aligned teachers included.

    Notes
    -----
    Eqs. (4) to (6). `sign_norm_ratio` (c) is used for the sign update of an axis-aligned teacher alone: of
    beta, one entry in d survives the sign, of size erf(mu_1 c_1/(sqrt(2) nu)) among entries of mean square
    c**2.
    """
    optimiser = known_optimiser(optimiser)
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


def teacher_scatter(sn: "SignalNoise", teacher: "Function", *, of_unit_t: bool = False) -> float:
    """Variance over runs of t . beta, whose mean is -c_1: mu_1**2/d (mean-field: /N) + Var(r beta.x)/n.

    Parameters
    ----------
    sn : SignalNoise
    teacher : Function
        That of `sn`.
    of_unit_t : bool
        Each sample's share less what it does to |t| itself: d v_t times the variance of (t/|t|) . beta.

    Notes
    -----
    docs/derivations/spike.md, eqs. (spike-39) and (spike-40).
    """
    node, weight = np.polynomial.hermite_e.hermegauss(24)
    mean = sn.student.s0 * sn.offset
    spread = math.sqrt(max(sn.output_2 - mean**2, 0.0) + sn.noise**2)
    with np.errstate(over="ignore"):
        r_2 = (mean + spread * node - teacher.value(_GRID)[:, None]) ** 2
    energy = (_GRID**2)[:, None] * r_2
    if of_unit_t:
        energy = energy / (1.0 + np.maximum(r_2 - sn.residual_2, -0.5) / (sn.n**2 * sn.v_t))
    per_sample = float(_WEIGHTS @ energy @ (weight / weight.sum())) - sn.teacher.c_1**2
    own = sn.student.mu_1**2 / width_factor(sn.parametrisation, sn.N)
    return own / sn.d + max(per_sample, 0.0) / sn.n


def teacher_overlap(
    sn: "SignalNoise", teacher: "Function", *, optimiser: Optimiser, sign_norm_ratio: float
) -> TeacherOverlap:
    """(v . beta)**2 and |v . beta| of a run on average, its scatter included: they do not vanish with c_1.

    Parameters
    ----------
    sn : SignalNoise
    teacher : Function
        That of `sn`.
    optimiser : {"adam", "gd"}
    sign_norm_ratio : float, in (0, 1]
        c; used for the sign update.

    Returns
    -------
    TeacherOverlap
        Flagged where single residuals are so large that |t| feels them.

    Notes
    -----
    docs/derivations/spike.md, eqs. (spike-40) to (spike-43). Their limits at n, d = infinity are (spike-20),
    (spike-22) and (spike-23).
    """
    optimiser = known_optimiser(optimiser)
    variance = teacher_scatter(sn, teacher, of_unit_t=True)
    whole, slope = sn.d * sn.v_t, abs(sn.teacher.c_1)
    y = slope + math.sqrt(variance) * _GRID
    if optimiser == "adam" and sn.teacher_direction == "axis":
        ratio = number("sign_norm_ratio", sign_norm_ratio, above=0, most=1)
        gain = abs(sn.student.mu_1) / (math.sqrt(2.0) * sn.nu) if sn.nu > 0.0 else math.inf
        entry = np.abs(erf(gain * y)) if math.isfinite(gain) else np.ones_like(y)
        unit = ratio * math.sqrt(sn.d)
        squared, mean = float(_WEIGHTS @ entry**2) / unit**2, float(_WEIGHTS @ entry) / unit
        return TeacherOverlap(squared=min(squared, 1.0), mean=min(mean, 1.0), flag=None)
    rest = max(whole - slope**2 - variance, 0.0)
    squared = float(_WEIGHTS @ (y**2 / (y**2 + rest))) if rest > 0.0 else 1.0
    kept = 1.0 if optimiser == "gd" or sn.p == 0.0 else sn.p / math.asin(sn.p)
    spread = kept * variance / whole + (1.0 - kept) / sn.d
    return TeacherOverlap(
        squared=min(kept * squared + (1.0 - kept) / sn.d, 1.0),
        mean=min(_folded(math.sqrt(kept / whole) * slope, math.sqrt(spread)), 1.0),
        flag=_heavy(sn),
    )


def _heavy(sn: "SignalNoise") -> str | None:
    """A flag where a residual's own term r_k x_k/n is so much of t that |t| is large when t . beta is."""
    share = sn.residual_4 / (sn.n**2 * sn.v_t * sn.residual_2) if sn.residual_2 > 0.0 else 0.0
    if share <= LARGEST_SHARE:
        return None
    return (
        f"heavy-tailed residual: single samples make {share:.0%} of |t|^2, and the scatter of v . beta was measured "
        "up to 13 % below the prediction there"
    )


def _folded(mean: float, deviation: float) -> float:
    """E|y|, y ~ N(mean, deviation**2)."""
    if deviation == 0.0:
        return abs(mean)
    ratio = mean / deviation
    edge = math.sqrt(2.0 / math.pi) * math.exp(-0.5 * ratio**2)
    return deviation * edge + mean * math.erf(ratio / math.sqrt(2.0))
