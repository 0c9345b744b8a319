"""E g(z), z ~ N(0,1), by adaptive Gauss-Legendre panels with an error; refused where it does not exist."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from theory.numerics.halving import HalvedPanels, halved
from theory.numerics.legendre import gauss_legendre

__all__ = ["Moment", "MomentError", "check_growth", "integrate_panels", "moment", "normal_density"]

REACH = 40.0  # the density is 1e-348 at 40: what lies beyond matters to no float64 moment that exists
_RELATIVE = 1e-14  # a panel is split while its error exceeds this share of the integral of |integrand|
_ACCEPTED = 1e-10  # and the whole is refused when the errors left sum to more than this share
_NOTHING = 1e-290  # below this float64 loses its digits, and the number is zero to every use made of it
_ROUNDS = 60
_PATIENCE = 12
_MANY_PANELS = 4_000
_MOST_PANELS = 60_000
_PROBES = 2.0 ** np.arange(2.0, 14.1, 0.5)
_WINDOW = np.linspace(0.94, 1.0, 12)  # twelve points: an oscillation does not hide the envelope
_EDGES = np.concatenate(
    [np.arange(-40.0, -12.0, 2.0), np.arange(-12.0, 12.0, 1.0), np.arange(12.0, 40.1, 2.0)]
)


class MomentError(ValueError):
    """A moment that does not exist, or cannot be told from such a one; a function that is not finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An expectation over z ~ N(0,1) and an estimate of its numerical error."""

    value: float
    error: float


def normal_density(z: NDArray, *, root: int = 1) -> NDArray:
    """phi(z)**(1/root), computed without underflow of phi itself."""
    return np.exp(-z * z / (2.0 * root)) / (2.0 * math.pi) ** (0.5 / root)


@lru_cache(maxsize=1)
def _nodes() -> tuple[NDArray, NDArray, NDArray]:
    """Nodes on [-1, 1] of two Gauss-Legendre rules, weights of the finer, and of the rules' difference."""
    fine, fine_weights = gauss_legendre(20)
    coarse, coarse_weights = gauss_legendre(13)
    nodes = np.concatenate([fine, coarse])
    value = np.concatenate([fine_weights, np.zeros(13)])
    difference = np.concatenate([fine_weights, -coarse_weights])
    return nodes, value, difference


def integrate_panels(
    integrand: Callable[[NDArray], NDArray],
    *,
    labels: Sequence[str],
    kinks: Sequence[float] = (),
    name: str = "f",
    floor: float = _NOTHING,
) -> tuple[NDArray, NDArray]:
    """Integrals over [-40, 40] of k functions at once, and their errors.

    Parameters
    ----------
    integrand : callable
        z of shape (m,) to shape (k, m), the normal density included.
    labels : sequence of str, length k
        What each integral is called in an error message.
    kinks : sequence of float
        Panel boundaries beside the regular ones.
    floor : float
        Absolute error of a panel that rounding makes unavoidable: smaller ones are not chased.

    Raises
    ------
    MomentError
        Where the integrand is not finite, the panels do not converge, or mass is left at |z| = 40.
    """
    inside = [k for k in kinks if -REACH < k < REACH]
    edges = np.unique(np.concatenate([_EDGES, np.asarray(inside, dtype=np.float64)]))
    worst: list[float] = []

    def rough(panels: HalvedPanels) -> NDArray:
        left, right, (_, error, size) = panels.left, panels.right, panels.values
        total = size.sum(axis=1)
        worst.append(float(np.max(error.sum(axis=1) / (total + floor))))
        patience = _PATIENCE if len(left) < _MANY_PANELS else 3
        # divergence (the error moves with the panels but does not shrink), or nothing left but rounding
        stalled = len(worst) > patience and worst[-1] > 0.5 * worst[-1 - patience]
        if stalled or len(worst) > _ROUNDS or len(left) > _MOST_PANELS:
            return np.zeros(len(left), dtype=bool)
        width_floor = 8.0 * np.finfo(np.float64).eps * np.maximum(np.abs(left), np.abs(right))
        split = (error > _RELATIVE * total[:, None] + floor).any(axis=0)
        return np.asarray(split & (right - left > width_floor))

    panels = halved(lambda left, right: _measure(integrand, left, right, labels, name), edges, rough)
    value, error, size = panels.values
    _refuse_unconverged(panels.left, panels.right, error, size, labels, name, floor)
    total = size.sum(axis=1)
    return value.sum(axis=1), error.sum(axis=1) + 4.0 * np.finfo(np.float64).eps * total


def _measure(
    integrand: Callable, left: NDArray, right: NDArray, labels: Sequence[str], name: str
) -> tuple[NDArray, NDArray, NDArray]:
    """Value, error estimate and integral of |integrand| on each panel, each of shape (k, panels)."""
    nodes, weights, difference = _nodes()
    half = 0.5 * (right - left)
    z = (0.5 * (left + right))[:, None] + half[:, None] * nodes
    with np.errstate(all="ignore"):
        g = np.asarray(integrand(z.ravel())).reshape(-1, *z.shape)
    bad = ~np.isfinite(g)
    if bad.any():
        k, panel, node = (int(index[0]) for index in np.nonzero(bad))
        raise MomentError(
            f"{name}: {labels[k]} does not exist or is beyond float64: not finite at z = {z[panel, node]:.4g}"
        )
    return (g @ weights) * half, np.abs(g @ difference) * half, (np.abs(g) @ weights) * half


