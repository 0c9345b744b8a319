"""A run of many steps, measured at chosen ones by every group of observables; what is measured changes no step.

At step t stand W_t, the update that made it, and the gradient at W_t. After a divergence every number is nan.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.measures.readout import Blocks, feature_scales
from sim.measures.spectrum import singular_values
from sim.measures.triplet import is_finite, top_triplet
from sim.network.two_layer import Gradient, divergence_allowed, gradient
from sim.observables.group import NAN, Course, Group, Reading, State, measured_by
from sim.observables.table import group_named
from sim.runs.products import SampleProducts
from sim.runs.tape import Tape
from sim.runs.training import Hook, Rule, Stand, TrainingState, Watch, start_state, trained

__all__ = ["Probe", "ProbeOptions", "probed"]


MOST_KEPT = 1 << 26  # numbers W x of one set of samples


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probe:
    """What was measured at one step.

    Attributes
    ----------
    step : int
    groups : mapping of group names to their readings
    singular_values : float64 ndarray, descending, of W_t; None if not asked for or W_t is not finite
    notes : tuple of str, why a value is nan or less certain
    diverged : bool
    """

    step: int
    groups: Mapping[str, tuple[Reading, ...]]
    singular_values: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    diverged: bool = False

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Those of every group."""
        return tuple(reading for readings in self.groups.values() for reading in readings)

    def value(self, observable: str, features: str = "") -> float:
        """The value of that name (and scaling of the features); a KeyError lists what was measured."""
        for reading in self.readings:
            if (reading.observable, reading.features) == (observable, features):
                return reading.value
        known = sorted({(r.observable, r.features) for r in self.readings})
        raise KeyError(f"no reading {(observable, features)}; measured were {known}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOptions:
    """Constants of what is measured: the ridge stage's, and which scalings of the features."""

    ridge: float = 0.01
    test_samples: int = 5000
    features: tuple[str, ...] = ("paper", "released")


def probed(
    draw: Draw,
    rule: Rule,
    wanted: Mapping[int, Collection[str]],
    *,
    backend: Backend,
    start: TrainingState | None = None,
    state: TrainingState | None = None,
    until: int | None = None,
    previous: Mapping[int, int] | None = None,
    options: ProbeOptions | None = None,
    hook: Hook | None = None,
    watch: Watch | None = None,
    tape: Tape | None = None,
    keep_samples: bool = True,
) -> Iterator[Probe]:
    """Train and measure.

    Parameters
    ----------
    draw : Draw
    rule : Rule
    wanted : mapping of steps to names of groups
        Of `sim.observables.table`, those of a run among them.
    backend : Backend
    start : TrainingState, optional
        Where the run began (default: the drawn W_0 and a).
    state : TrainingState, optional
        Where it goes on, a state of the same run before every step in `wanted` but step 0.
    until : int, optional
        Where it ends; default the last step in `wanted`.
    previous : mapping, optional
        For each step in `wanted` the probe before it, which "moved" measures from; default: the one before it in `wanted`.
    options : ProbeOptions, optional
    hook, watch, tape, keep_samples
        As `sim.runs.training.trained`.

    Yields
    ------
    Probe
        In the order of the steps; those of a run that `watch` has ended are missing.

    Raises
    ------
    ValueError
        A step that lies behind, or a group that there is not.
    """
    begun = start_state(draw, backend=backend) if start is None else start
    state = begun if state is None else state
    asked = _asked(wanted, begun.step, state.step)
    before = _before(tuple(asked)) if previous is None else dict(previous)
    meter = _Meter(draw, rule, begun, asked, options or ProbeOptions(), backend, hook, tape)
    end = max(asked, default=state.step) if until is None else until
    stands = trained(
        draw, rule, state, until=end, stands={*asked, *before.values()}, backend=backend, hook=hook, watch=watch,
        tape=tape, keep_samples=keep_samples,
    )  # fmt: skip
    yield from _measured(stands, asked, before, meter)


def _asked(wanted: Mapping[int, Collection[str]], begun: int, here: int) -> dict[int, tuple[Group, ...]]:
    late = [step for step in wanted if step < here or (step == here and step > begun)]
    if late:
        raise ValueError(f"steps to measure must lie after the state's {here}, got {min(late)}")
    return {step: tuple(map(group_named, wanted[step])) for step in sorted(wanted)}


def _measured(
    stands: Iterator[Stand],
    asked: Mapping[int, tuple[Group, ...]],
    before: Mapping[int, int],
    meter: "_Meter",
) -> Iterator[Probe]:
    since: dict[int, Array] = {} if meter.start is None else {meter.begun: meter.start}
    for stand in stands:
        step = stand.state.step
        if stand.state.diverged:
            yield from (meter.diverged(each) for each in asked if each >= step)
        elif step in asked:
            yield meter.measured(stand, since.get(before.get(step, -1)))
        if step in before.values():
            since[step] = stand.state.W


def _before(steps: tuple[int, ...]) -> dict[int, int]:
    return dict(zip(steps[1:], steps, strict=False))


class _Meter:
    """What measures a stand."""

    def __init__(
        self, draw: Draw, rule: Rule, start: TrainingState, asked: Mapping[int, tuple[Group, ...]],
        options: ProbeOptions, backend: Backend, hook: Hook | None, tape: Tape | None,
    ) -> None:  # fmt: skip
        self.draw, self.backend, self.asked, self.options = draw, backend, asked, options
        of_course = any(group.of_course for groups in asked.values() for group in groups)
        self.begun, self.start, self.first = start.step, None, None
        if of_course:
            first = trained(
                draw,
                rule,
                start,
                until=start.step + 1,
                stands=(start.step,),
                backend=backend,
                hook=hook,
                tape=tape if tape is not None and tape.plays else None,
            )
            least = list(first)
            self.start, self.first = least[0].state.W, least[-1].D

    def diverged(self, step: int) -> Probe:
        """nan for all that was asked for."""
        groups = {
            group.name: tuple(
                Reading(observable=name, value=NAN, features=features)
                for features in (self.options.features if group.features else ("",))
                for name in group.observables
            )
            for group in self.asked[step]
        }
        return Probe(
            step=step, groups=groups, notes=(f"W_{step} is not finite: the run diverged",), diverged=True
        )

    def measured(self, stand: Stand, previous: Array | None) -> Probe:
        """Every group that is asked for at the stand's step."""
        step = stand.state.step
        groups = self.asked[step]
        with divergence_allowed():
            state = self._state(stand, groups, previous)
            here = [self._of_gradient(stand, group) for group in groups if group.of == "gradient"]
            there = [
                (group.name, tuple(measured_by(group, state)))
                for group in groups
                if group.of != "gradient" and (group.of != "update" or stand.D is not None)
            ]
        nothing = self.diverged(step).groups
        found = {group.name: nothing[group.name] for group in groups} | dict([*here, *there])
        kept = state.spectrum is not None and any(group.keeps_values for group in groups)
        values = state.spectrum.values if kept and state.spectrum is not None else None
        return Probe(step=step, groups=found, singular_values=values, notes=tuple(state.notes))

    def _of_gradient(self, stand: Stand, group: Group) -> tuple[str, tuple[Reading, ...]]:
        backend = self.backend
        at = gradient(self.draw, stand.state.W, stand.state.a, backend=backend)
        top = top_triplet(at.G, self.draw, "gradient", backend=backend)
        state = State(draw=self.draw, backend=backend, gradient=at, top_of_gradient=top)
        return group.name, tuple(measured_by(group, state))

    def _state(self, stand: Stand, groups: tuple[Group, ...], previous: Array | None) -> State:
        backend, W, D = self.backend, stand.state.W, stand.D
        of_update = any(group.of == "update" or group.name == "top" for group in groups)
        whole = any(group.of == "update" and group.spectrum for group in groups)
        spectrum = any(group.of == "weights" and group.spectrum for group in groups)
        scales = feature_scales(self.draw.setting.parametrisation, self.draw.setting.d)
        start = self.start
        return State(
            draw=self.draw,
            backend=backend,
            gradient=_gradient_before(stand),
            W=W,
            D_top=top_triplet(D, self.draw, "update", backend=backend)
            if of_update and D is not None
            else None,
            D_spectrum=singular_values(D, backend=backend)
            if whole and D is not None and is_finite(D, backend)
            else None,
            spectrum=singular_values(W, backend=backend) if spectrum else None,
            blocks=self._blocks(W),
            scales={name: scales[name] for name in self.options.features},
            ridge=self.options.ridge,
            course=None if start is None else Course(start=start, first=self.first, D=D, previous=previous),
        )

    def _blocks(self, W: Array) -> "_KeptBlocks":
        n = self.draw.setting.n
        counts = {"train": n, "holdout": n, "test": self.options.test_samples}
        return _KeptBlocks(
            products=SampleProducts(self.draw, W, counts, keep=False, backend=self.backend), W=W, found={}
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _KeptBlocks:
    """W x and labels by sets of samples, each formed once at a probe; anew at every pass where they are too many."""

    products: SampleProducts
    W: Array
    found: dict[str, list[tuple[Array, Array]]]

    def __call__(self, kind: str) -> Blocks:
        if self.products.counts[kind] * self.W.shape[0] > MOST_KEPT:
            return self.products.blocks(kind, self.W, None, 0.0)
        if kind not in self.found:
            self.found[kind] = list(self.products.blocks(kind, self.W, None, 0.0)())
        return lambda: self.found[kind]


def _gradient_before(stand: Stand) -> Gradient:
    """What groups of weights read of the step that led there: the weights before it, their loss."""
    nothing = np.zeros(0)
    state = stand.state
    W = state.W if stand.before is None else stand.before
    loss = state.losses[-1] if state.losses and stand.before is not None else NAN
    return Gradient(
        G=stand.G, W=W, a=state.a, residual_signal=nothing, label_signal=nothing, residual_2=loss, residual_4=NAN, zeros=0
    )  # fmt: skip
