"""First layers to begin with beside the Gaussian one."""

import numpy as np
from numpy.typing import NDArray

from sim.draw import Draw

__all__ = ["orthogonal_rows"]


def orthogonal_rows(draw: Draw) -> NDArray:
    """W_0 with orthogonal rows of the length that Gaussian ones have in the mean; with N > d, orthogonal columns.

    Uniform among such matrices: the polar factor of the drawn W_0, shape (N, d).
    """
    N, d = draw.setting.N, draw.setting.d
    U, _, Vt = np.linalg.svd(draw.weights().astype(np.float64), full_matrices=False)
    length = draw.setting.weight_deviation * np.sqrt(d if d >= N else N)
    return (length * (U @ Vt)).astype(draw.dtype)
