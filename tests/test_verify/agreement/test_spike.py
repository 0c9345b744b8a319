"""The spike: position, overlaps, sim and the theories it rules out, predicted and measured at two sizes."""

from functools import lru_cache

import pytest
from support.prediction_runs import check, problem, readings, rows, small

from theory.spike.fluctuation import spike_spread
from theory.spike.inputs import critical_eta, spike_inputs
from verify.agreement.outcome import ERROR_RATE, outcome_of
from verify.agreement.row import PredictedRow
from verify.agreement.steps import Steps
from verify.statistics import power_value
from verify.statistics.verdict import Verdict

SEEDS = {100: 120, 200: 60}

# quantity, whether at eta = 1 (else twice the critical one), margin, spread at d = 100 and at d = 200; absolute
OVERLAPS = [
    ("left overlap, squared", False, 0.03, 0.026, 0.018),
    ("right overlap, squared", False, 0.025, 0.024, 0.018),
    ("sim(W_1, beta)", False, 0.065, 0.082, 0.06),
    ("left overlap, squared", True, 0.01, 0.0025, 0.001),
    ("right overlap, squared", True, 0.008, 0.0018, 0.001),
    ("sim(W_1, beta)", True, 0.065, 0.083, 0.063),
]


@lru_cache(maxsize=4)
def steps_of(cell) -> Steps:
    """Twice the critical learning rate; the rivals where they are apart."""
    critical = critical_eta(spike_inputs(problem().signal_noise(cell)))
    return Steps(
        top=2.0 * critical, spike=(2.0 * critical, 1.0), rival=1.5 * critical, second=(), loss=(), ridge=(),
        gd_spike=(), gd_loss=(),
    )  # fmt: skip


def row_of(cell, quantity, eta) -> PredictedRow:
    return rows(cell, steps_of(cell))[quantity, f"FB-Adam {eta:g}"]


@pytest.mark.parametrize("d", [100, 200])
def test_position(d):
    cell = small(d)
    eta = steps_of(cell).top
    spread = spike_spread(problem().signal_noise(cell), eta=eta)
    row = row_of(cell, "s_1(W_1)", eta)
    assert {lie.name for lie in row.lies} >= {"independent theory", "no change"}
    found = readings(cell, SEEDS[d], ("top",), steps_of(cell))
    check(row, found, margin=0.034, spread=spread.total / row.value)


@pytest.mark.parametrize("d", [100, 200])
@pytest.mark.parametrize(("quantity", "far", "margin", "at_100", "at_200"), OVERLAPS)
def test_overlaps(quantity, far, margin, at_100, at_200, d):
    cell = small(d)
    row = row_of(cell, quantity, 1.0 if far else steps_of(cell).top)
    found = readings(cell, SEEDS[d], ("top",), steps_of(cell))
    check(row, found, margin=margin, spread=at_100 if d == 100 else at_200, absolute=True)


@pytest.mark.parametrize(("d", "seeds"), [(200, 120), pytest.param(100, 1000, marks=pytest.mark.slow)])
def test_rivals_at_the_run_s_own_numbers(d, seeds):
    """n/d = 8, N/d = 1/2, where one-row and two-row theory are far apart: half of that is the margin.

    s_1 itself is 0.14 below the two-row theory at both sizes, which the margin must hold as well.
    """
    cell = small(d, n=8.0, N=0.5)
    (row,) = (r for r in rows(cell, steps_of(cell)).values() if r.quantity.startswith("s_1(W_1) less"))
    assert [lie.name for lie in row.lies][:2] == ["one-row theory", "independent theory"]
    spread = 0.46
    design = dict(margin=row.margin, spread=spread, repeats=seeds, error_rate=ERROR_RATE)
    assert power_value(**design) >= 0.99
    assert power_value(**design, lie=2.0 * row.margin) >= 0.99  # the one-row theory
    outcome = outcome_of(row, readings(cell, seeds, ("rival",), steps_of(cell)))
    assert outcome.verdict is Verdict.SUPPORTED, outcome
    assert outcome.standard_error * seeds**0.5 <= 1.3 * spread
    assert not outcome.not_refuted, outcome
