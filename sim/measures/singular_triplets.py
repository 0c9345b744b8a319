"""Top singular triplets with their bounds, and how they are shown."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FAILURE_GAP", "SingularTriplets"]

FAILURE_GAP = 0.01  # by which a value must be larger for the probability of its being missed to be bounded


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SingularTriplets:
    """The k largest singular values found, with vectors and bounds.

    Attributes
    ----------
    values : (k,) float64, descending
    left, right : (N, k), (d, k) float64, unit columns
    bounds : (k,) float64
        A has a singular value within ``bounds[i]`` of ``values[i]``: residual + 16 eps ||A||_F. (Where N < d
        and the value is below its bound, 0 counts as one.)
    steps : int
        Products with A and with its transpose, each of two vectors; one more pass over A takes the bounds.
    converged : bool
        Every bound is at most ``tol * values[0]``, or at most twice its rounding term.
    failure_probability : float
        Upper bound, over a random start, on the probability that ||A||_2 exceeds
        ``(1 + FAILURE_GAP) * values[0]``; for k > 2 also that a value beside these k exceeds
        ``(1 + FAILURE_GAP) * values[-1]``. 0 where ||A||_F excludes it. A start that was given counts as
        random.
    frobenius : float
        ||A||_F.
    """

    values: NDArray
    left: NDArray
    right: NDArray
    bounds: NDArray
    steps: int
    converged: bool
    failure_probability: float
    frobenius: float

    def __repr__(self) -> str:
        shown = ", ".join(f"{value:.6g}" for value in self.values[:4])
        return (
            f"<SingularTriplets {shown}{', ..' if len(self.values) > 4 else ''}: {len(self.values)} of a "
            f"{len(self.left)} x {len(self.right)} matrix, {'converged' if self.converged else 'NOT converged'}>"
        )

    def __str__(self) -> str:
        rows = [
            f"  {value:.6g} +- {bound:.1g}" for value, bound in zip(self.values, self.bounds, strict=True)
        ]
        return "\n".join(
            ["top singular values, each within its bound of one of the matrix", *rows, self._below()]
        )

    def _repr_html_(self) -> str:
        rows = [
            f"<tr><td>{rank}</td><td>{value:.6g}</td><td>{bound:.1g}</td></tr>"
            for rank, (value, bound) in enumerate(zip(self.values, self.bounds, strict=True), start=1)
        ]
        heading = "<tr><th></th><th>singular value</th><th>bound</th></tr>"
        return f"<div><table>{heading}{''.join(rows)}</table>{escape(self._below())}</div>"

    def _below(self) -> str:
        """What holds for all of them, in a line."""
        missed = f"a larger one was missed with probability <= {self.failure_probability:.1g}"
        state = "converged" if self.converged else "NOT converged"
        return f"||A||_F = {self.frobenius:.6g}; {state} after {self.steps} steps; {missed}"

    def to_frame(self) -> "pd.DataFrame":
        """Values with their bounds as a pandas DataFrame, one row each."""
        import pandas as pd

        return pd.DataFrame({"value": self.values, "bound": self.bounds})
