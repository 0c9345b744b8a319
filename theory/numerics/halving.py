"""Panels of a line, halved until none is rough; what is known of a panel is found once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["HalvedPanels", "halved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HalvedPanels:
    """Panels from `left` to `right`, and what was measured of each: arrays whose last axis is that of the panels."""

    left: NDArray
    right: NDArray
    values: tuple[NDArray, ...]


def halved(
    measure: Callable[[NDArray, NDArray], tuple[NDArray, ...]],
    edges: NDArray,
    rough: Callable[[HalvedPanels], NDArray],
) -> HalvedPanels:
    """The panels between `edges`, those halved that `rough` marks, again and again until it marks none.

    Parameters
    ----------
    measure : callable (left, right) -> tuple of arrays, the last axis that of the panels
        Called for new panels only.
    edges : ndarray, shape (m + 1,), ascending
    rough : callable (HalvedPanels) -> bool ndarray, one per panel
        Sees all panels, so that it may compare with their sum, and ends the halving where it has had enough.
    """
    left, right = edges[:-1], edges[1:]
    panels = HalvedPanels(left=left, right=right, values=measure(left, right))
    while (split := rough(panels)).any():
        left, right = panels.left[split], panels.right[split]
        middle = 0.5 * (left + right)
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        fresh = measure(left, right)
        panels = HalvedPanels(
            left=np.concatenate([panels.left[~split], left]),
            right=np.concatenate([panels.right[~split], right]),
            values=tuple(
                np.concatenate([old[..., ~split], new], axis=-1)
                for old, new in zip(panels.values, fresh, strict=True)
            ),
        )
    return panels
