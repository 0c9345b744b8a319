"""The outlier of W_1 = W_0 - eta D: position, threshold, overlaps, deflation; plain numbers in, plain
numbers out.

D acts as theta u v^T/eta plus noise, and v contains W_0^T a, so that m = u^T W_0 v is of order sqrt d. The
two-row theory keeps that correlation; the one-row theory drops the second row m2 that sign(a) leaves behind,
the independent theory (Benaych-Georges & Nadakuditi 2012) drops both. docs/derivations/spike.md.
"""

import math
from dataclasses import dataclass
from typing import Literal

from theory.checks import choice, number

__all__ = [
    "SIGN_SECOND_ROW",
    "Spike",
    "SpikeTheory",
    "critical_theta",
    "spike",
    "spike_of_roots",
]

SpikeTheory = Literal["two-row", "one-row", "independent"]

_FAR, _LARGEST = 1e125, 1e30  # squares of lengths, times a size, stay finite in float64
SIGN_SECOND_ROW = math.sqrt(math.pi / 2.0 - 1.0)
"""m2/m of the sign update; 0 for GD."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """The top and bottom singular values of W_1 and the overlaps of its top singular vectors with the
    update's."""

    theory: SpikeTheory
    strength: float  # Lambda, to be compared with `threshold`
    threshold: float  # tau^2 sqrt(N d)
    outlier: bool
    top: float  # s_1(W_1), the bulk edge without an outlier
    edge: float  # tau (sqrt N + sqrt d)
    left_overlap_squared: float  # (u_1(W_1) . u)^2, u the update's top left singular vector
    right_overlap_squared: float  # (v_1(W_1) . v)^2
    teacher_factor: float  # sim(W_1, beta)^2 / (v . beta)^2: may exceed 1
    similarity: float | None  # sim(W_1, beta) = |v_1(W_1) . beta|, if (v . beta)^2 was given
    deflation_strength: float  # L, to be compared with `threshold` as well
    deflated: bool
    bottom: float  # smallest of the min(N, d) singular values
    lower_edge: float  # tau |sqrt N - sqrt d|
    flag: str | None


def spike(
    *,
    theta: float,
    N: float,
    d: float,
    m: float = 0.0,
    m2: float = 0.0,
    tau: float = 1.0,
    teacher_overlap_squared: float | None = None,
    theory: SpikeTheory = "two-row",
    flag: str | None = None,
) -> Spike:
    """Outlier of W_1 = W_0 - theta u v^T + noise by the closed formulas.

    Parameters
    ----------
    theta : float
        eta ||D||_2, >= 0, in the unit of W; at most 1e125, as m, m2 and tau.
    N, d : float
        Rows and columns of W, > 0.
    m : float
        u^T W_0 v with the signs of u, v such that D ~ +u v^T; any sign, in the unit of W.
    m2 : float
        Length of the part of the row of W_0 along a that is orthogonal to u, times (v . row); >= 0.
    tau : float
        Standard deviation of one entry of the noise around the spike, > 0: tau^2 = t0 + eta^2 (||D||_F^2 -
        ||D||_2^2)/(N d), with t0 = 1 (NTK) or 1/d (mean-field).
    teacher_overlap_squared : float, optional
        (v . beta)^2, in [0, 1].
    theory : {"two-row", "one-row", "independent"}
        The last two put m2 = 0 and m = m2 = 0: rivals that are kept to be refuted.
    flag : str, optional
        A reason, known to the caller, why the prediction is outside its derivation; handed on in the result.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, or outside its domain.

    Notes
    -----
    docs/derivations/spike.md, eqs. (12) to (18). n, N, d -> inf at fixed ratios; s_1 scatters by O(1) around
    it (`theory.spike.fluctuation`), and within about d^(-1/3) of the threshold, relative, the transition is
    smooth.

    Examples
    --------
    >>> round(spike(theta=98.9, m=12.05, m2=9.105, tau=1.0, N=1500, d=1000).top, 1)
    101.0
    """
    theta, N, d, m, m2, tau = checked_problem(theta=theta, N=N, d=d, m=m, m2=m2, tau=tau, theory=theory)
    root = _roots(theta, m, m2)
    return spike_of_roots(
        strength=root[0], deflation_strength=root[1], theta=theta, N=N, d=d, m=m, m2=m2, tau=tau,
        teacher_overlap_squared=checked_share("teacher_overlap_squared", teacher_overlap_squared),
        theory=theory, flag=flag,
    )  # fmt: skip


