"""Singular vectors of the weights before and after a step with the step's own (Def. C.1), in numbers.

`sim.measures.spectrum.overlap_matrices` gives the matrices themselves.
"""

from collections.abc import Iterator

from sim.backend import Array
from sim.measures.spectrum import OverlapSummary, overlap_matrices, overlap_summary
from sim.observables.group import NAN, Group, Reading, State

__all__ = ["BLOCKS", "GROUP"]

BLOCKS = 10  # of ranks, of equal length up to one
SIDES = ("left", "right")
WHEN = ("before", "after")
PARTS = (
    "top",
    "largest",
    "largest_off_diagonal",
    "row_entropy",
    *(f"diagonal_{b + 1}" for b in range(BLOCKS)),
)


def _name(side: str, when: str, part: str) -> str:
    return f"{side}_overlap_{when}_{part}"


NAMES = tuple(_name(side, when, part) for when in WHEN for side in SIDES for part in PARTS)


def overlap_readings(state: State) -> list[Reading]:
    """Of (W_t, M_t) as "before" and (W_{t+1}, M_t) as "after", read at step t + 1; nan before the first step."""
    course = state.course
    assert course is not None
    if state.W is None or course.D is None:
        return [Reading(observable=name, value=NAN) for name in NAMES]
    found: dict[str, float] = {}
    for when, W in zip(WHEN, (state.gradient.W, state.W), strict=True):
        found |= dict(_of(W, course.D, when, state))
    return [Reading(observable=name, value=found[name]) for name in NAMES]


def _of(W: Array, D: Array, when: str, state: State) -> Iterator[tuple[str, float]]:
    overlaps = overlap_matrices(W, D, backend=state.backend)
    for side, matrix in zip(SIDES, (overlaps.left, overlaps.right), strict=True):
        summary = overlap_summary(matrix, blocks=min(BLOCKS, len(matrix)))
        for part, value in zip(PARTS, _values(summary), strict=True):
            yield _name(side, when, part), value


def _values(summary: OverlapSummary) -> tuple[float, ...]:
    means = (*summary.diagonal_means, *([NAN] * BLOCKS))[:BLOCKS]
    return (summary.top, summary.largest, summary.largest_off_diagonal, summary.row_entropy, *means)


GROUP = Group(
    name="overlaps",
    observables=NAMES,
    of="weights",
    measure=overlap_readings,
    work=lambda sizes: 200.0 * max(sizes.N, sizes.d) * min(sizes.N, sizes.d) ** 2,
    of_course=True,
)
