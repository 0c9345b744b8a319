"""How far the weights are from where they began, and from the probe before."""

from typing import TYPE_CHECKING

from sim.measures.norms import frobenius_norm
from sim.observables.group import NAN, Group, Reading, State

if TYPE_CHECKING:
    from sim.backend import Array

__all__ = ["GROUP"]

NAMES = ("distance_from_start", "relative_distance", "distance_from_previous", "weights_frobenius_norm")


def moved_readings(state: State) -> list[Reading]:
    """||W_t - W_0||_F, the same over ||W_0||_F, ||W_t - W of the probe before||_F, ||W_t||_F; nan where W diverged."""
    course, W = state.course, state.W
    assert course is not None
    if W is None:
        return [Reading(observable=name, value=NAN) for name in NAMES]

    def norm(A: "Array") -> float:
        return frobenius_norm(A, backend=state.backend)

    start, distance = norm(course.start), norm(W - course.start)
    previous = NAN if course.previous is None else norm(W - course.previous)
    values = (distance, distance / start if start > 0.0 else NAN, previous, norm(W))
    return [Reading(observable=name, value=value) for name, value in zip(NAMES, values, strict=True)]


GROUP = Group(
    name="moved",
    observables=NAMES,
    of="weights",
    measure=moved_readings,
    work=lambda sizes: 100.0 * sizes.N * sizes.d,
    of_course=True,
)
