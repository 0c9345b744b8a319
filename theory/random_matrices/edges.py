"""Right edge of the spectrum of M = Y Y^T for given covariance eigenvalues, plain or with weighted rows.

Y has N rows sqrt(w_i) Sigma^(1/2) g_i, g_i standard normal in R^d, ev_1..ev_d the eigenvalues of Sigma.
docs/derivations/edges.md, sections 1 and 2.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from theory import checks
from theory.random_matrices.hard_edge import least_moments, least_moments_at
from theory.random_matrices.tracy_widom import TRACY_WIDOM_MEAN, TRACY_WIDOM_VARIANCE

__all__ = [
    "Edge",
    "Method",
    "bracket",
    "lower_population_edge",
    "minimum_edge",
    "population_edge",
    "root_edge",
    "secular_root",
    "weighted_edge",
]

Method = Literal["root", "minimum"]
_METHODS = ("root", "minimum")


SOFT = 0.25  # of s^2: the largest fluctuation of an end that is called soft


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An end of the spectrum of a noise matrix.

    Attributes
    ----------
    value : float
        The edge as a singular value, s_+ (or s_-, for a lower edge).
    scale : float
        (s**2 - value**2)/scale tends to Tracy-Widom 1 for the extreme singular value s; same unit as s**2.
        Below 0 at lower edges.
    argument : float
        Where the minimum that defines the edge sits; local to the function that returned it.
    unit : float
        Where rows are as many as columns and the edge is 0: the least singular value is 0.656 times this.
    flags : tuple of str
        What is outside the derivation's validity.
    """

    value: float
    scale: float
    argument: float
    unit: float = 0.0
    flags: tuple[str, ...] = ()

    @property
    def expected(self) -> float:
        """The extreme singular value to expect at finite size: sqrt(value**2 - 1.2065 scale) at an upper edge.

        At a lower one by the law between a soft end and none, docs/derivations/edges.md, eqs. (37) to (39).
        """
        if self.value > 0.0 > self.scale:
            return least_moments_at(self.value, -self.scale)[0]
        if self.value == 0.0:
            return self.unit * least_moments(0.0)[0] if self.unit > 0.0 else 0.0
        return math.sqrt(max(self.value**2 + TRACY_WIDOM_MEAN * self.scale, 0.0))

    @property
    def soft(self) -> bool:
        """Whether the end is one of Tracy and Widom's: not a lower edge near 0, N close to d."""
        return abs(self.scale) < SOFT * self.value**2

    @property
    def sd(self) -> float:
        """Standard deviation of that singular value over draws of the rows, to leading order."""
        if self.value > 0.0 > self.scale:
            return least_moments_at(self.value, -self.scale)[1]
        if self.value == 0.0:
            return self.unit * least_moments(0.0)[1] if self.unit > 0.0 else math.nan
        return math.sqrt(TRACY_WIDOM_VARIANCE) * abs(self.scale) / (2.0 * self.value)


def secular_root(poles: NDArray, residues: NDArray, target: float) -> float:
    """The z > max(poles) with sum_j residues_j/(z - poles_j) = target.

    `residues` >= 0 and not all 0, `target` > 0; poles whose residue is 0 take no part. Newton's method on the
    reciprocal of the sum, which is concave in z, rises monotonically from a left bound.
    """
    live = residues > 0.0
    if not live.all():
        poles, residues = poles[live], residues[live]
    # Two left bounds: any one term alone reaches the target at poles_j + residues_j/target; and by Jensen
    # the sum is at least that of all residues put on their mean pole. `floor` keeps z off a pole whose
    # residue underflows.
    total = float(residues.sum())
    top = float(poles.max())
    floor = top + 4e-16 * abs(top) + 1e-300
    z = max(float(np.max(poles + residues / target)), float(residues @ poles) / total + total / target, floor)
    for _ in range(60):
        inverse = 1.0 / (z - poles)
        terms = residues * inverse
        total = float(terms.sum())
        step = total * (total - target) / (target * float(terms @ inverse))
        z = max(z + step, floor)
        if abs(step) <= 4e-16 * abs(z):
            break
    return z


def root_edge(slope: Callable[[float], float], low: float, high: float) -> float:
    """The u in (low, high) where `slope` crosses zero, by Brent's method in log u; 0 < low < high."""
    root = optimize.brentq(
        lambda t: slope(math.exp(t)), math.log(low), math.log(high), xtol=1e-14, rtol=1e-14
    )
    return math.exp(root)


