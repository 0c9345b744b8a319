"""The update's stable rank, ||D||_F^2 / ||D||_2^2: 1 for a rank-one matrix, min(N, d) for one without a direction."""

from sim.observables.group import Group, Reading, State

__all__ = ["GROUP"]


def stable_rank_readings(state: State) -> list[Reading]:
    """From the top singular triplet of D, which the run has found already."""
    top = state.D_top
    assert top is not None
    value, bound = float(top.values[0]), float(top.bounds[0])
    if value == 0.0:  # an update of zeros has no rank to speak of
        return [Reading(observable="update_stable_rank", value=float("nan"))]
    rank = (top.frobenius / value) ** 2
    return [Reading(observable="update_stable_rank", value=rank, bound=2.0 * rank * bound / value)]


GROUP = Group(
    name="stable_rank",
    observables=("update_stable_rank",),
    of="update",
    measure=stable_rank_readings,
    work=lambda sizes: 0.0,  # next to the triplet, which every update has
)
