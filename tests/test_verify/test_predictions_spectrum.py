"""Norms, the constant c, signs, distances, second value and nullity: predicted and measured at two sizes.

Margins are what these few seeds can decide with power 0.99 plus the known finite size; spreads are of one run,
relative, rounded up. The stated errors at the paper's size are judged by benchmarks/predictions.py.
"""

import pytest
from prediction_runs import check, problem, readings, rows, small

from theory.gradient import gradient_norm_spreads, gradient_norms
from theory.sign_update import sign_norm_ratio, sign_norm_spread
from verify.predicted_steps import Steps

SEEDS = {100: 160, 200: 80}
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
    return readings(small(d), SEEDS[d], ("gradient", "custom"), Steps())


@pytest.mark.parametrize("d", [100, 200])
@pytest.mark.parametrize(("quantity", "where", "at_100", "at_200"), ROWS)
def test_first_step_spectra(quantity, where, at_100, at_200, d):
    margin, spread = at_100 if d == 100 else at_200
    check(rows(small(d), Steps())[quantity, where], runs(d), margin=margin, spread=spread)


@pytest.mark.parametrize("d", [100, 200])
def test_norms_with_their_predicted_scatter(d):
    sn = problem().signal_noise(small(d))
    operator, frobenius = gradient_norms(sn)
    spreads = gradient_norm_spreads(sn)
    for where, value, spread in zip(("operator", "Frobenius"), (operator, frobenius), spreads, strict=True):
        row = rows(small(d), Steps())["norm of G_0", where]
        assert row.value == value
        check(row, runs(d), margin=0.09, spread=spread)
    c = float(sign_norm_ratio(sn.kappa))
    for where in ("limit", "with its 1/d terms"):
        row = rows(small(d), Steps())["c", where]
        check(row, runs(d), margin=0.018, spread=sign_norm_spread(sn) / c)


@pytest.mark.parametrize("d", [100, 200])
def test_sign_agreement(d):
    for where in ("limit", "by rows"):
        row = rows(small(d), Steps())["sign agreement", where]
        check(row, runs(d), margin=0.01, spread=0.014 if d == 100 else 0.0105, absolute=True)
