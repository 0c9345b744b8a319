"""Gauss-Legendre rules for E over N(0, 1), on panels that fit the integrand."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from theory.numerics.halving import HalvedPanels, halved
from theory.numerics.legendre import gauss_legendre

__all__ = ["NORMAL_REACH", "fitted_rule", "panel_edges", "panel_rule", "zeta_nodes"]

NORMAL_REACH = 8.7  # 3e-18 of the mass of N(0, 1) lies beyond
_SPLIT = 1e-10  # a panel is halved while its two rules differ by more, relative
_MOST_PANELS = 160


def panel_edges(ends: NDArray) -> NDArray:
    """A dozen panels over the reach of N(0, 1), cut at `ends` too."""
    # Neither an end nor a centre at 0 or a round number: what is steep there would hide between two panels, or
    # cancel in one.
    regular = np.linspace(-NORMAL_REACH, NORMAL_REACH, 13)
    regular[1:-1] += 0.3718
    return np.union1d(regular, ends[np.abs(ends) < NORMAL_REACH])


def panel_rule(edges: NDArray, order: int) -> tuple[NDArray, NDArray]:
    """Nodes and weights, `order` of them between two edges; the weights' sum is 1."""
    z, weights = _on_panels(edges[:-1], edges[1:], gauss_legendre(order))
    return z.ravel(), weights.ravel() / weights.sum()


def fitted_rule(probes: Callable[[NDArray], NDArray], edges: NDArray, order: int) -> tuple[NDArray, NDArray]:
    """`panel_rule` on panels halved until they resolve every row of `probes`."""
    fine, coarse = (gauss_legendre(k) for k in (order, order - 2))

    def measure(left: NDArray, right: NDArray) -> tuple[NDArray, ...]:
        values = []
        for rule in (fine, coarse):
            z, weights = _on_panels(left, right, rule)
            rows = np.asarray(probes(z.ravel())).reshape(-1, *z.shape)
            values.append((rows * weights).sum(axis=2))
        return tuple(values)

    def rough(panels: HalvedPanels) -> NDArray:
        by_fine, by_coarse = panels.values
        size = np.abs(by_fine).sum(axis=1, keepdims=True) + 1e-300
        split = (np.abs(by_fine - by_coarse) > _SPLIT * size).any(axis=0)
        return split & (panels.right - panels.left > 1e-9) & (len(split) < _MOST_PANELS)

    panels = halved(measure, edges, rough)
    z, weights = _on_panels(panels.left, panels.right, fine)
    return z.ravel(), weights.ravel() / weights.sum()


def _on_panels(left: NDArray, right: NDArray, rule: tuple[NDArray, NDArray]) -> tuple[NDArray, NDArray]:
    half = 0.5 * (right - left)[:, None]
    z = 0.5 * (right + left)[:, None] + half * rule[0]
    return z, half * rule[1] * np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)


@lru_cache(maxsize=16)
def zeta_nodes(count: int = 121) -> tuple[NDArray, NDArray]:
    """Nodes and weights for E over N(0, 1) by the trapezoidal rule on |zeta| <= 8.7; read-only arrays.

    Denser where the mass is than Gauss-Hermite of the same size: 1e-9 here, where that has 3e-7, at large
    steps.
    """
    nodes = np.linspace(-8.7, 8.7, count)
    weights = np.exp(-0.5 * nodes**2)
    weights /= weights.sum()
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights
