"""Second singular value and nullity of the update's matrix."""

from sim.observables.group import Group, Reading, State
from sim.observables.spectrum import spectrum_readings, work

__all__ = ["GROUP"]


def of_update(state: State) -> list[Reading]:
    """Of the update's matrix, sign(G_0) for Adam without eps."""
    return spectrum_readings(state.D_spectrum, "update_")


GROUP = Group(
    name="update_spectrum",
    observables=("update_second_singular_value", "update_nullity"),
    of="update",
    measure=of_update,
    work=work,
    spectrum=True,
)