def _refuse_unconverged(
    left: NDArray,
    right: NDArray,
    error: NDArray,
    size: NDArray,
    labels: Sequence[str],
    name: str,
    floor: float,
) -> None:
    total = size.sum(axis=1)
    for k, label in enumerate(labels):
        if not math.isfinite(total[k]):
            raise MomentError(f"{name}: {label} does not exist or is beyond float64")
        if error[k].sum() > _ACCEPTED * total[k] + floor * len(left):
            worst = int(np.argmax(error[k]))
            where = round(0.5 * (left[worst] + right[worst]), 12) + 0.0
            raise MomentError(
                f"{name}: {label} does not exist or does not converge: too steep near z = {where:.6g}"
            )
        outer = size[k][(right >= REACH) | (left <= -REACH)].sum()
        if outer > 1e-12 * total[k]:
            raise MomentError(f"{name}: {label} does not exist or its mass lies beyond |z| = {REACH:g}")


def check_growth(value: Callable[[NDArray], NDArray], *, power: int, label: str, name: str) -> None:
    """Refuse a function whose |value|**power outgrows exp(z**2/2), as far as float64 can show it.

    Where |value| overflows, the curvature of log|value| just before tells what it does beyond: a parabola of
    curvature 1/power or more, or a curvature that itself grows, is not integrable against the normal density.
    """
    for sign in (1.0, -1.0):

        def height(centre: float, sign: float = sign) -> float:
            """log of the largest |value| in a window that ends at `centre`; nan where it is not finite."""
            with np.errstate(all="ignore"):
                largest = float(np.max(np.abs(value(sign * centre * _WINDOW))))
            return math.log(max(largest, 1e-300)) if math.isfinite(largest) else math.nan

        last, end = _follow(height, power=power, label=label, name=name, sign=sign)
        if end is not None and _curves_too_much(height, _last_finite(height, last, end), power):
            side = "" if sign > 0.0 else "-"
            raise MomentError(
                f"{name}: {label} does not exist: |f|^{power} outgrows exp(z^2/2) as z -> {side}inf"
            )


def _follow(
    height: Callable[[float], float], *, power: int, label: str, name: str, sign: float
) -> tuple[float, float | None]:
    """The last probe with a finite value and the first without (None if all are finite)."""
    last = 0.0
    for centre in _PROBES:
        log_value = height(float(centre))
        if math.isnan(log_value):
            if last == 0.0:
                raise MomentError(f"{name}: {label} does not exist: not finite near z = {sign * centre:.4g}")
            return last, float(centre)
        if power * log_value > 0.5 * centre**2 + 700.0:
            raise MomentError(f"{name}: {label} does not exist or is beyond float64: it outgrows exp(z^2/2)")
        last = float(centre)
    return last, None


def _last_finite(height: Callable[[float], float], finite: float, infinite: float) -> float:
    for _ in range(12):
        middle = 0.5 * (finite + infinite)
        finite, infinite = (finite, middle) if math.isnan(height(middle)) else (middle, infinite)
    return finite


def _curves_too_much(height: Callable[[float], float], end: float, power: int) -> bool:
    """Whether log|f| ends as a parabola too steep for the power, or bends up faster than one."""
    if height(end) < 100.0:  # not an overflow: nothing is known beyond, and nothing speaks against it
        return False

    def curvature(at: float) -> float:
        return (height(at) - 2.0 * height(0.8 * at) + height(0.6 * at)) / (0.2 * at) ** 2

    last, before = curvature(end), curvature(0.5 * end)
    if last * end**2 < 0.2 * height(end):
        return False
    return power * last >= 1.0 - 1e-6 or last > 1.5 * max(before, 0.0)


def moment(
    integrand: Callable[[NDArray], NDArray], *, kinks: Sequence[float] = (), name: str = "integrand"
) -> Moment:
    """E integrand(z), z ~ N(0,1), with an error.

    Parameters
    ----------
    integrand : callable
        float64 array to float64 array, without the density.
    kinks : sequence of float
        Points where it or its derivative jump; accuracy does not hang on them, speed does.

    Raises
    ------
    MomentError
        If the expectation does not exist, as far as float64 can show it.

    Examples
    --------
    >>> round(moment(lambda z: z**4).value, 12)
    3.0
    """
    check_growth(integrand, power=1, label="E f", name=name)

    def weighted(z: NDArray) -> NDArray:
        return (integrand(z) * normal_density(z))[None, :]

    value, error = integrate_panels(weighted, labels=("E f",), kinks=kinks, name=name)
    return Moment(value=float(value[0]), error=float(error[0]))