def spike_of_roots(
    *,
    strength: float,
    deflation_strength: float,
    theta: float,
    N: float,
    d: float,
    m: float,
    m2: float,
    tau: float,
    teacher_overlap_squared: float | None,
    theory: SpikeTheory,
    flag: str | None,
) -> Spike:
    """What follows from the roots Lambda and -L of Lambda^2 - te Lambda - theta^2 m2^2 = 0; see `spike`."""
    threshold = tau**2 * math.sqrt(N * d)
    edge, lower_edge = tau * (math.sqrt(N) + math.sqrt(d)), tau * abs(math.sqrt(N) - math.sqrt(d))
    outlier = strength > threshold
    top, left, right, teacher = edge, 0.0, 0.0, 0.0
    if outlier:
        top = math.sqrt(strength + tau**2 * N) * math.sqrt(1.0 + tau**2 * d / strength)
        left, right, teacher = _overlaps(strength, theta, m, m2, tau, N, d)
    # L > threshold and N < d: the singular value is pulled down; L <= m^2 + m2^2 <= tau^2 d keeps the root
    # real
    deflated = deflation_strength > threshold and d > N
    bottom = lower_edge
    if deflated:
        product = (deflation_strength - tau**2 * N) * (tau**2 * d - deflation_strength) / deflation_strength
        bottom = math.sqrt(max(product, 0.0))
    reasons = [flag] if flag else []
    if m**2 + m2**2 > tau**2 * d * (1.0 + 1e-12):
        reasons.append(
            f"m^2 + m2^2 = {m**2 + m2**2:.6g} exceeds tau^2 d = {tau**2 * d:.6g}: "
            "no unit v has that correlation with W_0"
        )
    similarity = None
    if teacher_overlap_squared is not None:
        similarity = math.sqrt(min(teacher * teacher_overlap_squared, 1.0))
    return Spike(
        theory=theory,
        strength=strength,
        threshold=threshold,
        outlier=outlier,
        top=top,
        edge=edge,
        left_overlap_squared=left,
        right_overlap_squared=right,
        teacher_factor=teacher,
        similarity=similarity,
        deflation_strength=deflation_strength,
        deflated=deflated,
        bottom=bottom,
        lower_edge=lower_edge,
        flag="; ".join(reasons) or None,
    )


def critical_theta(
    *, N: float, d: float, m: float = 0.0, m2: float = 0.0, tau: float = 1.0, theory: SpikeTheory = "two-row"
) -> float:
    """The theta = eta ||D||_2 at which the outlier leaves the bulk.

    Parameters
    ----------
    N, d, m, m2, tau, theory
        As in `spike`.

    Returns
    -------
    theta_c : float, > 0, in the unit of W.

    Raises
    ------
    TypeError, ValueError
        As `spike`.

    Notes
    -----
    docs/derivations/spike.md, eq. (19). tau is taken as given; `theory.spike.inputs.critical_eta` solves for
    the eta that tau depends on.
    """
    _, N, d, m, m2, tau = checked_problem(theta=0.0, N=N, d=d, m=m, m2=m2, tau=tau, theory=theory)
    level = tau**2 * math.sqrt(N * d)
    return level * _sum_of_root(m, math.sqrt(m**2 + m2**2 + level), m2**2 + level) / (level + m2**2)


def _sum_of_root(m: float, root: float, square: float) -> float:
    """m + sqrt(m^2 + square), without cancellation when m is negative."""
    return m + root if m >= 0.0 else square / (root - m)


def _roots(theta: float, m: float, m2: float) -> tuple[float, float]:
    """Lambda >= 0 and L >= 0 with Lambda - L = te = theta^2 - 2 theta m and Lambda L = (theta m2)^2."""
    te = theta * (theta - 2.0 * m)
    cross = theta * m2
    large = abs(te) / 2.0 + math.hypot(te / 2.0, cross)
    small = cross / large * cross if large > 0.0 else 0.0
    return (large, small) if te >= 0.0 else (small, large)


def _overlaps(
    strength: float, theta: float, m: float, m2: float, tau: float, N: float, d: float
) -> tuple[float, float, float]:
    """(u_1.u)^2, (v_1.v)^2 and sim^2/(v.beta)^2 above threshold; eqs. (16), (17), (18)."""
    x2, B = strength / (tau**2 * N), d / N
    tilt = math.atan2(theta * m2, strength)
    cosine, sine = math.cos(tilt), math.sin(tilt)
    above = max(1.0 - B / x2 / x2, 0.0)  # at the threshold itself rounding decides the sign
    left, column, root = cosine**2 * above / (1.0 + 1.0 / x2), above / (1.0 + B / x2), math.sqrt(strength)
    right = column * (((theta - m) * cosine + m2 * sine) / root) ** 2
    return min(left, 1.0), min(right, 1.0), column * (theta * cosine / root) ** 2


def checked_problem(
    *, theta: float, N: float, d: float, m: float, m2: float, tau: float, theory: str
) -> tuple[float, float, float, float, float, float]:
    """The arguments of `spike` as floats inside their domains, with the rows m, m2 that the theory keeps."""
    choice("theory", theory, ("two-row", "one-row", "independent"))
    m, m2 = number("m", m, least=-_FAR, most=_FAR), number("m2", m2, least=0, most=_FAR)
    return (
        number("theta", theta, least=0, most=_FAR),
        number("N", N, above=0, most=_LARGEST),
        number("d", d, above=0, most=_LARGEST),
        0.0 if theory == "independent" else m,
        m2 if theory == "two-row" else 0.0,
        number("tau", tau, above=0, most=_FAR),
    )


def checked_share(name: str, value: float | None) -> float | None:
    """`value` as a float in [0, 1], or None."""
    return None if value is None else number(name, value, least=0, most=1)
