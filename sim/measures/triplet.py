"""The top singular triplet of a draw's matrix, started from the draw's own vector."""

from sim.backend import Array, Backend
from sim.draw import Draw
from sim.measures.norms import top_singular_triplets
from sim.measures.singular_triplets import SingularTriplets

__all__ = ["START", "top_triplet"]

START = {"gradient": 0, "update": 1, "weights": 2, "difference": 3}
"""Numbers of the start vectors of the iterations, by what they are of."""


def top_triplet(A: Array, draw: Draw, kind: str, *, backend: Backend) -> SingularTriplets:
    """Top triplet of A, started from the draw's vector for "gradient", "update", "weights", "difference"."""
    start = draw.start_vector(draw.setting.d, START[kind])
    return top_singular_triplets(A, k=1, start=start, backend=backend)
