"""A matrix beside an earlier one of the same name: how far it moved, and which top vectors stayed."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.backend import Backend
from sim.measures.norms import top_singular_triplets

__all__ = ["Moved", "compare"]

_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """From the earlier matrix B to this one, A.

    Attributes
    ----------
    relative_change : float
        ||A - B||_F/||B||_F.
    top_before, top_after, top_change : float
        Largest singular values of B, of A and of A - B.
    left_overlaps, right_overlaps : list of float
        (u_i(A) . u_i(B))^2 and (v_i(A) . v_i(B))^2, i = 1..5; two random vectors have 1/rows and 1/columns.
    change_left, change_right : float
        Squared overlaps of A's top vectors with those of A - B: near 1 where the change made the top value.
    """

    relative_change: float
    top_before: float
    top_after: float
    top_change: float
    left_overlaps: list[float]
    right_overlaps: list[float]
    change_left: float
    change_right: float

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def compare(after: NDArray[Any], before: NDArray[Any], *, backend: Backend) -> Moved:
    """What moved between two finite matrices of the same shape, neither of them 0."""
    A, B = after.astype(np.float64), before.astype(np.float64)
    k = min(_MOST, *A.shape)
    change = A - B
    a, b = (top_singular_triplets(each, k=k, backend=backend) for each in (A, B))
    c = top_singular_triplets(change, k=1, backend=backend)
    left, right = ((x.T @ y) ** 2 for x, y in ((a.left, b.left), (a.right, b.right)))
    return Moved(
        relative_change=float(c.frobenius / b.frobenius),
        top_before=float(b.values[0]),
        top_after=float(a.values[0]),
        top_change=float(c.values[0]),
        left_overlaps=[float(each) for each in np.diag(left)],
        right_overlaps=[float(each) for each in np.diag(right)],
        change_left=float((a.left[:, 0] @ c.left[:, 0]) ** 2),
        change_right=float((a.right[:, 0] @ c.right[:, 0]) ** 2),
    )
