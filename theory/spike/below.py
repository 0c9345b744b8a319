"""Overlaps of the top singular vectors of W_1 with the update's below the threshold: of order 1/N and 1/d, swollen.

The two-row theory of `theory.spike` where there is no outlier. docs/derivations/spike.md, section "Below the threshold".
"""

import math
from dataclasses import dataclass

from theory.spike.formulas import checked_problem, checked_share

__all__ = ["OverlapsBelow", "overlaps_below"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapsBelow:
    """Means over draws of (u_1(W_1) . u)^2, (v_1(W_1) . v)^2 and (v_1(W_1) . beta)^2, the last where v . beta is given.

    One draw scatters by sqrt 2 of its mean: the products themselves are nearly normal with mean 0, so sim, the
    absolute value of the last one, has the mean sqrt(2/pi) of its root.
    """

    left: float
    right: float
    teacher: float | None = None


def overlaps_below(
    *,
    theta: float,
    N: float,
    d: float,
    m: float = 0.0,
    m2: float = 0.0,
    tau: float = 1.0,
    teacher_overlap_squared: float | None = None,
) -> OverlapsBelow:
    """Mean squared overlaps of the top pair where no outlier leaves the bulk.

    Parameters
    ----------
    theta, N, d, m, m2, tau
        As in `theory.spike.spike`.
    teacher_overlap_squared : float, optional
        (v . beta)^2; beta is independent of W_0.

    Raises
    ------
    ValueError
        If an argument is outside its domain, or theta is at its critical value or beyond.

    Notes
    -----
    docs/derivations/spike.md, eqs. (34) to (38). To leading order in 1/N and 1/d, at a fixed distance from the threshold;
    nearer to it than d^(-1/3), relative, the transition is smooth.

    Examples
    --------
    >>> found = overlaps_below(theta=0.0, N=1500, d=1000)
    >>> round(1500 * found.left, 9), round(1000 * found.right, 9)
    (1.0, 1.0)
    """
    theta, N, d, m, m2, tau = checked_problem(theta=theta, N=N, d=d, m=m, m2=m2, tau=tau, theory="two-row")
    theta, m, m2 = theta / tau, m / tau, m2 / tau
    edge, p, q = math.sqrt(N) + math.sqrt(d), N**-0.5, d**-0.5
    mu, mu2 = m / d, m2 / d  # v = mu W_0^T u + mu2 W_0^T u' + a part that knows nothing of W_0
    free = max(1.0 - (m**2 + m2**2) / d, 0.0)
    cross = 1.0 + theta * mu * (edge * p - 1.0)  # 1 - kappa
    row = edge * (edge * p - 1.0)  # lambda u^T W_0 (lambda^2 - W_0^T W_0)^-1 W_0^T u
    q_v = free * q + (mu**2 + mu2**2) * row
    room = cross**2 - p * theta**2 * q_v
    if room <= 0.0:
        raise ValueError(f"theta must lie below its critical value; got {theta * tau!r}")
    rest = (mu2 * edge) ** 2 / N + free / d
    left = (cross - p * theta * mu * edge) ** 2 / N + (p * theta) ** 2 * rest
    right = (theta * q_v - cross * mu * edge) ** 2 / N + cross**2 * rest
    left, right = left / room**2, right / room**2
    share, teacher = checked_share("teacher_overlap_squared", teacher_overlap_squared), None
    if share is not None:
        teacher = 1.0 / d + share * theta**2 * (left / d + 2.0 * p / (d**1.5 * room))
    return OverlapsBelow(left=left, right=right, teacher=teacher)
