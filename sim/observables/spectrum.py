"""Second and least singular value and nullity of the weights, which keep their singular values."""

from sim.measures.spectrum import Spectrum
from sim.observables.group import NAN, Group, Reading, Sizes, State

__all__ = ["GROUP", "spectrum_readings", "work"]


def spectrum_readings(spectrum: Spectrum | None, prefix: str = "") -> list[Reading]:
    """nan where there is no spectrum."""
    second = nullity = NAN
    if spectrum is not None:
        nullity = float(spectrum.nullity)
        second = float(spectrum.values[1]) if spectrum.values.size > 1 else NAN
    return [
        Reading(observable=f"{prefix}second_singular_value", value=second),
        Reading(observable=f"{prefix}nullity", value=nullity),
    ]


def of_weights(state: State) -> list[Reading]:
    """Of W_1, nan where it diverged; the least value is 0 where it cannot be told from 0."""
    least = NAN if state.spectrum is None else float(state.spectrum.values[-1])
    return [
        *spectrum_readings(state.spectrum),
        Reading(observable="least_singular_value", value=least),
    ]


def work(sizes: Sizes) -> float:
    """Of all singular values."""
    return 12.0 * max(sizes.N, sizes.d) * min(sizes.N, sizes.d) ** 2


GROUP = Group(
    name="spectrum",
    observables=("second_singular_value", "nullity", "least_singular_value"),
    of="weights",
    measure=of_weights,
    work=work,
    spectrum=True,
    keeps_values=True,
)
