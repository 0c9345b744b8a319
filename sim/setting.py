"""What is simulated: sizes, noise, parametrisation, student, teacher; no randomness."""

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.functions.activations import Activation, named
from sim.functions.multi_index import MultiIndex

__all__ = ["Setting"]

PARAMETRISATIONS = ("ntk", "mean-field")
DIRECTIONS = ("sphere", "axis")
UNIT_TOLERANCE = 1e-6  # on the norm of a given direction: what six printed digits can give


def _positive_integer(name: str, value: object) -> int:
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    number = int(value.__index__())
    if number < 1:
        raise ValueError(f"{name} must be at least 1, got {number}")
    return number


def _one_of(name: str, value: object, known: tuple[str, ...]) -> str:
    if value in known:
        return str(value)
    near = difflib.get_close_matches(str(value), known, n=len(known), cutoff=0.0)
    raise ValueError(f"{name} must be one of {', '.join(near)}, got {value!r}")


def _function(name: str, value: object) -> Activation:
    value = getattr(value, "sim", value)  # what verify.problem.resolve_function returns holds both forms
    if isinstance(value, Activation):
        return value
    if not isinstance(value, str):
        raise TypeError(
            f"{name} must be a name or an Activation, got {value!r}; sim.functions.from_callables makes one of a callable "
            "and its derivative, verify.problem.resolve_function one of 'expr:FORMULA IN z'"
        )
    try:
        return named(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _noise(value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"noise must be a number, got {value!r}") from None
    if isinstance(value, bool | str):
        raise TypeError(f"noise must be a number, got {value!r}")
    if not math.isfinite(number) or number < 0.0:
        raise ValueError(f"noise must be finite and at least 0, got {value!r}")
    return number


def _direction(value: str | Iterable[float], d: int) -> str | tuple[float, ...]:
    if isinstance(value, str):
        return _one_of("teacher_direction", value, DIRECTIONS)
    if not isinstance(value, Iterable):
        raise TypeError(f"teacher_direction must be 'sphere', 'axis' or {d} numbers, got {value!r}")
    vector = tuple(float(x) for x in value)
    if len(vector) != d:
        raise ValueError(f"teacher_direction must have d = {d} entries, got {len(vector)}")
    norm = math.sqrt(math.fsum(x * x for x in vector))
    if not abs(norm - 1.0) <= UNIT_TOLERANCE:
        raise ValueError(f"teacher_direction must have norm 1, got {norm:.9g}; divide it by its norm")
    return vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One network and teacher as the paper sets them up, checked when it is made.

    Parameters
    ----------
    n, N, d : positive int
        Training samples, width, input dimension.
    noise : float, finite, >= 0
        Standard deviation rho of the label noise.
    parametrisation : {"ntk", "mean-field"}
    student, teacher : Activation or str; the teacher also a MultiIndex, of several orthonormal directions
        A string is looked up by `sim.functions.activations.named`; what `verify.problem.resolve_function` makes of
        "expr:FORMULA IN z" or "module:object" is taken too. Afterwards the field holds the `Activation`.
    teacher_direction : {"sphere", "axis"} or d floats
        beta: uniform on the sphere, e_1, or the given unit vector.

    Raises
    ------
    TypeError, ValueError
        With the field, what it must be, and what it was.
    """

    n: int
    N: int
    d: int
    noise: float = 0.3
    parametrisation: Literal["ntk", "mean-field"] = "ntk"
    student: Activation | str = "tanh"
    teacher: Activation | MultiIndex | str = "softplus"
    teacher_direction: Literal["sphere", "axis"] | tuple[float, ...] = "sphere"

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        for name in ("n", "N", "d"):
            put(name, _positive_integer(name, getattr(self, name)))
        put("noise", _noise(self.noise))
        put("parametrisation", _one_of("parametrisation", self.parametrisation, PARAMETRISATIONS))
        put("student", _function("student", self.student))
        many = isinstance(self.teacher, MultiIndex)
        put("teacher", self.teacher if many else _function("teacher", self.teacher))
        if isinstance(self.teacher, MultiIndex) and self.teacher.directions > self.d:
            raise ValueError(
                f"teacher must have at most d = {self.d} directions, got {self.teacher.directions}"
            )
        put("teacher_direction", _direction(self.teacher_direction, self.d))

    @property
    def sigma(self) -> Activation:
        """The student."""
        assert isinstance(self.student, Activation)
        return self.student

    @property
    def sigma_star(self) -> Activation:
        """The teacher's link.

        Raises
        ------
        TypeError
            It is of several directions.
        """
        if not isinstance(self.teacher, Activation):
            raise TypeError(f"teacher must be of one direction here, got {self.teacher!r}")
        return self.teacher

    @property
    def input_scale(self) -> float:
        """Factor of W x inside sigma: 1/sqrt d (NTK) or 1 (mean-field)."""
        return self.d**-0.5 if self.parametrisation == "ntk" else 1.0

    @property
    def weight_deviation(self) -> float:
        """Standard deviation of the entries of W_0: 1 (NTK) or 1/sqrt d."""
        return 1.0 if self.parametrisation == "ntk" else self.d**-0.5

    @property
    def readout_deviation(self) -> float:
        """Standard deviation of the entries of a: 1 (NTK) or 1/sqrt N."""
        return 1.0 if self.parametrisation == "ntk" else self.N**-0.5
