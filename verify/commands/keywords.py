"""Options as keywords of Python's `run`: the groups that several commands take, for type checkers and editors."""

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from verify.problem.functions import FunctionPair
    from verify.problem.problem import Direction, Parametrisation, Precision
    from verify.problem.update import Convention

__all__ = [
    "ExperimentKeywords",
    "LookKeywords",
    "PrecisionKeywords",
    "ProblemKeywords",
    "ResourceKeywords",
    "StoreKeywords",
    "UpdateKeywords",
]


class ProblemKeywords(TypedDict, total=False):
    """Which network learns what."""

    student: "str | FunctionPair"
    teacher: "str | FunctionPair"
    teacher_direction: "Direction"
    parametrisation: "Parametrisation"
    noise: float


class UpdateKeywords(TypedDict, total=False):
    """Which first update."""

    optimiser: str
    adam: "Convention"
    eps: float


class LookKeywords(TypedDict, total=False):
    """How many runs are judged, how often they are looked at, how strictly; None is the command's own."""

    seeds: int | None
    first_seed: int
    max_seeds: int | None
    error_rate: float | None


class PrecisionKeywords(TypedDict, total=False):
    """The type of the arrays."""

    dtype: "Precision"


class ResourceKeywords(TypedDict, total=False):
    """What a run may use; None is what is there."""

    backend: Literal["auto", "numpy", "cupy"]
    memory_limit: int | str | None
    threads: int | None


class StoreKeywords(TypedDict, total=False):
    """Where records are kept, a directory (None keeps nothing), and whether those that are there are ignored."""

    store: "Path | str | None"
    fresh: bool


class ExperimentKeywords(
    ProblemKeywords, LookKeywords, PrecisionKeywords, ResourceKeywords, StoreKeywords, total=False
):
    """What every command takes that runs cells and judges them."""

    sizes: "Sequence[tuple[int, int, int]]"
