"""Below the threshold tables, findings and `theory.predict` say one number of noise's top value and of overlaps."""

import math

import pytest

import theory
from verify.claims.overlap.section import command_claims
from verify.predictions.spike import (
    expected_top,
    overlap_below,
    random_overlap,
    sim_below,
    spike_of,
    threshold_of,
)
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.problem.update import adam, gd
from verify.sweep.experiment import FACTORS

PROBLEM, CELL = default_problem(), Cell(n=400, N=300, d=200)


@pytest.mark.parametrize("make", [adam, gd])
@pytest.mark.parametrize("factor", [0.25, 0.5])
def test_without_a_spike_s_1_is_that_of_noise_and_not_the_edge(make, factor):
    rule = make(1.0)
    update = make(factor * threshold_of(PROBLEM, CELL, rule))
    at, (top, spread) = spike_of(PROBLEM, CELL, update), expected_top(PROBLEM, CELL, update)
    assert not at.outlier
    assert at.edge - 5.0 * spread < top < at.edge - 0.5 * spread
    predicted = theory.predict(
        n=CELL.n,
        N=CELL.N,
        d=CELL.d,
        eta=update.eta,
        optimiser=update.optimiser,
        **({"eps": 0.0} if make is adam else {}),
    )["top_singular_value", update.eta]
    assert top == pytest.approx(predicted.value, rel=0.005)
    if math.isfinite(predicted.sd):
        assert spread == pytest.approx(predicted.sd, rel=0.1)


def test_a_spike_keeps_its_own_position_and_spread():
    update = adam(0.4)
    assert expected_top(PROBLEM, CELL, update)[0] == spike_of(PROBLEM, CELL, update).top


def test_table_and_findings_of_overlaps_predict_one_number():
    critical = threshold_of(PROBLEM, CELL, adam(1.0))
    updates = tuple(adam(float(f"{factor * critical:.3g}")) for factor in FACTORS)
    claims = [claim for claim in command_claims(PROBLEM, CELL, updates, seeds=20) if claim.relative]
    assert len(claims) >= 4
    for claim in claims:
        (update,) = claim.design.updates
        side = claim.observable.removesuffix("_overlap")
        assert claim.predict(None).value == overlap_below(PROBLEM, CELL, update, side)
        share = spike_of(PROBLEM, CELL, update).strength / spike_of(PROBLEM, CELL, update).threshold
        assert f"its signal {share:.2g} of the critical one" in claim.statement


@pytest.mark.parametrize("make", [adam, gd])
@pytest.mark.parametrize("factor", [0.25, 0.5, 0.95])
def test_sim_below_is_the_one_that_predict_says(make, factor):
    update = make(factor * threshold_of(PROBLEM, CELL, make(1.0)))
    options = {"eps": 0.0} if make is adam else {}
    said = theory.predict(n=400, N=300, d=200, eta=update.eta, optimiser=update.optimiser, **options)
    found = sim_below(PROBLEM, CELL, update)
    assert found == pytest.approx(said["sim", update.eta].value, rel=1e-9)
    assert found > math.sqrt(2.0 / (math.pi * CELL.d))  # what random vectors have


@pytest.mark.parametrize("side", ["left", "right"])
def test_in_the_transition_an_overlap_stays_one(side):
    critical = threshold_of(PROBLEM, CELL, adam(1.0))
    near = adam(0.9999 * critical)
    assert random_overlap(PROBLEM, CELL, near, side) > overlap_below(PROBLEM, CELL, near, side)
    assert overlap_below(PROBLEM, CELL, near, side) <= 1.0