def minimum_edge(height: Callable[[float], float], low: float, high: float) -> float:
    """The u in (low, high) where `height` is least, by Brent's minimiser in log u: the route without
    derivatives."""
    found = optimize.minimize_scalar(
        lambda t: height(math.exp(t)),
        bounds=(math.log(low), math.log(high)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return math.exp(found.x)


def population_edge(eigenvalues: ArrayLike, N: int, *, method: Method = "root") -> Edge:
    """Right edge s_+ for N rows of covariance eigenvalues ev_j: s_+^2 = N min F(x) over 0 < x < 1/max ev.

    F(x) = 1/x + (1/N) sum_j ev_j/(1 - x ev_j) is convex there.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
        Of the covariance; >= 0, not all 0.
    N : int
        Rows.
    method : {"root", "minimum"}
        The zero of F' or the least value of F.

    Returns
    -------
    edge : Edge
        `argument` is x_0 and `scale` = (N F''(x_0)/2)^(1/3).

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain.

    Notes
    -----
    docs/derivations/edges.md, eqs. (3) to (6). Covariance I gives sqrt N + sqrt d.
    """
    ev, N = checks.levels("eigenvalues", eigenvalues), checks.size("N", N)
    checks.choice("method", method, _METHODS)
    unit = float(ev.max())
    ev = ev[ev > 0.0] / unit

    def gaps(u: float) -> NDArray:
        return ev / (1.0 - u * ev)

    # With ev <= 1 = max ev: u^2 sum gaps^2 <= (u/(1 - u))^2 sum ev is below N at `low`, and the term of ev =
    # 1 alone is above N at `high`.
    low = 0.5 / (1.0 + math.sqrt(ev.sum() / N))
    high = 1.0 - 0.25 / (1.0 + math.sqrt(N))
    if method == "root":
        u = root_edge(lambda u: float(np.sum(gaps(u) ** 2)) / N - 1.0 / u**2, low, high)
    else:
        u = minimum_edge(lambda u: 1.0 / u + float(np.sum(gaps(u))) / N, low, high)
    g = gaps(u)
    square = unit * (N / u + float(g.sum()))
    scale = unit * (N / u**3 + float(np.sum(g**3))) ** (1.0 / 3.0)
    return Edge(value=math.sqrt(square), scale=scale, argument=u / unit)


def weighted_edge(eigenvalues: ArrayLike, row_weights: ArrayLike, *, method: Method = "root") -> Edge:
    """Right edge s_w for rows of covariance w_i Sigma: s_w^2 = min over 0 < x < 1/max w of lam(x).

    e_w = sum_i w_i/(1 - w_i x), and lam > e_w max ev solves sum_j ev_j/(lam - e_w ev_j) = x. Weights 1 give
    `population_edge`.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
        Of the covariance; >= 0, not all 0.
    row_weights : array_like, shape (N,)
        >= 0, not all 0.
    method : {"root", "minimum"}
        The zero of lam' or the least value of lam.

    Returns
    -------
    edge : Edge
        `argument` is x_0.

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain.

    Notes
    -----
    docs/derivations/edges.md, eqs. (7) to (12).
    """
    ev, w = checks.levels("eigenvalues", eigenvalues), checks.levels("row_weights", row_weights)
    checks.choice("method", method, _METHODS)
    ev_unit, w_unit = float(ev.max()), float(w.max())
    ev, w = ev[ev > 0.0] / ev_unit, w[w > 0.0] / w_unit

    def point(x: float) -> tuple[NDArray, NDArray, float]:
        g = w / (1.0 - w * x)
        e = float(g.sum())
        lam = secular_root(e * ev, ev, x)
        return g, ev / (lam - e * ev), lam

    def slope(x: float) -> float:
        g, f, _ = point(x)
        return float(np.sum(g**2)) * float(np.sum(f**2)) - 1.0

    low, high = bracket(slope)
    x = root_edge(slope, low, high) if method == "root" else minimum_edge(lambda x: point(x)[2], low, high)
    g, f, lam = point(x)
    first, second = float(np.sum(g**2)), 2.0 * float(np.sum(g**3))
    by_lam = float(np.sum(f**2 / ev))  # sum ev/(lam - e ev)^2
    curvature = (second * float(np.sum(f**2)) + 2.0 * first**2 * float(np.sum(f**3))) / by_lam
    # d/dx of sum_j 1/(lam - e ev_j) at fixed lam: how fast the resolvent's trace leaves the edge, eq. (11).
    trace_slope = first * by_lam
    scale = (curvature / 2.0 / trace_slope**2) ** (1.0 / 3.0) * ev_unit * w_unit
    return Edge(value=math.sqrt(lam * ev_unit * w_unit), scale=scale, argument=x / w_unit)


def lower_population_edge(eigenvalues: ArrayLike, N: int) -> Edge:
    """Left edge s_- of the non-zero singular values of N rows of covariance eigenvalues ev_j > 0.

    The largest value of N F over x < 0 where N < d, over x > 1/min ev where N > d; 0 at N = d. Raises as
    `population_edge`, and if an eigenvalue is 0. docs/derivations/edges.md, eqs. (24), (32), (39).
    """
    ev, N = checks.levels("eigenvalues", eigenvalues), checks.size("N", N)
    if not ev.min() > 0.0:
        raise ValueError(
            f"eigenvalues must be > 0 for a lower edge, got {float(ev.min())!r}; leave out the columns that vanish"
        )
    if ev.size == N:
        return Edge(value=0.0, scale=0.0, argument=0.0, unit=_harmonic(ev))
    unit = float(ev.max())
    ev = ev / unit
    least = float(ev.min())

    def slope(u: float) -> float:
        z = least - 1.0 / u  # z = 1/x runs over both cases as one interval, left of the spectrum
        P = 1.0 / (ev - z)
        return -(N - ev.size - 2.0 * z * float(P.sum()) - z**2 * float(P @ P)) / u

    low = high = 1.0 / least
    while slope(low) > 0.0:
        low *= 0.25
    while slope(high) <= 0.0:
        high *= 4.0
    z = least - 1.0 / root_edge(slope, low, high)
    square = z * (N - ev.size - z * float(np.sum(1.0 / (ev - z))))
    scale = z * float(np.cbrt(N + np.sum((ev / (z - ev)) ** 3)))
    return Edge(value=math.sqrt(max(0.0, square) * unit), scale=-abs(scale) * unit, argument=z * unit)


def _harmonic(ev: NDArray) -> float:
    """1/sqrt(sum 1/ev), in the range of float64 whatever the unit of the covariance."""
    least = float(ev.min())
    return math.sqrt(least / float(np.sum(least / ev)))


def bracket(slope: Callable[[float], float]) -> tuple[float, float]:
    """Ends of an interval in (0, 1) on which `slope` goes from below 0 to above, widened towards both
    ends."""
    low = high = 0.5
    while slope(low) > 0.0:
        low *= 0.5
    gap = 0.5
    while slope(high) <= 0.0:
        gap *= 0.25
        high = 1.0 - gap
    return low, high
