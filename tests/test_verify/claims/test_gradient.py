"""Claims on the first gradient: truth and lies on synthetic records, the measurements, and small real runs."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from support import families
from support.claim_records import synthetic
from support.families import real

from sim.backend import get_backend
from sim.draw import Draw
from sim.network.two_layer import first_gradient
from verify.claims.gradient.rank_one import rank_one_claims
from verify.claims.gradient.signs import median_of_product
from verify.judging.sample import Case
from verify.measurements.gradient import _matrices, _walsh_by_polynomials, exact_zeros
from verify.problem.cells import Cell
from verify.problem.paper import SMALL, default_problem, ladder
from verify.problem.update import Update
from verify.statistics.verdict import Verdict

every = partial(families.every, "gradient")


def test_the_papers_readings_are_refuted_with_their_numbers_on_a_few_small_runs():
    signs = real(every()["L.B5"], 4)
    assert signs.verdict is Verdict.REFUTED
    assert 0.8 < signs.estimate < 0.95
    step = real(every()["L.B5.entries"], 8)
    assert step.verdict is Verdict.REFUTED
    assert step.estimate > 30
    label = real(replace(every()["L.B4.label"], error_rate=0.01), 40)
    assert label.verdict is Verdict.REFUTED


def test_the_residual_matrix_is_approached_and_the_split_is_exact():
    assert real(every()["L.B4.residual"], 20).verdict is Verdict.SUPPORTED
    split = real(every()["E.20"], 2)
    assert split.verdict is Verdict.SUPPORTED
    assert split.estimate - 1.0 < 1e-13
    assert real(every()["L.B9"], 3).verdict is Verdict.SUPPORTED


def test_a_gradient_that_is_off_by_a_rounding_of_float32_is_no_split(monkeypatch):
    import sim.network.two_layer

    true = sim.network.two_layer.first_gradient

    def rounded(*args, **options):
        found = true(*args, **options)
        return replace(found, G=found.G.astype(np.float32).astype(np.float64))

    monkeypatch.setattr(sim.network.two_layer, "first_gradient", rounded)
    assert real(every()["E.20"], 2).verdict is Verdict.REFUTED


def test_exact_zeros_are_counted_in_both_types():
    draw = Draw(setting=default_problem().setting(Cell(n=256, N=60, d=40)), seed=1)
    backend = get_backend("numpy", threads=1)
    gradient = first_gradient(draw, backend=backend)
    assert exact_zeros(draw, gradient, backend)["zeros_float32"] == 0
    G = gradient.G.copy()
    G[3, :5] = 0.0
    found = exact_zeros(draw, replace(gradient, G=G), backend)
    assert (found["zeros_float32"], found["zeros_float64"], found["zeros_both"]) == (5, 0, 0)
    assert found["smallest_entry_in_eps"] > 1000


def test_a_dead_neuron_is_no_rounding(monkeypatch):
    claim = every()["P.B6"]
    sample = synthetic(claim)
    one = replace(sample, values=(0.0,) * 5 + (40.0,) * 15)
    assert claim.judge(claim, one).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize("order", [4, 8])
def test_polynomials_have_the_signs_of_walsh_functions(order):
    rows = _walsh_by_polynomials(order, 8 * order)
    assert np.linalg.matrix_rank(rows) <= order
    signs = np.sign(rows)
    assert np.allclose(signs @ signs.T, 8 * order * np.eye(order))
    assert np.linalg.norm(signs, 2) * order / np.sqrt(signs.size) == pytest.approx(np.sqrt(order))


def test_matrices_have_the_rank_that_they_say():
    for X, rank in _matrices(np.random.default_rng(0)):
        assert np.linalg.matrix_rank(X) <= rank


def test_the_median_of_a_product_of_normals():
    g = np.random.default_rng(1).standard_normal((2, 400000))
    assert median_of_product() == pytest.approx(float(np.median(np.abs(g[0] * g[1]))), rel=0.01)
    assert median_of_product() != pytest.approx(0.6745, rel=0.2)


def test_the_agreement_scatters_as_far_as_it_moves_with_c():
    claim = every()["L.B5.agreement"]
    asked = replace(claim, seeds=60)
    predicted = claim.predict(Case(problem=default_problem(), cell=SMALL, update=Update())).spread
    finding = real(asked, 60)
    measured = finding.standard_error * 60**0.5
    assert 0.6 < measured / predicted < 1.7  # 60 runs give a deviation to 9 %


def test_rank_one_claims_follow_the_case():
    cells = ladder(True)
    ids = {
        name: [claim.id for claim in rank_one_claims(problem, cells)]
        for name, problem in (
            ("ntk", default_problem()),
            ("mean-field", default_problem(parametrisation="mean-field")),
            ("linear", default_problem(student="linear")),
            ("relu", default_problem(student="relu")),
        )
    }
    assert ids["ntk"] == ["L.B4.label", "L.B4.label.limit", "L.B4.residual", "L.B4.residual.rate"]
    assert ids["mean-field"] == ["L.B4.label", "L.B4.residual", "L.B4.residual.rate"]
    assert ids["linear"] == ["L.B4.label", "L.B4.label.limit", "L.B4.residual"]
    assert ids["relu"] == ["L.B4.label", "L.B4.residual"]


def test_a_rate_needs_its_last_value_too():
    claim = every()["L.B4.residual.rate"]
    good = synthetic(claim)
    off = replace(
        good, values=tuple(1.2 * value for value in good.values)
    )  # the slope of the claim, another constant
    assert claim.judge(claim, good).verdict is Verdict.SUPPORTED
    assert claim.judge(claim, off).verdict is Verdict.REFUTED
    two = good.where(lambda cell: cell.d > 50)
    assert claim.judge(claim, two).verdict is Verdict.INCONCLUSIVE  # two sizes make no slope
