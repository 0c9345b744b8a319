"""Bad input to single functions: the parameter, what it must be and what came; nothing overflows or divides by 0."""

import numpy as np
import pytest
from scipy import special

import theory
from theory import predict
from theory.gradient.norms import residual_matrix_error
from theory.gradient.residual_law import residual_law, residual_square_quantiles
from theory.ridge.readout_rows import readout_rows
from theory.ridge.stage import seen_direction
from theory.spike.fluctuation import spike_spread

SIZES = {"n": 200, "N": 150, "d": 100}
ROWS = {"shift": 1.0, "correlation": 0.1, "second": 0.1, "gamma": 0.1, "N": 10, "tau_squared": 1.0}


def sn():
    return predict(**SIZES).signal_noise


REFUSED = [
    (
        lambda: predict(n=10**5000, N=1, d=1),
        ValueError,
        "n must be a positive integer below 1e+30, got an integer of 5001 digits",
    ),
    (
        lambda: predict(n=float("nan"), N=1, d=1),
        ValueError,
        "n must be a positive integer below 1e+30, got nan",
    ),
    (
        lambda: predict(n=np.float64(1.5), N=1, d=1),
        ValueError,
        "n must be a positive integer, got 1.5; a matrix",
    ),
    (
        lambda: predict(**SIZES, noise=10**400),
        ValueError,
        "noise must be finite and >= 0 and <= 1e+50, got an integer of 401",
    ),
    (
        lambda: predict(**SIZES).spectrum(1e300),
        ValueError,
        "eta must be finite and >= 0 and <= 1e+50, got 1e+300",
    ),
    (
        lambda: seen_direction(shift=1.0, correlation=0.1, overlap=1.0),
        ValueError,
        "overlap must be finite and >= 0 and <= 0.999999999999, got 1.0",
    ),
    (
        lambda: readout_rows(overlap=1.0, **ROWS),
        ValueError,
        "overlap must be finite and >= 0 and <= 0.999999999999, got 1.0",
    ),
    (lambda: theory.eps_operator_ratio("a", 1.0), TypeError, "kappa must be a number, got str"),
    (
        lambda: residual_matrix_error(sn(), weighted_edge="a"),
        TypeError,
        "weighted_edge must be a number, got str",
    ),
    (
        lambda: residual_matrix_error(sn(), weighted_edge=-1.0),
        ValueError,
        "weighted_edge must be finite and >= 0, got -1.0",
    ),
    (
        lambda: spike_spread(sn(), eta=0.3, nodes=8.5),
        ValueError,
        "nodes must be a positive integer, got 8.5",
    ),
    (
        lambda: spike_spread(sn(), eta=0.3, nodes="8"),
        TypeError,
        "nodes must be a positive integer, got str",
    ),
    (
        lambda: theory.population_edge(["a"], 10),
        TypeError,
        "eigenvalues must be a number or an array of numbers, got ['a']",
    ),
    (
        lambda: theory.weighted_edge([1.0], ["a"]),
        TypeError,
        "row_weights must be a number or an array of numbers",
    ),
    (
        lambda: theory.tracy_widom_cdf("a"),
        TypeError,
        "s must be a number or an array of numbers, got 'a'",
    ),
    (lambda: theory.tracy_widom_quantile(1.5), ValueError, "p must lie in [1e-11, 1), got 1.5"),
    (
        lambda: theory.tracy_widom_upper_quantile(1.5),
        ValueError,
        "p must lie in [1e-280, 1 - 1e-11], got 1.5",
    ),
    (
        lambda: theory.top_singular_value_p_value("a", N=9, d=9),
        TypeError,
        "s must be a number or an array of numbers, got 'a'",
    ),
    (
        lambda: theory.top_singular_value_p_value(-1.0, N=9, d=9),
        ValueError,
        "s must be a singular value, >= 0, got -1.0",
    ),
    (
        lambda: theory.marchenko_pastur_cdf("x", N=9, d=9),
        TypeError,
        "l must be a number or an array of numbers, got 'x'",
    ),
]


@pytest.mark.parametrize(("call", "kind", "message"), REFUSED)
def test_bad_input_is_named(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_no_tail_is_a_plain_zero():
    assert not np.signbit(theory.tracy_widom_upper_tail(300.0))


@pytest.mark.parametrize("spread", [0.2, 1e-3, 1e-8])
def test_a_residual_that_keeps_near_one_value(spread):
    """A constant teacher: r is normal about it, however little it spreads."""
    found = residual_square_quantiles(residual_law(np.ones_like, spread=spread), 501)
    exact = (1.0 + spread * special.ndtri((np.arange(501) + 0.5) / 501)) ** 2
    assert np.abs(found - exact).max() <= (1e-3 if spread > 0.1 else 1e-5) * spread
    constant = residual_square_quantiles(residual_law(lambda z: 2.0 + 0.0 * z, spread=1e-12), 9)
    assert constant == pytest.approx(np.full(9, 4.0), rel=1e-9)


@pytest.mark.parametrize("spread", [1e-9, 1e-3])
def test_a_residual_that_is_almost_the_teacher(spread):
    """r^2 of |tanh z|, known exactly: its mean to 1.5e-3 of itself, its quantiles to 3 %."""
    found = residual_square_quantiles(residual_law(np.tanh, spread=spread), 500)
    z = special.ndtri(0.5 + 0.5 * (np.arange(500) + 0.5) / 500)
    exact = np.tanh(z) ** 2
    assert found.mean() == pytest.approx(exact.mean(), rel=1.5e-3)
    assert found[50:] == pytest.approx(exact[50:], rel=0.03)


@pytest.mark.parametrize(
    "options",
    [
        {"n": 34, "N": 600, "d": 467, "student": "hermite:0,1e-30", "teacher": "tanh", "noise": 1e-9},
        {"n": 13, "N": 4, "d": 8, "student": "softplus", "teacher": "hermite:1", "noise": 1e-9, "offset": -3.0,
         "parametrisation": "mean-field"},
    ],
)  # fmt: skip
def test_hardly_any_output_and_noise(options):
    record = predict(**options)
    assert np.isfinite(record["initial_loss"].value)
    assert record["initial_loss"].value > 0.0
