"""What a run begins with, by theory: the bulk of W_0."""

import math

import numpy as np
from numpy.typing import NDArray

from verify.problem.cells import Cell
from verify.problem.problem import Problem

__all__ = ["start_density"]

POINTS = 300


def start_density(problem: Problem, cell: Cell) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """log10 l and the density of log10 l over the bulk of W_0, l its squared singular values."""
    from theory.random_matrices.bulk import marchenko_pastur_density, marchenko_pastur_edges

    variance = problem.setting(cell).weight_deviation ** 2
    low, high = marchenko_pastur_edges(N=cell.N, d=cell.d, variance=variance)
    levels = np.geomspace(max(low, 1e-4 * high), high, POINTS)
    density = marchenko_pastur_density(levels, N=cell.N, d=cell.d, variance=variance)
    return np.log10(levels), np.asarray(density) * levels * math.log(10.0)
