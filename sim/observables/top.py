"""The top singular triplet of the weights: its value, its overlap with the teacher and with the update's."""

from sim.measures.alignment import similarity, top_overlaps
from sim.measures.triplet import top_triplet
from sim.observables.group import NAN, Group, Reading, State

__all__ = ["GROUP"]

NAMES = ("top_singular_value", "sim", "left_overlap", "right_overlap")


def top_readings(state: State) -> list[Reading]:
    """Top value of W, sim(W, beta), top overlaps with the update (nan before the first one); nan where W diverged."""
    draw, W = state.draw, state.W
    if W is None:
        return [Reading(observable=name, value=NAN) for name in NAMES]
    found = top_triplet(W, draw, "weights", backend=state.backend)
    value, bound = float(found.values[0]), float(found.bounds[0])
    if not found.converged:
        state.notes.append(f"the top triplet of W_1 did not converge in {found.steps} steps: see its bound")
    similar = similarity(found.right[:, 0], draw.teacher_direction()) if value > 0.0 else NAN
    overlaps = (NAN, NAN) if state.D_top is None else top_overlaps(found, state.D_top)
    values = (value, similar, *overlaps)
    bounds = (bound, NAN, NAN, NAN)
    return [Reading(observable=n, value=v, bound=b) for n, v, b in zip(NAMES, values, bounds, strict=True)]


GROUP = Group(
    name="top",
    observables=NAMES,
    of="weights",
    measure=top_readings,
    work=lambda sizes: 1700.0 * sizes.N * sizes.d,
)
