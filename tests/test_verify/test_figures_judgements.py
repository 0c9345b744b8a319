"""Captions of the sweeps and of Figure 8 judge with intervals: three answers, each to its own numbers."""

import numpy as np
import pytest

from verify.appendix import figures_norms, figures_sweep
from verify.appendix.drawing import frame_of, series_rows
from verify.appendix.item import Scope
from verify.appendix.sweeps import adam, gd, main_cell, mean_field_updates, n_cells, norms, updates_on_grid
from verify.claims.spike_common import threshold_of
from verify.designs import Cell
from verify.problem import make_problem
from verify.statistics import Interval
from verify.study import Readings

SCOPE = Scope(quick=True)


def _interval(low, high):
    return Interval(estimate=(low + high) / 2, standard_error=0.01, low=low, high=high, repeats=24, dof=22.0)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.99, 1.01, "holds here"),
        (0.90, 0.95, "does not hold here"),
        (0.90, 1.01, "is not decided here"),
    ],
)
def test_figure_8_judges_by_its_interval(low, high, words):
    of = norms(SCOPE)
    parts = [series_rows("ratio", series, [1.0, 2.0], [1.0, 1.01]) for series in figures_norms.NORMS.values()]
    exponents = dict.fromkeys(figures_norms.NORMS.values(), _interval(low, high))
    caption = figures_norms._figure_8_caption(frame_of(parts), of, 3, exponents)
    assert f"to 0.03 in the exponent, {words}" in caption
    assert f"interval {low:.4f} to {high:.4f}" in caption


@pytest.mark.parametrize("power", [1.0, 0.9])
def test_figure_8s_exponent_is_that_of_its_runs(power):
    of, rng = norms(SCOPE), np.random.default_rng(5)
    readings = [
        Readings(
            cell=cell,
            seed=seed,
            values={
                (adam(None), name): np.sqrt(cell.N * cell.d) ** power * np.exp(1e-3 * rng.standard_normal())
                for name in figures_norms.NORMS
            },
        )
        for cell in of.cells
        for seed in range(5)
    ]
    for found in figures_norms.exponents_of(of, readings).values():
        assert found.low < power < found.high
        assert found.high - found.low < 0.03
        assert not found.contains(power - 0.05)


def _sweep(losses, error):
    cell, parts = Cell(n=2000, N=1500, d=1000), []
    for optimiser, etas in (("gd", [2000.0]), ("adam", [0.1, 1.0])):
        for series in figures_sweep.LOSSES.values():
            parts.append(
                series_rows(f"losses {optimiser} paper", series, etas, losses[: len(etas)], error=error)
            )
    return frame_of(parts), cell


@pytest.mark.parametrize(
    ("losses", "error", "words"),
    [
        ([0.95, 0.97], 0.001, "holds"),
        ([0.95, 1.02], 0.001, "does not hold"),
        ([0.95, 0.999], 0.001, "is not decided"),
        ([0.95, 1.02], 0.05, "is not decided"),
    ],
)
def test_losses_are_lower_only_where_both_are_by_two_standard_errors(losses, error, words):
    frame, cell = _sweep(losses, error)
    assert figures_sweep._judged(frame, "paper", cell) == words


def _place(etas, threshold):
    return int(np.searchsorted(sorted(etas), threshold))


@pytest.mark.parametrize("rule", [gd(0.0), adam(0.0)], ids=["gd", "adam"])
def test_a_quick_grid_has_the_threshold_where_the_full_one_has_it(rule):
    problem = make_problem()

    def place(cell, updates):
        etas = [u.eta for u in updates if u.optimiser == rule.optimiser]
        return _place(etas, threshold_of(problem, cell, rule))

    full, quick = (main_cell(Scope(quick=quick)) for quick in (False, True))
    expected = place(full, updates_on_grid(full))
    assert place(quick, updates_on_grid(quick)) == expected
    for small, large in zip(n_cells(SCOPE), n_cells(Scope()), strict=True):
        if small.n / small.d == large.n / large.d:
            assert place(small, updates_on_grid(small)) == place(large, updates_on_grid(large))
    if rule.optimiser == "gd":  # unscaled, a quick grid shows something else
        assert place(quick, updates_on_grid(full)) != expected


@pytest.mark.parametrize("optimiser", ["gd", "adam"])
def test_so_has_the_grid_of_mean_field(optimiser):
    problem, rule = make_problem(parametrisation="mean-field"), (gd if optimiser == "gd" else adam)(0.0)
    places = set()
    for quick in (False, True):
        cell = main_cell(Scope(quick=quick))
        etas = [u.eta for u in mean_field_updates(cell) if u.optimiser == optimiser]
        places.add(_place(etas, threshold_of(problem, cell, rule)))
    assert len(places) == 1
