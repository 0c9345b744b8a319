"""The predicted bulk of W_1: its density, edges and quantiles off the spike."""

from collections.abc import Sequence
from dataclasses import replace

from theory import checks
from theory.functions.activations import Function
from theory.gradient.decomposition import SignalNoise
from theory.prediction.problem import EPS, FAR, LARGEST, TOO_LARGE, leading_flag, sizes_flag
from theory.random_matrices.esd import SpectralLaw
from theory.spectrum.noise_spectra import gradient_weight_spectrum, weight_spectrum
from theory.update.optimisers import known_optimiser
from theory.update.sign import uncorrected_factor

__all__ = ["predicted_spectrum", "initial_variance_of"]


def initial_variance_of(parametrisation: str, d: int) -> float:
    return 1.0 if parametrisation == "ntk" else 1.0 / d


def predicted_spectrum(
    sn: SignalNoise,
    teacher: Function,
    eta: float,
    *,
    optimiser: str,
    adam: str,
    eps: float,
    flags: Sequence[str],
) -> SpectralLaw:
    """The ESD of W_1 off its spike for `ProblemPrediction.spectrum`."""
    optimiser = known_optimiser(optimiser)
    eta = checks.number("eta", eta, least=0, most=FAR)
    if sn.n + sn.N + sn.d > LARGEST:
        raise ValueError(f"{TOO_LARGE}: n = {sn.n}, N = {sn.N}, d = {sn.d}; there is no spectrum")
    small = optimiser == "adam" and eps > 0.0
    carried = (
        *sn.flags, *flags, *_parts(sizes_flag(sn)), *_parts(leading_flag(sn)), *((EPS,) if small else ()),
    )  # fmt: skip
    if optimiser == "gd":
        law = gradient_weight_spectrum(sn, teacher, eta)
    else:
        law = weight_spectrum(sn, teacher, eta * (uncorrected_factor() if adam == "uncorrected" else 1.0))
    return replace(law, flags=tuple(dict.fromkeys((*carried, *law.flags))))


def _parts(flag: str | None) -> tuple[str, ...]:
    return tuple(flag.split("; ")) if flag else ()
