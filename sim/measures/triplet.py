"""The top singular triplet of a draw's matrix, started from the draw's own vector; nan where the run diverged."""

import numpy as np

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.measures.norms import top_singular_triplets
from sim.measures.singular_triplets import SingularTriplets

__all__ = ["START", "is_finite", "top_triplet"]

START = {"gradient": 0, "update": 1, "weights": 2, "difference": 3}
"""Numbers of the start vectors of the iterations, by what they are of."""


def top_triplet(A: Array, draw: Draw, kind: str, *, backend: Backend) -> SingularTriplets:
    """Top triplet of A, started from the draw's vector for "gradient", "update", "weights", "difference".

    Divergence is a value: of a matrix that is not finite every number is nan, and nothing has converged.
    """
    if not is_finite(A, backend):
        return _of_diverged(A.shape[0], A.shape[1])
    start = draw.start_vector(draw.setting.d, START[kind])
    return top_singular_triplets(A, k=1, start=start, backend=backend)


def is_finite(A: Array, backend: Backend) -> bool:
    """Whether every entry is."""
    xp = backend.xp
    return all(bool(xp.all(xp.isfinite(A[rows, :]))) for rows in backend.chunks(A.shape[0], A.shape[1]))


def _of_diverged(N: int, d: int) -> SingularTriplets:
    nan = float("nan")
    return SingularTriplets(
        values=np.full(1, nan),
        left=np.full((N, 1), nan),
        right=np.full((d, 1), nan),
        bounds=np.full(1, nan),
        steps=0,
        converged=False,
        failure_probability=1.0,
        frobenius=nan,
    )
