"""Named numbers: what measurements of a gradient, an update and a weight matrix are called in records."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.measures.alignment import (
    RankOneComparison,
    compare_rank_one,
    mean_derivative,
    similarity,
    top_overlaps,
)
from sim.measures.norms import SingularTriplets, top_singular_triplets
from sim.measures.spectrum import Spectrum
from sim.measures.tails import hill_alpha, ks_alpha
from sim.network.two_layer import Gradient
from sim.setting import Setting

__all__ = [
    "Reading",
    "gradient_readings",
    "spectrum_readings",
    "tail_readings",
    "top_readings",
    "top_triplet",
    "update_readings",
    "update_spectrum_readings",
]

_START = {"gradient": 0, "update": 1, "weights": 2, "difference": 3}  # start vectors of the iterations
_NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measured number; `bound` is its numerical error bound where known, `features` the scaling."""

    observable: str
    value: float
    bound: float = _NAN
    features: str = ""


def top_triplet(A: Array, draw: Draw, kind: str, *, backend: Backend) -> SingularTriplets:
    """Top triplet of A, started from the draw's vector for "gradient", "update", "weights", "difference"."""
    start = draw.start_vector(draw.setting.d, _START[kind])
    return top_singular_triplets(A, k=1, start=start, backend=backend)


def gradient_readings(
    draw: Draw, gradient: Gradient, top: SingularTriplets, *, backend: Backend, map_parts: Callable
) -> list[Reading]:
    """Norms of G_0, its distances from both rank-one matrices; `map_parts` may measure them side by side."""
    setting = draw.setting
    norm, bound = float(top.values[0]), float(top.bounds[0])
    result = [
        Reading(observable="gradient_operator_norm", value=norm, bound=bound),
        Reading(observable="gradient_frobenius_norm", value=top.frobenius),
        Reading(observable="gradient_zeros", value=float(gradient.zeros)),
        Reading(observable="initial_loss", value=gradient.loss),
    ]
    mu_1 = mean_derivative(setting.sigma)
    names: list[Literal["residual", "label"]] = ["residual", "label"]

    def compare(name: Literal["residual", "label"]) -> RankOneComparison:
        start = draw.start_vector(setting.d, _START["difference"])
        return compare_rank_one(
            gradient, top, setting=setting, mu_1=mu_1, reading=name, backend=backend, start=start
        )

    for name, found in zip(names, map_parts(compare, names), strict=True):
        distance, bound = found.operator_distance, found.operator_bound
        result += [
            Reading(observable=f"sign_agreement_{name}", value=found.sign_agreement),
            Reading(observable=f"rank_one_distance_{name}", value=distance, bound=bound),
            Reading(observable=f"rank_one_frobenius_distance_{name}", value=found.frobenius_distance),
            Reading(observable=f"rank_one_median_{name}", value=found.median_entry),
        ]
    return result


def update_readings(setting: Setting, top: SingularTriplets) -> list[Reading]:
    """Norms of an update, as they are and over sqrt(N d)."""
    unit = float(np.sqrt(setting.N * setting.d))
    norm, bound = float(top.values[0]), float(top.bounds[0])
    return [
        Reading(observable="update_operator_norm", value=norm, bound=bound),
        Reading(observable="update_frobenius_norm", value=top.frobenius),
        Reading(observable="operator_norm_ratio", value=norm / unit, bound=bound / unit),
        Reading(observable="frobenius_norm_ratio", value=top.frobenius / unit),
    ]


def top_readings(
    draw: Draw,
    W: Array | None,
    top: SingularTriplets,
    spectrum: Spectrum | None,
    notes: list[str],
    *,
    backend: Backend,
) -> list[Reading]:
    """Top value of W, sim(W, beta) and the top overlaps with the update; W None is one that diverged."""
    names = ("top_singular_value", "sim", "left_overlap", "right_overlap")
    if W is None:
        return [Reading(observable=name, value=_NAN) for name in names]
    found = top_triplet(W, draw, "weights", backend=backend)
    value, bound = float(found.values[0]), float(found.bounds[0])
    if not found.converged:
        notes.append(f"the top triplet of W_1 did not converge in {found.steps} steps: see its bound")
    if spectrum is not None and abs(value - spectrum.values[0]) > bound + spectrum.floor:
        notes.append(
            f"the top triplet found belongs to {value:.9g}; the spectrum's top is {spectrum.values[0]:.9g}"
        )
    similar = similarity(found.right[:, 0], draw.teacher_direction()) if value > 0.0 else _NAN
    values = (value, similar, *top_overlaps(found, top))
    bounds = (bound, _NAN, _NAN, _NAN)
    return [Reading(observable=n, value=v, bound=b) for n, v, b in zip(names, values, bounds, strict=True)]


def spectrum_readings(spectrum: Spectrum | None) -> list[Reading]:
    """Second singular value and nullity of W_1, nan where there is no spectrum."""
    return _second_and_nullity(spectrum, "")


def update_spectrum_readings(spectrum: Spectrum | None) -> list[Reading]:
    """Second singular value and nullity of the update's matrix, sign(G_0) for Adam without eps."""
    return _second_and_nullity(spectrum, "update_")


def _second_and_nullity(spectrum: Spectrum | None, prefix: str) -> list[Reading]:
    second = nullity = _NAN
    if spectrum is not None:
        nullity = float(spectrum.nullity)
        second = float(spectrum.values[1]) if spectrum.values.size > 1 else _NAN
    return [
        Reading(observable=f"{prefix}second_singular_value", value=second),
        Reading(observable=f"{prefix}nullity", value=nullity),
    ]


def tail_readings(spectrum: Spectrum | None, notes: list[str]) -> list[Reading]:
    """Both exponents; nan and the reason where the spectrum has too few positive eigenvalues or no tail."""
    hill, ks, distance = _NAN, _NAN, _NAN
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
