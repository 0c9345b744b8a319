"""Captions of the sweeps and of Figure 8 judge with intervals: three answers, each to its own numbers."""

import numpy as np
import pytest

from verify.appendix.designs import (
    mean_field_updates,
    n_cells,
    norms,
    scope_cell,
    torch_adam,
    updates_on_grid,
)
from verify.appendix.drawing.panels import frame_of, series_rows
from verify.appendix.item import Scope
from verify.figures import design as figures_design
from verify.figures import norms as figures_norms
from verify.figures.judgements import Seen, reach, verdict_of
from verify.figures.sweep_caption import LOSSES, statements, sweep_caption
from verify.predictions.spike import threshold_of
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.update import gd
from verify.running.design import Readings
from verify.statistics import Interval

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
                (torch_adam(None), 1, name): np.sqrt(cell.N * cell.d) ** power
                * np.exp(1e-3 * rng.standard_normal())
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


SWEEP = Cell(n=2000, N=1500, d=1000)
ETAS = {"gd": [1e-3, 2000.0], "adam": [1e-3, 1e-2, 0.1, 1.0, 10.0]}
CLAIMS = {
    "still": "FB-Adam 0.001 and FB-Adam 0.01 change both losses by less than 1%",
    "lower": "both losses are lower at GD 2000, FB-Adam 0.1 and FB-Adam 1",
    "rise": "KTA and sim are higher there",
    "beyond": "at FB-Adam 10 the test loss is worse and KTA lower than at FB-Adam 1",
}


def _sweep(*, still=1.0, lower=(0.95, 0.97), rise=0.1, beyond=(1.3, 0.02), error=0.0002):
    """A sweep as it is drawn: losses over their start, KTA and sim; as the paper has it unless said otherwise."""
    losses = {"gd": [1.0, lower[0]], "adam": [1.0, still, lower[0], lower[1], beyond[0]]}
    kta = {"gd": [0.01, rise], "adam": [0.01, 0.01, rise, rise, beyond[1]]}
    parts = []
    for rule, etas in ETAS.items():
        for series in LOSSES.values():
            parts.append(series_rows(f"losses {rule} paper", series, etas, losses[rule], error=error))
            parts.append(series_rows(f"losses {rule} paper", f"predicted {series}", etas, losses[rule]))
        for panel, series in ((f"KTA {rule}", "KTA, paper"), (f"sim {rule}", "sim")):
            parts.append(series_rows(panel, series, etas, kta[rule], error=error))
            parts.append(series_rows(panel, f"predicted {series}", etas, kta[rule]))
        for panel in (f"losses {rule} paper", f"KTA {rule}", f"sim {rule}"):
            parts.append(series_rows(panel, "predicted eta_c", 0.05))
    return frame_of(parts)


@pytest.mark.parametrize(
    ("lie", "claim", "words"),
    [
        ({}, "", "holds here"),
        ({"still": 1.05}, "still", "does not hold here"),
        ({"lower": (0.95, 1.05)}, "lower", "does not hold here"),
        ({"lower": (0.95, 0.999)}, "lower", "is not decided here"),
        ({"rise": 0.01}, "rise", "is not decided here"),
        ({"rise": -0.1}, "rise", "does not hold here"),
        ({"beyond": (0.8, 0.02)}, "beyond", "does not hold here"),
        ({"beyond": (1.3, 0.2)}, "beyond", "does not hold here"),
        ({"error": 0.05}, "all", "is not decided here"),
    ],
)
def test_a_sweep_is_judged_claim_by_claim(lie, claim, words):
    caption = sweep_caption(_sweep(**lie), ("paper",), SWEEP, 5)
    for name, text in CLAIMS.items():
        if name == "beyond" and claim in ("rise", "lower"):
            continue  # they share numbers
        said = words if claim in (name, "all") else "holds here"
        assert f"that {text} {said}" in caption


def test_how_far_runs_and_curves_are_apart_is_said_with_its_place():
    frame = _sweep(error=0.001)
    assert "KTA (eq. 6) +0.0 % at" in sweep_caption(frame, ("paper",), SWEEP, 5)
    here = (frame["panel"] == "KTA adam") & (frame["series"] == "KTA, paper") & (frame["x"] == 1.0)
    frame.loc[here, ["y", "y_low", "y_high"]] -= 0.03
    caption = sweep_caption(frame, ("paper",), SWEEP, 5)
    assert "KTA (eq. 6) -30 % at FB-Adam 1 (-30.0 standard errors)" in caption
    assert "test loss (eq. 6) +0.0 % at" in caption


