"""Everything that is measured after one step, for many learning rates and optimisers of one draw.

One gradient serves them all, and so do the products of the samples with W_0 and with each update
(`sim.runs.products`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.measures.readout import feature_scales
from sim.measures.singular_triplets import SingularTriplets
from sim.measures.spectrum import Spectrum, singular_values
from sim.measures.triplet import is_finite, top_triplet
from sim.network.two_layer import first_gradient
from sim.observables.group import Group, Reading, State, measured_by
from sim.observables.table import GROUP_NAMES, group_named
from sim.optimisers.step import moved_weights, update_matrix
from sim.optimisers.update import Update, learning_rate
from sim.runs.products import Moved, SampleProducts
from sim.threads import Workers, workers

__all__ = ["OBSERVABLES", "FirstStep", "MeasuredStep", "Reading", "measure_first_step"]

OBSERVABLES = GROUP_NAMES
"""Groups that can be asked for; `sim.observables` has what is in each."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredStep:
    """What one update led to.

    Attributes
    ----------
    update : Update
    groups : mapping of group names to their readings
    singular_values : float64 ndarray, descending, of W_1; None if not asked for or W_1 is not finite
    notes : tuple of str, why a value is nan or less certain
    """

    update: Update
    groups: Mapping[str, tuple[Reading, ...]]
    singular_values: NDArray[np.float64] | None
    notes: tuple[str, ...]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Those of every group."""
        return tuple(reading for readings in self.groups.values() for reading in readings)

    def value(self, observable: str, features: str = "") -> float:
        """The value of that name (and scaling of the features)."""
        for reading in self.readings:
            if (reading.observable, reading.features) == (observable, features):
                return reading.value
        known = sorted({(r.observable, r.features) for r in self.readings})
        raise KeyError(f"no reading {(observable, features)}; measured were {known}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstStep:
    """One draw: readings of G_0 itself by group, and one `MeasuredStep` per update, in the order asked for."""

    groups: Mapping[str, tuple[Reading, ...]]
    steps: tuple[MeasuredStep, ...]

    @property
    def gradient(self) -> tuple[Reading, ...]:
        """Readings of G_0 itself."""
        return tuple(reading for readings in self.groups.values() for reading in readings)


def measure_first_step(
    draw: Draw,
    updates: Sequence[Update],
    observables: Iterable[str] | Mapping[Update | None, Iterable[str]] = OBSERVABLES,
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
    observables : iterable of group names, default all; or one such iterable per update, and under None those of the
        gradient itself
        Those of `sim.observables.table`, each with the names of what it reads.
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
        A G_0 or W_1 that is not finite gives nan readings, the latter with a note: divergence is a value.

    Raises
    ------
    ValueError
        If there is no update, one has no eta, a group or scaling is unknown, or a number is outside its domain.
    """
    wanted = _wanted(updates, observables)
    names = _checked(updates, wanted, features, test_samples, ridge)
    kept = _samples(wanted, names, draw.setting.n, int(test_samples))
    gradient = first_gradient(draw, backend=backend, block_rows=block_rows)
    diverged = np.errstate(over="ignore", invalid="ignore")  # inf and nan are results, not warnings
    with diverged, workers(backend.threads if backend.on_host else 1) as pool:
        scales = feature_scales(draw.setting.parametrisation, draw.setting.d)
        start = State(
            draw=draw, backend=backend, gradient=gradient, ridge=ridge, side_by_side=pool.map,
            top_of_gradient=top_triplet(gradient.G, draw, "gradient", backend=backend),
            scales={name: scales[name] for name in names},
        )  # fmt: skip
        products = SampleProducts(draw, gradient.W, kept, keep=keep_products, backend=backend)
        run = _Run(start=start, wanted=wanted, products=products, pool=pool)
        steps = _steps(run, updates)
        of_gradient = [group for groups in wanted.values() for group in groups if group.of == "gradient"]
        readings = {group.name: tuple(measured_by(group, run.start)) for group in dict.fromkeys(of_gradient)}
    return FirstStep(groups=readings, steps=tuple(steps))


Wanted = Mapping[Update | None, tuple[Group, ...]]


def _wanted(
    updates: Sequence[Update], observables: Iterable[str] | Mapping[Update | None, Iterable[str]]
) -> Wanted:
    """Groups per update; under None those of the gradient itself, which every update shares."""
    if isinstance(observables, Mapping):
        missing = [update for update in updates if update not in observables]
        if missing:
            raise ValueError(f"observables must have an entry for every update, got none for {missing[0]!r}")
        asked: dict[Update | None, Iterable[str]] = {update: observables[update] for update in updates}
        asked[None] = observables.get(None, ())
        return {update: tuple(map(group_named, names)) for update, names in asked.items()}
    groups = tuple(map(group_named, observables))
    shared = tuple(group for group in groups if group.of == "gradient" or not updates)
    return {**dict.fromkeys(updates, groups), None: shared}


def _samples(wanted: Wanted, scalings: Sequence[str], n: int, test: int) -> dict[str, int]:
    """How many samples of each set the groups go through; without a scaling nothing is read of the second stage."""
    sets = {kind for groups in wanted.values() for group in groups for kind in group.samples}
    if not scalings:
        sets -= {"holdout", "test"}
    return {kind: count for kind, count in (("train", n), ("holdout", n), ("test", test)) if kind in sets}


