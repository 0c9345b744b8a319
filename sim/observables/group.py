"""What a group of observables is, and the state of a run that it reads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # types alone: what a group's numbers depend on is what its own file imports
    from sim.backend import Array, Backend
    from sim.draw import Draw
    from sim.measures.readout import Blocks
    from sim.measures.singular_triplets import SingularTriplets
    from sim.measures.spectrum import Spectrum
    from sim.network.two_layer import Gradient

__all__ = ["Course", "Group", "Reading", "Sizes", "State", "measured_by"]

NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measured number; `bound` is its numerical error bound where known, `features` the scaling."""

    observable: str
    value: float
    bound: float = NAN
    features: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What the work of a measurement depends on; `updates` is how many it goes through, one after the other."""

    n: int
    N: int
    d: int
    test_samples: int
    updates: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """What is known of a run of several steps beside where it stands.

    Attributes
    ----------
    start : array (N, d), W_0
    first : array or None, the first update's matrix D_0; None where no step has been taken
    D : array or None, the matrix of the update that led to W
    previous : array or None, the weights at the probe before this one
    """

    start: "Array"
    first: "Array | None" = None
    D: "Array | None" = None
    previous: "Array | None" = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """A gradient, the update made from it and the weights that it led to, as far as they are known.

    What several groups read is computed once, by the run. A group is shown what its `Group` says that it needs, and no
    more, so that a number does not depend on what else is asked for; arrays of the host are read-only.

    Attributes
    ----------
    gradient : Gradient
        At the weights before the update, which it holds as `W`, with `a`; groups of the gradient are shown that of
        the weights where the run stands.
    top_of_gradient : SingularTriplets or None
        Known to groups of the gradient.
    W : array (N, d) or None
        The weights after the update; None where they are not finite, and for groups that are not of the weights.
    D_top : SingularTriplets or None
        Top triplet of the update's matrix D; None at the start of a run.
    D_spectrum, spectrum : Spectrum or None
        All singular values of D, of W, for groups that need those of what they are of.
    blocks : callable (kind of samples) -> Blocks
        Products of the samples with W, for the sets that the group names.
    scales : mapping
        Scalings of the features, by name.
    ridge : float
    notes : list of str
        Where a group says why a value is nan or less certain.
    side_by_side : callable (function, items) -> list
        Like `map`; may use several threads.
    course : Course or None
        The run of several steps, for groups that are of one.
    """

    draw: "Draw"
    backend: "Backend"
    gradient: "Gradient"
    top_of_gradient: "SingularTriplets | None" = None
    W: "Array | None" = None
    D_top: "SingularTriplets | None" = None
    D_spectrum: "Spectrum | None" = None
    spectrum: "Spectrum | None" = None
    blocks: "Callable[[str], Blocks] | None" = None
    scales: Mapping[str, float] = field(default_factory=dict)
    ridge: float = 0.01
    notes: list[str] = field(default_factory=list)
    side_by_side: Callable[..., list] = lambda function, items: [function(item) for item in items]
    course: Course | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Observables that are measured together; `sim.observables.table` lists the groups there are.

    Attributes
    ----------
    name : str
    observables : tuple of str
        Exactly the names that `measure` gives; with `features`, each once per scaling.
    of : {"gradient", "update", "weights"}
        Whose numbers they are: one gradient's, one update's whatever its learning rate, one set of weights'.
    measure : callable (State) -> readings
    spectrum : bool
        Needs every singular value of what it is of.
    keeps_values : bool
        Whether the singular values themselves are kept beside its readings.
    samples : tuple of {"train", "holdout", "test"}
        Sets of samples that it passes over.
    features : bool
        Whether it is read under every scaling of the features.
    of_course : bool
        Whether it is of a run of several steps, and shown its `Course`.
    work : callable (Sizes) -> float
        Floating-point operations beside the gradient's, for estimates of time.
    """

    name: str
    observables: tuple[str, ...]
    of: Literal["gradient", "update", "weights"]
    measure: Callable[[State], Iterable[Reading]]
    work: Callable[[Sizes], float]
    spectrum: bool = False
    keeps_values: bool = False
    samples: tuple[str, ...] = ()
    features: bool = False
    of_course: bool = False


def measured_by(group: Group, state: State) -> list[Reading]:
    """A group's readings, exactly those that it names.

    Raises
    ------
    ValueError
        A reading that the group does not name, or one that it names and does not give: neither is dropped in silence.
    """
    readings = list(group.measure(_shown(group, state)))
    found = {reading.observable for reading in readings}
    if found != set(group.observables):
        odd = sorted(found ^ set(group.observables))
        raise ValueError(
            f"group {group.name!r} must measure just what it names; it differs in {', '.join(odd)}"
        )
    return readings


def _shown(group: Group, state: State) -> State:
    """The state with what the group asked for alone."""
    of_weights = group.of == "weights"
    blocks = state.blocks

    def named(kind: str) -> "Blocks":
        if kind not in group.samples or blocks is None:
            raise ValueError(f"group {group.name!r} must name the samples {kind!r} that it goes through")
        return blocks(kind)

    return replace(
        state,
        W=state.W if of_weights else None,
        D_top=None if group.of == "gradient" else state.D_top,
        D_spectrum=state.D_spectrum if group.of == "update" and group.spectrum else None,
        spectrum=state.spectrum if of_weights and group.spectrum else None,
        blocks=named if group.samples else None,
        course=state.course if group.of_course else None,
    )
