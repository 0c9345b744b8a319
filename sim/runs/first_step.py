"""Everything that is measured after one step, for many learning rates and optimisers of one draw.

One gradient serves them all, and so do the products of the samples with W_0 and with each update
(`sim.runs.products`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.measures.norms import SingularTriplets
from sim.measures.readings import (
    Reading,
    gradient_readings,
    spectrum_readings,
    tail_readings,
    top_readings,
    top_triplet,
    update_readings,
    update_spectrum_readings,
)
from sim.measures.readout import Blocks, feature_scales, second_stage
from sim.measures.spectrum import Spectrum, singular_values
from sim.network.two_layer import Gradient, first_gradient
from sim.optimisers.step import moved_weights, update_matrix
from sim.optimisers.update import Update, learning_rate
from sim.runs.products import Moved, SampleProducts
from sim.threads import Workers, workers

__all__ = ["OBSERVABLES", "FirstStep", "MeasuredStep", "Reading", "measure_first_step"]

OBSERVABLES = (
    "gradient",
    "update",
    "update_spectrum",
    "training_loss",
    "ridge",
    "top",
    "spectrum",
    "tails",
)
"""Groups that can be asked for; `measure_first_step` lists what is in each."""

_NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredStep:
    """What one update led to.

    Attributes
    ----------
    update : Update
    readings : tuple of Reading
    singular_values : float64 ndarray, descending, of W_1; None if not asked for or W_1 is not finite
    notes : tuple of str, why a value is nan or less certain
    """

    update: Update
    readings: tuple[Reading, ...]
    singular_values: NDArray[np.float64] | None
    notes: tuple[str, ...]

    def value(self, observable: str, features: str = "") -> float:
        """The value of that name (and scaling of the features)."""
        for reading in self.readings:
            if (reading.observable, reading.features) == (observable, features):
                return reading.value
        known = sorted({(r.observable, r.features) for r in self.readings})
        raise KeyError(f"no reading {(observable, features)}; measured were {known}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstStep:
    """One draw: readings of G_0 itself, and one `MeasuredStep` per update, in the order asked for."""

    gradient: tuple[Reading, ...]
    steps: tuple[MeasuredStep, ...]


def measure_first_step(
    draw: Draw,
    updates: Sequence[Update],
    observables: Iterable[str] | Mapping[Update, Iterable[str]] = OBSERVABLES,
    *,
    backend: Backend,
    ridge: float = 0.01,
    test_samples: int = 5000,
    features: Iterable[str] = ("paper", "released"),
    block_rows: int | None = None,
    keep_products: bool = True,
) -> FirstStep:
    """Take the first step once per update and measure.

    Parameters
    ----------
    draw : Draw
    updates : sequence of Update, each with its eta; none only where "gradient" alone is asked for
    observables : iterable of group names, default all; or one such iterable per update
        "gradient": gradient_operator_norm, gradient_frobenius_norm, gradient_zeros, initial_loss, and per
        reading (residual, label) sign_agreement_*, rank_one_distance_*, rank_one_frobenius_distance_*,
        rank_one_median_*; "update": update_operator_norm, update_frobenius_norm, operator_norm_ratio and
        frobenius_norm_ratio (both over sqrt(N d)); "update_spectrum": update_second_singular_value and
        update_nullity, of the update's matrix; "training_loss": training_loss, relative_training_loss;
        "ridge": holdout_loss, test_loss, kta, per scaling of the features; "top": top_singular_value, sim,
        left_overlap, right_overlap, both (W_1, M_0); "spectrum": the singular values, second_singular_value,
        nullity; "tails": alpha_hill, alpha_ks, ks_distance.
    backend : Backend
    ridge : float, > 0
    test_samples : int, >= 1
    features : subset of {"paper", "released"}
    block_rows : int, optional
        Samples per block of the gradient, as `sim.network.two_layer`.
    keep_products : bool
        Whether W_0 x and D x are kept, (samples x N) numbers for W_0 and for each rule; without, every eta
        and pass over the samples draws and multiplies anew.

    Returns
    -------
    FirstStep
        A W_1 that is not finite gives nan readings and a note: divergence is a value.

    Raises
    ------
    ValueError
        If there is no update, one has no eta, a group or scaling is unknown, or a number is outside its domain.
    """
    wanted = _wanted(updates, observables)
    names = _checked(updates, wanted, features, test_samples, ridge)
    asked = {group for groups in wanted.values() for group in groups}
    counts = {"train": draw.setting.n} if "training_loss" in asked else {}
    if "ridge" in asked and names:
        counts |= {"holdout": draw.setting.n, "test": int(test_samples)}
    gradient = first_gradient(draw, backend=backend, block_rows=block_rows)
    with workers(backend.threads if backend.on_host else 1) as pool:
        run = _Run(
            draw=draw,
            gradient=gradient,
            top_of_gradient=top_triplet(gradient.G, draw, "gradient", backend=backend),
            wanted=wanted,
            scales={
                name: feature_scales(draw.setting.parametrisation, draw.setting.d)[name] for name in names
            },
            ridge=ridge,
            products=SampleProducts(draw, gradient.W, counts, keep=keep_products, backend=backend),
            backend=backend,
            pool=pool,
        )
        rules = {update.rule: update for update in updates}
        moved = {rule: _moved(run, update) for rule, update in rules.items()}
        # with enough updates one thread takes each, else one takes each part of an update's measurements
        many = len(updates) >= pool.threads
        outer, inner = (pool.map, _in_order) if many else (_in_order, pool.map)
        steps = outer(lambda update: _measured(run, update, moved[update.rule], inner), updates)
        readings = (
            gradient_readings(draw, gradient, run.top_of_gradient, backend=backend, map_parts=pool.map)
            if "gradient" in asked
            else []
        )
    return FirstStep(gradient=tuple(readings), steps=tuple(steps))


def _wanted(
    updates: Sequence[Update], observables: Iterable[str] | Mapping[Update, Iterable[str]]
) -> dict[Update | None, tuple[str, ...]]:
    """Groups per update; under None those of the gradient itself, which every update shares."""
    if isinstance(observables, Mapping):
        missing = [update for update in updates if update not in observables]
        if missing:
            raise ValueError(f"observables must have an entry for every update, got none for {missing[0]!r}")
        wanted: dict[Update | None, tuple[str, ...]] = {u: tuple(observables[u]) for u in updates}
    else:
        groups = tuple(observables)
        wanted = dict.fromkeys(updates, groups)
        wanted[None] = tuple(group for group in groups if group == "gradient" or not updates)
    return wanted


def _checked(
    updates: Sequence[Update],
    wanted: Mapping[Update | None, tuple[str, ...]],
    features: Iterable[str],
    test_samples: int,
    ridge: float,
) -> tuple[str, ...]:
    names = tuple(features)
    groups = [group for asked in wanted.values() for group in asked]
    if not updates and groups != ["gradient"]:
        raise ValueError("updates must name at least one step, got none")
    for update in updates:
        learning_rate(update)
    for group in groups:
        if group not in OBSERVABLES:
            raise ValueError(f"observables must be among {', '.join(OBSERVABLES)}, got {group!r}")
    for name in names:
        if name not in ("paper", "released"):
            raise ValueError(f'features must be "paper" or "released", got {name!r}')
    if isinstance(test_samples, bool) or not isinstance(test_samples, (int, np.integer)):
        raise TypeError(f"test_samples must be an integer, got {test_samples!r}")
    if test_samples < 1:
        raise ValueError(f"test_samples must be at least 1, got {test_samples}")
    if not (np.isfinite(ridge) and ridge > 0.0):
        raise ValueError(f"ridge must be finite and > 0, got {ridge!r}")
    return names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Run:
    """One draw being measured: what all its updates share."""

    draw: Draw
    gradient: Gradient
    top_of_gradient: SingularTriplets
    wanted: dict[Update | None, tuple[str, ...]]
    scales: dict[str, float]
    ridge: float
    products: SampleProducts
    backend: Backend
    pool: Workers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Moved:
    """What the updates of one rule share."""

    D: Array
    products: Moved | None
    top: SingularTriplets
    spectrum: Spectrum | None


def _moved(run: _Run, update: Update) -> _Moved:
    D = update_matrix(update, None, run.gradient.G)[1]
    top = (
        run.top_of_gradient
        if D is run.gradient.G
        else top_triplet(D, run.draw, "update", backend=run.backend)
    )
    asked = any(
        "update_spectrum" in groups
        for other, groups in run.wanted.items()
        if other is not None and other.rule == update.rule
    )
    spectrum = singular_values(D, backend=run.backend) if asked else None
    return _Moved(D=D, products=run.products.of_update(D, pool=run.pool), top=top, spectrum=spectrum)


def _in_order(function: Callable, items: Iterable) -> list:
    return [function(item) for item in items]


def _measured(run: _Run, update: Update, moved: _Moved, map_parts: Callable) -> MeasuredStep:
    """All that was asked for about one update, from parts that do not need each other."""
    groups, eta, xp = run.wanted[update], learning_rate(update), run.backend.xp
    W: Array | None = moved_weights(run.gradient.W, moved.D, eta)
    if not bool(xp.all(xp.isfinite(W))):
        W = None
    parts: list[Callable[[], _Part]] = [lambda: _spectral_part(run, groups, W, moved)]
    if "ridge" in groups:
        # without kept products a pass over the samples is the cost, and both scalings share it
        apart = [{name: scale} for name, scale in run.scales.items()]
        together = [run.scales] if moved.products is None else apart
        parts += [partial(_ridge_part, run, W, moved.products, eta, scales) for scales in together]
    if "training_loss" in groups:
        parts.append(lambda: _training_part(run, W, moved.products, eta))
    found: list[_Part] = map_parts(lambda part: part(), parts)
    notes = [] if W is not None else ["W_1 is not finite: the step diverged"]
    return MeasuredStep(
        update=update,
        readings=tuple(reading for part in found for reading in part.readings),
        singular_values=found[0].singular_values,
        notes=(*notes, *(note for part in found for note in part.notes)),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """What one part of the measurements found."""

    readings: list[Reading]
    notes: Sequence[str] = ()
    singular_values: NDArray[np.float64] | None = None


def _spectral_part(run: _Run, groups: tuple[str, ...], W: Array | None, moved: _Moved) -> _Part:
    notes = list[str]()
    readings = update_readings(run.draw.setting, moved.top) if "update" in groups else []
    if "update_spectrum" in groups:
        readings += update_spectrum_readings(moved.spectrum)
    spectrum = None
    if W is not None and ("spectrum" in groups or "tails" in groups):
        spectrum = singular_values(W, backend=run.backend)
    if "top" in groups:
        readings += top_readings(run.draw, W, moved.top, spectrum, notes, backend=run.backend)
    if "spectrum" in groups:
        readings += spectrum_readings(spectrum)
    if "tails" in groups:
        readings += tail_readings(spectrum, notes)
    kept = spectrum.values if spectrum is not None and "spectrum" in groups else None
    return _Part(readings=readings, notes=notes, singular_values=kept)


def _training_part(run: _Run, W: Array | None, moved: Moved | None, eta: float) -> _Part:
    loss = _NAN if W is None else _training_loss(run, run.products.blocks("train", W, moved, eta))
    relative = loss / run.gradient.loss if run.gradient.loss > 0.0 else _NAN
    return _Part(
        readings=[
            Reading(observable="training_loss", value=loss),
            Reading(observable="relative_training_loss", value=relative),
        ]
    )


def _training_loss(run: _Run, blocks: Blocks) -> float:
    xp, setting, backend = run.backend.xp, run.draw.setting, run.backend
    a, total = xp.astype(run.gradient.a, xp.float64) / setting.N**0.5, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for products, y in blocks():
            for rows in backend.chunks(products.shape[0], products.shape[1]):
                sigma = setting.sigma.value(backend, products[rows, :] * setting.input_scale)
                r = xp.astype(sigma, xp.float64) @ a - xp.astype(y[rows], xp.float64)
                total += float(xp.sum(r * r))
    return total / setting.n


def _ridge_part(
    run: _Run, W: Array | None, moved: Moved | None, eta: float, scales: dict[str, float]
) -> _Part:
    names = ("holdout_loss", "test_loss", "kta")
    if W is None:
        nothing = [Reading(observable=o, value=_NAN, features=f) for f in scales for o in names]
        return _Part(readings=nothing)
    stages = second_stage(
        run.products.blocks("holdout", W, moved, eta),
        run.products.blocks("test", W, moved, eta),
        activation=run.draw.setting.sigma,
        scales=scales,
        ridge=run.ridge,
        backend=run.backend,
    )
    return _Part(
        readings=[
            Reading(observable=o, value=getattr(stage, o), features=f)
            for f, stage in stages.items()
            for o in names
        ]
    )