def _checked(
    updates: Sequence[Update], wanted: Wanted, features: Iterable[str], test_samples: int, ridge: float
) -> tuple[str, ...]:
    names = tuple(features)
    groups = [group for asked in wanted.values() for group in asked]
    if not updates and not (groups and all(group.of == "gradient" for group in groups)):
        raise ValueError("updates must name at least one step, got none")
    for update in updates:
        learning_rate(update)
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

    start: State
    wanted: Wanted
    products: SampleProducts
    pool: Workers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Moved:
    """What the updates of one rule share."""

    D: Array
    products: Moved | None
    top: SingularTriplets
    spectrum: Spectrum | None


def _steps(run: _Run, updates: Sequence[Update]) -> list[MeasuredStep]:
    """Every update measured; those of one rule share its D."""
    rules = {update.rule: update for update in updates}
    moved = {rule: _moved(run, update) for rule, update in rules.items()}
    # with enough updates one thread takes each, else one takes each part of an update's measurements
    many = len(updates) >= run.pool.threads
    outer, inner = (run.pool.map, _in_order) if many else (_in_order, run.pool.map)
    return outer(lambda update: _measured(run, update, moved[update.rule], inner), updates)


def _moved(run: _Run, update: Update) -> _Moved:
    start = run.start
    D = update_matrix(update, None, start.gradient.G)[1]
    same = D is start.gradient.G
    known = start.top_of_gradient if same else None
    top = top_triplet(D, start.draw, "update", backend=start.backend) if known is None else known
    asked = any(
        group.of == "update" and group.spectrum
        for other, groups in run.wanted.items()
        if other is not None and other.rule == update.rule
        for group in groups
    )
    spectrum = singular_values(D, backend=start.backend) if asked and is_finite(D, start.backend) else None
    return _Moved(D=D, products=run.products.of_update(D, pool=run.pool), top=top, spectrum=spectrum)


def _in_order(function: Callable, items: Iterable) -> list:
    return [function(item) for item in items]


def _measured(run: _Run, update: Update, moved: _Moved, map_parts: Callable[..., list]) -> MeasuredStep:
    """All that was asked for about one update, from parts that do not need each other."""
    eta, xp = learning_rate(update), run.start.backend.xp
    W: Array | None = moved_weights(run.start.gradient.W, moved.D, eta)
    if not bool(xp.all(xp.isfinite(W))):
        W = None
    for array in (W, moved.D, run.start.gradient.W) if run.start.backend.on_host else ():
        if array is not None:
            array.flags.writeable = False  # groups read it one after the other, and side by side
    state = replace(
        run.start,
        W=W,
        D_top=moved.top,
        D_spectrum=moved.spectrum,
        blocks=lambda kind: run.products.blocks(kind, W, moved.products, eta),
        side_by_side=_in_order,
    )
    groups = [group for group in run.wanted[update] if group.of != "gradient"]
    parts = [
        [group for group in groups if not group.samples],
        *([group] for group in groups if group.samples and not group.features),
    ]
    jobs = [(part, replace(state, notes=[])) for part in parts]
    for group in (group for group in groups if group.features and state.scales):
        # without kept products a pass over the samples is the cost, and both scalings share it
        together = [state.scales] if moved.products is None else [{k: v} for k, v in state.scales.items()]
        jobs += [([group], replace(state, scales=scales, notes=[])) for scales in together]
    found: list[_Part] = map_parts(lambda job: _part(*job), jobs)
    readings: dict[str, tuple[Reading, ...]] = {}
    for part in found:
        for name, few in part.groups.items():
            readings[name] = (*readings.get(name, ()), *few)
    notes = [] if W is not None else ["W_1 is not finite: the step diverged"]
    return MeasuredStep(
        update=update,
        groups=readings,
        singular_values=found[0].singular_values,
        notes=(*notes, *(note for part in found for note in part.notes)),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """What one part of the measurements found."""

    groups: Mapping[str, tuple[Reading, ...]]
    notes: Sequence[str]
    singular_values: NDArray[np.float64] | None


def _part(groups: Sequence[Group], state: State) -> _Part:
    """Some groups' readings, one after the other; all singular values of W are found once, where one needs them."""
    needed = [group for group in groups if group.of == "weights" and group.spectrum]
    if needed and state.W is not None:
        state = replace(state, spectrum=singular_values(state.W, backend=state.backend))
    found = {group.name: tuple(measured_by(group, state)) for group in groups}
    if state.spectrum is not None:
        state.notes.extend(_tops_apart(found, state.spectrum))
    kept = any(group.keeps_values for group in needed) and state.spectrum is not None
    return _Part(
        groups=found,
        notes=state.notes,
        singular_values=state.spectrum.values if kept and state.spectrum is not None else None,
    )


def _tops_apart(found: Mapping[str, tuple[Reading, ...]], spectrum: Spectrum) -> list[str]:
    """A note where the top triplet of W_1 and its whole spectrum, two routes, have not the same top."""
    tops = [r for readings in found.values() for r in readings if r.observable == "top_singular_value"]
    return [
        f"the top triplet found belongs to {top.value:.9g}; the spectrum's top is {spectrum.values[0]:.9g}"
        for top in tops
        if abs(top.value - spectrum.values[0]) > top.bound + spectrum.floor
    ]