def test_a_judgement_is_wrong_once_in_ten_thousand_whatever_it_looks_at():
    rng = np.random.default_rng(7)
    tries, seeds, looks = 4000, 5, 6
    values = rng.standard_normal((tries, looks, seeds))
    mean, error = values.mean(axis=2), values.std(axis=2, ddof=1) / np.sqrt(seeds)
    far = np.abs(mean) > reach(seeds, looks) * error
    assert far.any(axis=1).sum() <= 4  # expected 0.4
    assert (np.abs(mean) > 2.0 * error).any(axis=1).mean() > 0.3  # what two standard errors would do
    assert reach(5) == pytest.approx(15.5, abs=0.1)
    assert reach(1) == np.inf


def test_nothing_is_decided_by_one_seed_by_no_scatter_or_by_no_look():
    one = Seen(mean=0.5, error=0.001, upper=1.0)
    assert verdict_of([one], 5).value == "supported"
    assert verdict_of([one, Seen(mean=2.0, error=0.001, upper=1.0)], 5).value == "refuted"
    for looks, seeds in (([one], 1), ([], 5), ([Seen(mean=0.5, error=0.0, upper=1.0)], 5)):
        assert verdict_of(looks, seeds).value == "inconclusive"
    assert verdict_of([Seen(mean=np.nan, error=1.0, upper=1.0)], 5).value == "inconclusive"


def test_the_claims_of_a_sweep_look_at_both_losses_kta_and_sim():
    assert [len(looks) for looks in statements(_sweep(), "paper", SWEEP).values()] == [4, 6, 6, 2]


@pytest.mark.parametrize(("factor", "words"), [(1.0, "bear out that"), (1.5, "do not bear the curve out")])
def test_eps_bends_the_law_only_where_the_open_marks_follow(factor, words):
    parts = []
    for name, series in figures_norms.NORMS.items():
        parts.append(series_rows("drift", figures_norms.PREDICTED[name], [1e2, 1e4, 1e6], [0.9, 0.5, 0.1]))
        parts.append(series_rows("drift", f"{series}, eps scaled", [1e4, 1e6], [0.5 * factor, 0.1 * factor]))
    assert words in figures_norms._drift_caption(frame_of(parts), 500)


@pytest.mark.parametrize(
    ("ray", "rival", "words"),
    [
        (1.01, 1.2, "only it is left there"),
        (1.01, 1.02, "it is not singled out"),
        (1.3, 1.2, "can be told apart"),
    ],
)
def test_the_ray_tells_laws_apart_only_where_it_does(ray, rival, words):
    parts = []
    for name in figures_design.NAMES:
        parts.append(series_rows("ray", name, [1.0, 2.0], [1.0, ray]))
        off = 1.01 if name == "c sqrt(N d)" else rival
        parts.append(series_rows("off the ray", name, [1.0, 2.0], [1.0, off]))
    assert words in figures_design._caption(frame_of(parts), 5)


def _place(etas, threshold):
    return int(np.searchsorted(sorted(etas), threshold))


@pytest.mark.parametrize("rule", [gd(0.0), torch_adam(0.0)], ids=["gd", "adam"])
def test_a_quick_grid_has_the_threshold_where_the_full_one_has_it(rule):
    problem = make_problem()

    def place(cell, updates):
        etas = [u.eta for u in updates if u.optimiser == rule.optimiser]
        return _place(etas, threshold_of(problem, cell, rule))

    full, quick = (scope_cell(Scope(quick=quick)) for quick in (False, True))
    expected = place(full, updates_on_grid(full))
    assert place(quick, updates_on_grid(quick)) == expected
    for small, large in zip(n_cells(SCOPE), n_cells(Scope()), strict=True):
        if small.n / small.d == large.n / large.d:
            assert place(small, updates_on_grid(small)) == place(large, updates_on_grid(large))
    if rule.optimiser == "gd":  # unscaled, a quick grid shows something else
        assert place(quick, updates_on_grid(full)) != expected


@pytest.mark.parametrize("optimiser", ["gd", "adam"])
def test_so_has_the_grid_of_mean_field(optimiser):
    problem, rule = make_problem(parametrisation="mean-field"), (gd if optimiser == "gd" else torch_adam)(0.0)
    places = set()
    for quick in (False, True):
        cell = scope_cell(Scope(quick=quick))
        etas = [u.eta for u in mean_field_updates(cell) if u.optimiser == optimiser]
        places.add(_place(etas, threshold_of(problem, cell, rule)))
    assert len(places) == 1
