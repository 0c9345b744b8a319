"""Many full-batch steps of one draw: the loss at every step, what a probe reads at chosen ones, a state that resumes.

`W_t` and the update that made it stand at t, the start at 0. The loop owns its arrays and writes into them; what it hands
out are copies, so that a probe never changes a run. The first step is `sim.runs.first_step`'s, bit by bit.
"""

import math
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.functions.compiled import loops_for
from sim.network.repeated_pass import RepeatedGradient, cached_rows, in_order_or_by
from sim.network.two_layer import divergence_allowed
from sim.optimisers.compiled import rows_with
from sim.optimisers.table import optimiser_named
from sim.optimisers.update import Update, learning_rate
from sim.runs.tape import Tape
from sim.threads import Scratch, Workers, workers

__all__ = ["Hook", "Rule", "Stand", "TrainingState", "Watch", "start_state", "trained"]

Normalisation = Literal["off", "paper", "released"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How every step of a run is taken.

    Parameters
    ----------
    update : Update
        The optimiser, its constants and the first learning rate.
    gamma : float, > 0
        StepLR: eta_t = eta gamma^(t // step_size).
    step_size : int, >= 1
    weight_normalisation : {"off", "paper", "released"}
        ||W||_F is set to that of a typical W_0, sqrt(N d) (mean-field sqrt N): before every pass, probes included
        ("paper"); or before a step's pass only, so that what is recorded after the step is not normalised, as the
        released code has it.
    loss : {"mean", "sum"}
        Of the squares over samples: the gradient of a sum is n times that of the mean.

    Raises
    ------
    TypeError, ValueError
        With the field, what it must be, and what it was.
    """

    update: Update
    gamma: float = 1.0
    step_size: int = 1
    weight_normalisation: Normalisation = "off"
    loss: Literal["mean", "sum"] = "mean"

    def __post_init__(self) -> None:
        learning_rate(self.update)
        if isinstance(self.gamma, bool) or not isinstance(self.gamma, int | float):
            raise TypeError(f"gamma must be a number, got {self.gamma!r}")
        if not (math.isfinite(self.gamma) and self.gamma > 0.0):
            raise ValueError(f"gamma must be finite and above 0, got {self.gamma!r}")
        if isinstance(self.step_size, bool) or not isinstance(self.step_size, int):
            raise TypeError(f"step_size must be an integer, got {self.step_size!r}")
        if self.step_size < 1:
            raise ValueError(f"step_size must be at least 1, got {self.step_size}")
        if self.weight_normalisation not in ("off", "paper", "released"):
            known = '"off", "paper", "released"'
            raise ValueError(
                f"weight_normalisation must be one of {known}, got {self.weight_normalisation!r}"
            )
        if self.loss not in ("mean", "sum"):
            raise ValueError(f'loss must be "mean" or "sum", got {self.loss!r}')

    def eta(self, step: int) -> float:
        """Learning rate of the step from t = `step` on."""
        return learning_rate(self.update) * self.gamma ** (step // self.step_size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingState:
    """Where a run stands, everything that its further steps depend on beside draw and rule.

    Attributes
    ----------
    W, a : arrays (N, d), (N,) on the backend
    step : int
        Updates made.
    memory : the optimiser's state, or None
    losses : tuple of float
        Training losses at W_0, .., W_{step - 1}: each is known from the pass of the next step.
    diverged : bool
        W or a loss is not finite: no further step is taken.
    """

    W: Array
    a: Array
    step: int = 0
    memory: Any = None
    losses: tuple[float, ...] = ()
    diverged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stand:
    """What a run hands out at a step: copies, for whoever probes it.

    Attributes
    ----------
    state : TrainingState
    before : array or None
        W at the step before, where the gradient was taken (normalised, where the rule says so); None at the start.
    G, D : arrays or None
        The last gradient and update; None at the start.
    """

    state: TrainingState
    before: Array | None = None
    G: Array | None = None
    D: Array | None = None


Hook = Callable[[TrainingState], TrainingState]
"""Called between steps with copies; what it returns is where the run goes on from (an intervention)."""

Watch = Callable[[int, Callable[[], TrainingState]], bool]
"""Called with the number of updates made and a function that gives a copy of the state; whether the run goes on."""


def start_state(
    draw: Draw, *, backend: Backend, W: Array | None = None, a: Array | None = None
) -> TrainingState:
    """W_0 and a as drawn, or as given.

    Raises
    ------
    ValueError
        If a given array has another shape.
    """
    shapes = {"W": (draw.setting.N, draw.setting.d), "a": (draw.setting.N,)}
    for name, given in (("W", W), ("a", a)):
        if given is not None and tuple(given.shape) != shapes[name]:
            raise ValueError(f"{name} must have the shape {shapes[name]}, got {tuple(given.shape)}")
    W = backend.asarray(draw.weights() if W is None else W, draw.dtype)
    a = backend.asarray(draw.readout() if a is None else a, draw.dtype)
    return TrainingState(W=_copied(backend, W), a=_copied(backend, a))


def trained(
    draw: Draw,
    rule: Rule,
    state: TrainingState,
    *,
    until: int,
    stands: Collection[int] = (),
    backend: Backend,
    hook: Hook | None = None,
    watch: Watch | None = None,
    tape: Tape | None = None,
    keep_samples: bool = True,
) -> Iterator[Stand]:
    """Take steps from a state on and hand out where the run stands at the steps asked for, and at its end.

    Parameters
    ----------
    draw : Draw
    rule : Rule
        The same along a run: a state goes on as it would have without the interruption, to the last bit.
    state : TrainingState
    until : int
        Step at which the run ends; at a divergence it ends sooner, and says so.
    stands : collection of int
        Steps to hand out, from the state's own on; others are passed over.
    backend : Backend
    hook : callable, optional
        Between steps, after a step's stand has been handed out and before the next pass.
    watch : callable, optional
        After every step whose stand has been handed out, or is not asked for; the run ends there where it gives False.
    tape : Tape, optional
    keep_samples : bool
        Whether the training samples stay in memory; it changes no number.

    Yields
    ------
    Stand
        With copies that are the caller's.

    Raises
    ------
    ValueError
        If `until` lies before the state's step.
    """
    if until < state.step:
        raise ValueError(f"until must be at least the state's step {state.step}, got {until}")
    wanted = {step for step in stands if state.step <= step <= until} | {until}
    with ExitStack() as stack:
        stack.enter_context(divergence_allowed())
        pool = stack.enter_context(workers(backend.threads if backend.on_host else 1))
        loop = _Loop(draw, rule, state, backend=backend, pool=pool, keep=keep_samples, tape=tape, until=until)
        while True:
            if loop.step in wanted or loop.diverged:
                yield loop.stand()
            going = watch is None or watch(loop.step, lambda: loop.stand().state)
            if not going or loop.diverged or loop.step >= until:
                return
            if hook is not None:
                loop.take(hook(loop.stand().state))
            loop.advance(keep=loop.step + 1 in wanted)


@dataclass(slots=True, eq=False)
class _Last:
    """The arrays of the last step that a stand shows."""

    before: Array | None = None
    G: Array | None = None
    D: Array | None = None


class _Loop:
    """A run under way: arrays of its own, written into at every step."""

    def __init__(
        self, draw: Draw, rule: Rule, state: TrainingState, *, backend: Backend, pool: Workers, keep: bool,
        tape: Tape | None, until: int,
    ) -> None:  # fmt: skip
        self.draw, self.rule, self.backend, self.pool = draw, rule, backend, pool
        scale = float(draw.setting.n) if rule.loss == "sum" else 1.0
        entries = draw.setting.N * (draw.setting.n + draw.setting.d)
        loops = loops_for(entries, until - state.step) if backend.on_host else None
        self.gradient = RepeatedGradient(
            draw, backend=backend, pool=pool, keep=keep, scale=scale, loops=loops
        )
        self.optimiser, self.options = optimiser_named(rule.update.optimiser), rule.update.options
        self.write = rows_with(loops, self.optimiser.rows)
        self.tape = tape
        self.last, self.scratch = _Last(), Scratch()
        self.take(state)

    def take(self, state: TrainingState) -> None:
        """Go on from a state."""
        self.W, self.a = _copied(self.backend, state.W), _copied(self.backend, state.a)
        self.memory = _memory_copied(self.backend, state.memory)
        self.step, self.losses, self.diverged = state.step, list(state.losses), state.diverged
        if self.rule.weight_normalisation == "paper":
            self._normalise()

    def stand(self) -> Stand:
        """Copies of where the run is."""
        state = TrainingState(
            W=_copied(self.backend, self.W), a=_copied(self.backend, self.a), step=self.step,
            memory=_memory_copied(self.backend, self.memory), losses=tuple(self.losses), diverged=self.diverged,
        )  # fmt: skip
        return Stand(state=state, before=self.last.before, G=self.last.G, D=self.last.D)

    def advance(self, *, keep: bool) -> None:
        """One step; with `keep` the arrays that a stand shows are kept."""
        if self.rule.weight_normalisation == "released":
            self._normalise()
        tape = self.tape
        given = None if tape is None else tape.played(self.step)
        G, loss = self.gradient.at(self.W, self.a, given=given, keep=tape is not None and not tape.plays)
        if tape is not None and not tape.plays:
            tape.residuals[self.step] = self.gradient.residuals
        self.last = _Last(
            before=_copied(self.backend, self.W) if keep else None,
            G=_copied(self.backend, G) if keep else None,
        )
        self.last.D = self._move(G, keep=keep)
        self.losses.append(loss)
        self.step += 1
        if self.rule.weight_normalisation == "paper":
            self._normalise()
        # a weight that is not finite shows in the next loss; at a stand it must be said now
        self.diverged = not math.isfinite(loss) or (keep and not self._finite())

    def _move(self, G: Array, *, keep: bool) -> Array | None:
        """W -= eta D, with the optimiser's state; D where it is to be kept."""
        eta, options = self.rule.eta(self.step), self.options
        if self.write is None or self.optimiser.begin is None or not self.backend.on_host:
            self.memory, D = self.optimiser.step(self.memory, G, **options)
            self._each(lambda rows: self._subtract(rows, eta * D[rows, :]))
            return _copied(self.backend, D) if keep else None
        write, memory = self.write, self.optimiser.begin(self.memory, G)
        kept = self.backend.xp.empty_like(G) if keep else None

        def part(rows: slice) -> None:
            D = self.scratch.array(G[rows].shape, G.dtype)
            write(memory, G, rows, D, **options)
            if kept is not None:
                kept[rows] = D
            D *= eta
            self._subtract(rows, D)

        self._each(part)
        self.memory = replace(memory, step=memory.step + 1)
        return kept

    def _subtract(self, rows: slice, change: Array) -> None:
        W = self.W[rows, :]
        W -= change
        self.W[rows, :] = W

    def _each(self, function: Callable[[slice], None]) -> None:
        """A function of chunks of rows, shared among the host's threads."""
        in_order_or_by(self.pool, function, list(cached_rows(*self.W.shape)))

    def _normalise(self) -> None:
        setting, xp = self.draw.setting, self.backend.xp
        target = setting.weight_deviation * math.sqrt(setting.N * setting.d)
        squares = [float(xp.sum(xp.astype(self.W[rows, :], xp.float64) ** 2)) for rows in
                   self.backend.chunks(*self.W.shape)]  # fmt: skip
        norm = math.sqrt(math.fsum(squares)) if all(map(math.isfinite, squares)) else math.nan
        if norm > 0.0:
            self.W *= target / norm

    def _finite(self) -> bool:
        xp = self.backend.xp
        return all(bool(xp.all(xp.isfinite(self.W[rows, :]))) for rows in self.backend.chunks(*self.W.shape))


def _copied(backend: Backend, array: Array) -> Array:
    return backend.xp.asarray(array, copy=True)


def _memory_copied(backend: Backend, memory: Any) -> Any:
    """An optimiser's state with arrays of its own: an array, a dataclass, or a list or tuple of such."""
    if hasattr(memory, "shape"):
        return _copied(backend, memory)
    if isinstance(memory, list | tuple):
        return type(memory)(_memory_copied(backend, each) for each in memory)
    if is_dataclass(memory) and not isinstance(memory, type):
        held = {each.name: getattr(memory, each.name) for each in fields(memory) if each.init}
        return replace(memory, **{name: _memory_copied(backend, value) for name, value in held.items()})
    return memory
