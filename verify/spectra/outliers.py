"""Singular values that lie beyond the edge of the bulk's own law, and apart from the rest of it.

The law is estimated from the rest, and only where it matters. At a regular edge the quantile function is a power
series in i^(2/3), i counted from the top (the density vanishes like a square root there, whatever the covariance:
El Karoui 2007), which is how ScreeNOT imputes the values behind a spike (Donoho, Gavish & Romanov 2023). Here ln l of
the values that follow is regressed on where the Airy process has its points, with a quadratic term; it gives the edge
and the local spacing. A bulk with a tail has no square root: the quadratic term takes up its bend, and what it does
not take up widens the spacing, so that a value must stand out of the tail itself.

docs/spectra.md has the false alarms and misses, on white and on coloured rows.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from theory.random_matrices.edges import Edge
from theory.random_matrices.tracy_widom import tracy_widom_upper_quantile, tracy_widom_upper_tail

__all__ = ["KnownEdge", "LEAST_VALUES", "Outlier", "Outliers", "find_outliers"]

KnownEdge: TypeAlias = Edge
"""A bulk's own edge, where it is known and not estimated from the values."""

LEAST_VALUES = 50  # of a spectrum: below, an edge cannot be told from ten values
_WINDOWS = (10, 20)  # values that an edge is estimated from
_MOST = 40  # outliers that are looked for
_RESIDUE = 1.7  # times the spacing, residuals of a regular edge: its median on white noise
# The statistic of pure noise is Tracy-Widom's widened by what the estimated edge adds, by the window's length;
# 60,000 draws at each of three shapes, 99 to 99.99 % points (benchmarks/outliers.py --calibrate).
_WIDTHS = ((10, 15, 20), (3.1, 2.0, 1.6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A singular value beyond the bulk.

    Attributes
    ----------
    value : float
        The singular value.
    p_value : float
        Probability that a bulk with the edge of the rest has its largest value so far out: one value, not the
        best of many.
    """

    value: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outliers:
    """What stands apart in a spectrum.

    Attributes
    ----------
    values : tuple of Outlier
        Descending.
    edge : float
        Of the bulk, as a singular value: nan where it could not be estimated.
    gap : float
        The least outlier over the largest value of the rest; 1 without an outlier.
    note : str
        Why nothing could be found, or how many were looked for.
    """

    values: tuple[Outlier, ...]
    edge: float
    gap: float
    note: str = ""


def find_outliers(
    eigenvalues: NDArray[np.float64], *, error_rate: float = 1e-4, edge: Edge | None = None
) -> Outliers:
    """The values beyond the bulk's own law, at `error_rate` over the whole spectrum.

    Parameters
    ----------
    eigenvalues : ndarray, shape (m,)
        Squared singular values, any order; those that are 0 take no part.
    error_rate : float
        That of all m values together: each is held to error_rate/m.
    edge : Edge, optional
        The bulk's own, where it is known (`theory.random_matrices.population_edge` of a covariance); without it it
        is estimated from the rest.

    Returns
    -------
    Outliers
    """
    l = np.sort(eigenvalues[eigenvalues > 0.0])[::-1]
    if l.size == 0:
        return Outliers(values=(), edge=float("nan"), gap=1.0, note="no positive value")
    beyond = float(tracy_widom_upper_quantile(error_rate / l.size))
    if edge is not None:
        units = (l[:_MOST] - edge.value**2) / edge.scale
        count = int(np.count_nonzero(units > beyond))
        return _outliers(l, units[:count], edge=edge.value)
    if l.size < LEAST_VALUES:
        note = f"outliers need {LEAST_VALUES} positive values, to estimate the bulk's edge from; there are {l.size}"
        return Outliers(values=(), edge=float("nan"), gap=1.0, note=note)
    window = int(np.clip(l.size // 10, *_WINDOWS))
    most = min(_MOST, l.size // 10)
    logs = np.log(l[: most + window])
    count = max((k for k in range(1, most + 1) if _units(logs, k, window)[0][-1] > beyond), default=0)
    units, top = _units(logs, max(count, 1), window)
    note = f"only the {most} largest were looked at" if count == most else ""
    return _outliers(l, units[:count], edge=float(np.exp(0.5 * top)), note=note)


def _outliers(l: NDArray[np.float64], units: NDArray[np.float64], *, edge: float, note: str = "") -> Outliers:
    count = units.size
    found = tuple(
        Outlier(value=float(np.sqrt(value)), p_value=float(tracy_widom_upper_tail(each)))
        for value, each in zip(l[:count], units, strict=True)
    )
    gap = float(np.sqrt(l[count - 1] / l[count])) if 0 < count < l.size else 1.0
    return Outliers(values=found, edge=edge, gap=gap, note=note)


def _units(logs: NDArray[np.float64], k: int, window: int) -> tuple[NDArray[np.float64], float]:
    """How far the k largest lie beyond the edge of the `window` values after them, in Tracy-Widom's unit; ln edge."""
    places = _airy_places(window)
    weights = np.sqrt(places)  # the i-th point scatters like a_i^(-1/2)
    terms = np.vander(places, 3, increasing=True)
    rest = logs[k : k + window]
    fit, *_ = np.linalg.lstsq(terms * weights[:, None], rest * weights, rcond=None)
    residual = float(np.sqrt(np.sum(((rest - terms @ fit) * weights) ** 2) / (window - 3)))
    spacing = max(-float(fit[1]), residual / _RESIDUE, 1e-300)
    width = float(np.interp(window, *_WIDTHS))
    return (logs[:k] - fit[0]) / spacing / width, float(fit[0])


def _airy_places(window: int) -> NDArray[np.float64]:
    """Distance from the edge of points 2, 3, .. of the Airy process (beta = 1), in its own unit.

    From the second on: under the null the value in question is the first.
    """
    i = np.arange(2, window + 2)
    return np.asarray((1.5 * np.pi * (i - 0.75)) ** (2.0 / 3.0), dtype=np.float64)
