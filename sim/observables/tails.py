"""Power-law exponents of the weights' eigenvalues: Hill's and the Kolmogorov-Smirnov fit's."""

from sim.measures.spectrum import Spectrum
from sim.measures.tails import hill_alpha, ks_alpha
from sim.observables.group import NAN, Group, Reading

__all__ = ["GROUP"]


def tail_readings(spectrum: Spectrum | None, notes: list[str]) -> list[Reading]:
    """Both exponents; nan and the reason where the spectrum has too few positive eigenvalues or no tail."""
    hill, ks, distance = NAN, NAN, NAN
    if spectrum is not None:
        try:
            hill = hill_alpha(spectrum.eigenvalues).alpha
        except ValueError as error:
            notes.append(str(error))
        try:
            fit = ks_alpha(spectrum.eigenvalues)
            ks, distance = fit.alpha, fit.distance
        except ValueError as error:
            if str(error) not in notes:
                notes.append(str(error))
    return [
        Reading(observable="alpha_hill", value=hill),
        Reading(observable="alpha_ks", value=ks),
        Reading(observable="ks_distance", value=distance),
    ]


GROUP = Group(
    name="tails",
    observables=("alpha_hill", "alpha_ks", "ks_distance"),
    of="weights",
    measure=lambda state: tail_readings(state.spectrum, state.notes),
    work=lambda sizes: 0.0,  # next to the spectrum, which it shares
    spectrum=True,
)
