"""Norms, the constant c, signs, distances, second value and nullity: predicted and measured at two sizes.

Margins are what these few seeds can decide with power 0.99 plus the known finite size; spreads are of one run,
relative, rounded up. The stated errors at the paper's size are judged by benchmarks/predictions.py.
"""

import pytest
from support.prediction_runs import check, problem, readings, rows, small

from theory.gradient.norms import gradient_norm_spreads, gradient_norms
from theory.update.sign import sign_norm_ratio, sign_norm_spread
from verify.agreement.steps import Steps

SEEDS = {100: 160, 200: 80}
NONE = Steps(
    spike=(), second=(), loss=(), ridge=(), gd_spike=(), gd_loss=()
)  # the gradient and its update alone
EDGE = ("s_2 of the sign matrix", "edge with its Tracy-Widom shift")
DISTANCE = "distance to the rank-one matrix"

# quantity, where, then margin and spread at d = 100 and at d = 200
ROWS = [
    ("L(0)", "", (0.08, 0.12), (0.08, 0.09)),
    (DISTANCE, "label", (0.08, 0.12), (0.08, 0.075)),
    (DISTANCE, "residual", (0.08, 0.105), (0.08, 0.075)),
    (*EDGE, (0.06, 0.06), (0.05, 0.05)),
    ("nullity of the sign matrix", "", (0.15, 0.13), (0.11, 0.11)),
]


def runs(d):
    return readings(small(d), SEEDS[d], ("gradient",), NONE)


@pytest.mark.parametrize("d", [100, 200])
@pytest.mark.parametrize(("quantity", "where", "at_100", "at_200"), ROWS)
def test_first_step_spectra(quantity, where, at_100, at_200, d):
    margin, spread = at_100 if d == 100 else at_200
    check(rows(small(d), NONE)[quantity, where], runs(d), margin=margin, spread=spread)


@pytest.mark.parametrize("d", [100, 200])
def test_norms_with_their_predicted_scatter(d):
    sn = problem().signal_noise(small(d))
    operator, frobenius = gradient_norms(sn)
    spreads = gradient_norm_spreads(sn)
    for where, value, spread in zip(("operator", "Frobenius"), (operator, frobenius), spreads, strict=True):
        row = rows(small(d), NONE)["norm of G_0", where]
        assert row.value == value
        check(row, runs(d), margin=0.09, spread=spread)
    c = float(sign_norm_ratio(sn.kappa))
    for where in ("limit", "with its 1/d terms"):
        row = rows(small(d), NONE)["c", where]
        check(row, runs(d), margin=0.018, spread=sign_norm_spread(sn) / c)


@pytest.mark.parametrize("d", [100, 200])
def test_sign_agreement(d):
    for where in ("limit", "by rows"):
        row = rows(small(d), NONE)["sign agreement", where]
        check(row, runs(d), margin=0.01, spread=0.014 if d == 100 else 0.0105, absolute=True)


@pytest.mark.parametrize("d", [100, 200])
def test_second_value_of_the_weights(d):
    """Within its stated 3 %: after FB-Adam 1, where the update's noise sets it, and after GD, where W_0 does.

    On seeds from 1000 on, FB-Adam's is 1.5 and 0.6 % above the prediction, its spread 3.3 and 1.8 %; the first
    60 seeds at d = 100, with a spread taken too small, had left it open.
    """
    cell, steps = small(d), Steps(ridge=(), loss=(), gd_loss=())
    found = readings(cell, 160 if d == 100 else 80, ("spectrum",), steps)
    second = {
        where[:2]: row for (quantity, where), row in rows(cell, steps).items() if quantity == "s_2(W_1)"
    }
    assert [lie.name for lie in second["FB"].lies][:2] == ["all of the update is noise", "no change"]
    assert second["GD"].lies[0].name == "as s_1"
    for row in second.values():
        assert row.stated == "3 %"
        check(row, found, margin=0.03, spread=0.038 if d == 100 else 0.021)
