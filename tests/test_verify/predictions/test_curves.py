"""Predicted curves: densities of the bulk have mass one, curves start where nothing has moved."""

import numpy as np
import pytest

from verify.figures.common import update_of
from verify.predictions.curves import bulk_density, eta_grid, ridge_curve, sim_curve
from verify.predictions.spike import threshold_of
from verify.problem.cells import Cell
from verify.problem.paper import default_problem

CELL = Cell(n=80, N=60, d=40)


@pytest.mark.parametrize(("optimiser", "eta"), [("gd", 300.0), ("adam", 0.05), ("adam", 3.0)])
def test_the_bulks_density_has_mass_one(optimiser, eta):
    cell = Cell(n=400, N=300, d=200)
    x, density = bulk_density(default_problem(), cell, update_of(optimiser, eta))
    assert abs(np.trapezoid(density, x) - 1.0) < 0.01


def test_two_modes_share_the_mass_as_predicted():
    from theory.spectrum.noise_spectra import nullity_of

    cell = Cell(n=400, N=300, d=200)
    x, density = bulk_density(default_problem(), cell, update_of("adam", 300.0))
    gap = int(np.flatnonzero(np.isnan(x))[0])
    lower = np.trapezoid(density[:gap], x[:gap])
    assert abs(lower - nullity_of(default_problem().signal_noise(cell)).staying / cell.d) < 1e-3
    assert abs(lower + np.trapezoid(density[gap + 1 :], x[gap + 1 :]) - 1.0) < 2e-3
    assert 0.9 < 10.0 ** (x[gap + 1] / 2.0) / 300.0 < 1.2  # runs begin at about eta


def test_curves_start_where_nothing_has_moved_and_turn_at_the_threshold():
    problem, rule = default_problem(), update_of("adam", 1.0)
    threshold = threshold_of(problem, CELL, rule)
    grid = eta_grid(problem, CELL, rule, (1e-3, 10.0), 5)
    assert grid[0] == 1e-3
    assert grid[-5] == pytest.approx(0.1 * threshold)
    assert (np.diff(np.log10(grid[1:-4])) < 0.26).all()
    curve = ridge_curve(problem, CELL, rule, "paper", (1e-3, 10.0), 5)
    assert curve.test_loss[0] == pytest.approx(1.0, abs=1e-3)
    assert abs(curve.test_loss[-1] - 1.0) > 0.05
    low, high = sim_curve(problem, CELL, rule, threshold * np.array([0.99, 3.0]))
    assert low == pytest.approx(np.sqrt(2.0 / (np.pi * CELL.d)))
    assert high > 2.0 * low
