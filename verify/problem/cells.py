"""Which sizes are run: the paper's ray, the design off the ray that identifies exponents, and a user's own cells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Integral

from verify.errors import quoted

__all__ = ["OFF_RAY", "PAPER_BASE", "Cell", "off_ray", "own_sizes", "ray", "scaling_cells"]

PAPER_BASE = (1000, 750, 500)
OFF_RAY = {"n": (500, 4000), "N": (250, 2000), "d": (250, 1000)}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """One point of a design: sizes, the ray's k (None off the ray) and the design's name.

    Raises
    ------
    ValueError
        A size that is no integer of at least 1.
    """

    n: int
    N: int
    d: int
    k: int | None = None
    design: str = "sizes"

    def __post_init__(self) -> None:
        for name in ("n", "N", "d"):
            size = getattr(self, name)
            if not isinstance(size, Integral) or int(size) < 1:
                raise ValueError(f"{name} must be an integer of at least 1; got {quoted(size)}")

    @property
    def sizes(self) -> tuple[int, int, int]:
        """(n, N, d)."""
        return (self.n, self.N, self.d)

    @property
    def label(self) -> str:
        """Sizes as text, for people."""
        return f"(n, N, d) = ({self.n}, {self.N}, {self.d})"


def ray(scales: Iterable[int], base: tuple[int, int, int] = PAPER_BASE) -> tuple[Cell, ...]:
    """k times `base` for each k of `scales`: Table 2 and Fig. 8 of the paper are k = 1..8 of the default base."""
    n, N, d = base
    return tuple(Cell(n=k * n, N=k * N, d=k * d, k=k, design="ray") for k in scales)


def off_ray() -> tuple[Cell, ...]:
    """The eight corners of n in {500, 4000}, N in {250, 2000}, d in {250, 1000}: exponents are identified there."""
    corners = product(OFF_RAY["n"], OFF_RAY["N"], OFF_RAY["d"])
    return tuple(Cell(n=n, N=N, d=d, design="off-ray") for n, N, d in corners)


def own_sizes(sizes: Sequence[tuple[int, int, int]]) -> tuple[Cell, ...]:
    """Cells at a user's own sizes, each once."""
    return tuple(Cell(n=n, N=N, d=d, design="sizes") for n, N, d in dict.fromkeys(sizes))


def scaling_cells(
    *,
    design: str = "both",
    scales: Iterable[int] = range(1, 9),
    base: tuple[int, int, int] = PAPER_BASE,
    sizes: Sequence[tuple[int, int, int]] = (),
) -> tuple[Cell, ...]:
    """The cells of verify.scaling: own `sizes` instead of the ray where given, then the design off the ray."""
    first = own_sizes(sizes) if sizes else ray(scales, base)
    parts = {"ray": first, "off-ray": off_ray(), "both": (*first, *off_ray())}
    return parts[design]
