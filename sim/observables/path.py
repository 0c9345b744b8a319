"""The last update beside the first: the angle between them, and how many entries have changed their sign."""

from sim.measures.norms import frobenius_norm
from sim.observables.group import NAN, Group, Reading, State

__all__ = ["GROUP"]

NAMES = ("cosine_with_first_update", "sign_changes")


def path_readings(state: State) -> list[Reading]:
    """cos(D_t, D_0) and the share of entries of D_t whose sign is not D_0's; nan before the first step."""
    course, backend, xp = state.course, state.backend, state.backend.xp
    assert course is not None
    D, first = course.D, course.first
    if D is None or first is None:
        return [Reading(observable=name, value=NAN) for name in NAMES]
    products, changed = 0.0, 0
    sizes = (frobenius_norm(D, backend=backend), frobenius_norm(first, backend=backend))
    for rows in backend.chunks(*D.shape):
        here, there = (xp.astype(A[rows, :], xp.float64) for A in (D, first))
        products += float(xp.sum((here / (sizes[0] or 1.0)) * (there / (sizes[1] or 1.0))))
        changed += int(xp.count_nonzero(xp.sign(here) != xp.sign(there)))
    cosine = products if min(sizes) > 0.0 else NAN
    values = (cosine, changed / (D.shape[0] * D.shape[1]))
    return [Reading(observable=name, value=value) for name, value in zip(NAMES, values, strict=True)]


GROUP = Group(
    name="path",
    observables=NAMES,
    of="update",
    measure=path_readings,
    work=lambda sizes: 100.0 * sizes.N * sizes.d,
    of_course=True,
)
