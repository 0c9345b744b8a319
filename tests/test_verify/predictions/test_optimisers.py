"""What theory is asked of an optimiser that it does not know: it says nothing, and least of all Adam's numbers."""

import math
from dataclasses import replace

import pytest
from support.toy_optimiser import add_toy

from verify.claims.norms.section import norm_claims
from verify.claims.overlap.section import command_claims as overlap_claims
from verify.claims.spike.section import command_claims as spike_claims
from verify.judging.sample import Case
from verify.predictions.curves import (
    bulk_density,
    eta_grid,
    ridge_curve,
    sim_curve,
    spike_position,
    top_curve,
)
from verify.predictions.noise import has_spike
from verify.predictions.norms import adam_ratios, predictions_of
from verify.predictions.optimisers import known, missing_theory
from verify.predictions.regime import is_weak, missing_prediction
from verify.predictions.ridge import ridge_change, ridge_level, similarity
from verify.predictions.spike import (
    certain,
    even_bulk,
    expected_top,
    inputs_of,
    outside_prediction,
    overlap_below,
    random_overlap,
    sim_below,
    spike_of,
    spread_of,
    threshold_of,
    top_prediction,
)
from verify.predictions.step import gap_of, loss_ratio_of, outliers_of, ridge_of, similarity_of
from verify.problem.cells import Cell
from verify.problem.paper import default_problem, scaled_eta, step
from verify.problem.update import Update

PROBLEM, CELL, ETA = default_problem(), Cell(n=120, N=90, d=60), 2.0
ASKED = {
    "bulk_density": lambda update: bulk_density(PROBLEM, CELL, update),
    "spike_position": lambda update: spike_position(PROBLEM, CELL, update),
    "top_curve": lambda update: top_curve(PROBLEM, CELL, update, [ETA], "two-row"),
    "sim_curve": lambda update: sim_curve(PROBLEM, CELL, update, [ETA]),
    "eta_grid": lambda update: eta_grid(PROBLEM, CELL, update, (0.1, 1.0), 3),
    "ridge_curve": lambda update: ridge_curve(PROBLEM, CELL, update, "paper", (1.0, 2.0), 2),
    "has_spike": lambda update: has_spike(PROBLEM, CELL, update, 40.0),
    "adam_ratios": lambda update: adam_ratios(PROBLEM, CELL, update, 0.0),
    "is_weak": lambda update: is_weak(PROBLEM, CELL, update),
    "ridge_level": lambda update: ridge_level(PROBLEM, CELL, update, "kta", "paper"),
    "ridge_change": lambda update: ridge_change(PROBLEM, CELL, update, "kta", "paper"),
    "similarity": lambda update: similarity(PROBLEM, CELL, update),
    "certain": lambda update: certain(PROBLEM, CELL, update),
    "even_bulk": lambda update: even_bulk(PROBLEM, CELL, update),
    "inputs_of": lambda update: inputs_of(PROBLEM, CELL, update),
    "outside_prediction": lambda update: outside_prediction(PROBLEM, CELL, update, 1.2),
    "expected_top": lambda update: expected_top(PROBLEM, CELL, update),
    "overlap_below": lambda update: overlap_below(PROBLEM, CELL, update, "left"),
    "sim_below": lambda update: sim_below(PROBLEM, CELL, replace(update, eta=0.01)),
    "random_overlap": lambda update: random_overlap(PROBLEM, CELL, replace(update, eta=0.01), "left"),
    "spike_of": lambda update: spike_of(PROBLEM, CELL, update),
    "spread_of": lambda update: spread_of(PROBLEM, CELL, update),
    "threshold_of": lambda update: threshold_of(PROBLEM, CELL, update),
    "top_prediction": lambda update: top_prediction(update)(_case(update)),
    "gap_of": lambda update: gap_of(PROBLEM, CELL, update),
    "loss_ratio_of": lambda update: loss_ratio_of(PROBLEM, CELL, update),
    "outliers_of": lambda update: outliers_of(PROBLEM, CELL, update),
    "ridge_of": lambda update: ridge_of(PROBLEM, CELL, update, "kta", "paper"),
    "similarity_of": lambda update: similarity_of(PROBLEM, CELL, update),
    "known": known,
}


def _case(update):
    return Case(problem=PROBLEM, cell=CELL, update=update, observed={"readout_sum": 0.0, "zeros": 0.0})


@pytest.fixture
def toy(monkeypatch):
    """A step of an optimiser that theory does not know."""
    return Update(optimiser=add_toy(monkeypatch), eta=ETA)


@pytest.mark.parametrize("name", ASKED)
def test_theory_is_not_asked(toy, name):
    ASKED[name](Update(eta=ETA))  # Adam's has an answer
    with pytest.raises(ValueError, match="theory knows no other|must be Adam's"):
        ASKED[name](toy)


def test_its_norms_have_no_prediction_and_a_reason(toy):
    adam = Update(eta=ETA)
    assert not any(math.isfinite(found.value) for found in predictions_of(_case(toy)))
    assert all(math.isfinite(found.value) for found in predictions_of(_case(adam)))
    assert missing_prediction(PROBLEM, CELL, toy) == missing_theory(toy) != ""
    assert missing_prediction(PROBLEM, CELL, adam) == missing_theory(adam) == ""


def test_no_claim_of_the_commands_is_left_to_a_judge(toy):
    later = replace(toy, eta=2.0 * ETA)
    claims = [
        *norm_claims(PROBLEM, toy, [CELL]),
        *spike_claims(PROBLEM, CELL, [toy, later], seeds=2),
        *overlap_claims(PROBLEM, CELL, [toy, later], seeds=2),
    ]
    assert len(claims) == 2 + 2 + 6
    assert len({claim.id for claim in claims}) == len(claims)
    assert {claim.unpredicted for claim in claims} == {missing_theory(toy)}
    of_adam = norm_claims(PROBLEM, Update(), [CELL])
    assert of_adam
    assert not any(claim.unpredicted for claim in of_adam)


def test_the_papers_learning_rates_are_of_two_optimisers(toy):
    for ask in (scaled_eta, step):
        with pytest.raises(KeyError):
            ask(toy.optimiser, 0.1, CELL)
