"""What `predict` says where a number is measured, interpolated or left out, and how sizes and ratios are refused."""

import math
import time

import numpy as np
import pytest

from theory.prediction.prediction import predict
from theory.prediction.problem import LARGEST, TOO_LARGE
from theory.random_matrices.edges import population_edge
from theory.spectrum.nullity import unflipped_share
from theory.update.adam_eps import adam_norms
from theory.update.sign import sign_agreement, sign_norm_ratio

SIZES = {"n": 400, "N": 300, "d": 200}


def test_a_measured_slope_is_no_valid_prediction():
    record = predict(n=2000, N=1500, d=1000)
    separation = record["mode_separation_eta"]
    assert separation.value == pytest.approx(record["lower_mode_high"].value / 0.8, rel=1e-12)
    assert "not derived" in separation.flag
    assert record["lower_mode_high"].valid


def test_the_interpolated_norm_is_flagged_where_it_matters():
    """Nothing hangs on it at eps = 0 or at large d; at small d and an eps like the entries, something does."""
    small = predict(n=60, N=60, d=60, noise=2.0).signal_noise
    shares = [adam_norms(small, eps).interpolated for eps in (0.0, 1e-18, 1e-2, 10.0, 1e5)]
    assert shares[0] == 0.0
    assert shares[1] < 1e-12
    assert shares[4] > 0.001  # the limit of GD is no better known
    assert max(shares) > 0.002
    flagged = predict(n=60, N=60, d=60, noise=2.0, eps=1e-2)
    assert "interpolated" in flagged["operator_norm_ratio"].flag
    assert "interpolated" not in (flagged["frobenius_norm_ratio"].flag or "")
    assert predict(n=2000, N=1500, d=1000, eps=1e-8)["operator_norm_ratio"].valid


@pytest.mark.parametrize("optimiser", ["adam", "gd"])
def test_second_value_is_below_the_edge(optimiser):
    record = predict(**SIZES, optimiser=optimiser)
    second, edge = record["update_second_singular_value"], record["update_noise_edge"]
    assert 0.9 * edge.value < second.value < 0.99 * edge.value
    assert "at this size" in second.meaning
    assert "limit" in edge.meaning


def test_a_large_problem_ends_within_seconds_and_says_what_is_left_out():
    begin = time.process_time()
    record = predict(n=LARGEST, N=LARGEST, d=LARGEST // 2, eta=0.001)
    assert time.process_time() - begin < 5.0
    assert TOO_LARGE in record["update_noise_edge"].flag
    assert np.isfinite(record["critical_eta"].value)


def test_whole_numbers_are_sizes_everywhere():
    record = predict(n=400.0, N=300, d=np.float64(200.0))
    assert (record.n, record.N, record.d) == (400, 300, 200)
    assert all(type(size) is int for size in (record.n, record.N, record.d))
    assert population_edge([1.0], 2.0).value == population_edge([1.0], 2).value
    for wrong, kind in ((2.5, ValueError), (True, TypeError), ("2", TypeError), (0, ValueError)):
        with pytest.raises(kind, match="n must be a positive integer"):
            predict(n=wrong, N=300, d=200)


@pytest.mark.parametrize(
    "function",
    [sign_norm_ratio, sign_agreement, lambda kappa: unflipped_share(kappa, 5)],
    ids=["c", "agreement", "p0"],
)
@pytest.mark.parametrize(
    ("kappa", "kind", "got"),
    [
        (np.r_[np.ones(1000), -1.0], ValueError, "got -1.0;"),
        ("a", TypeError, "got 'a'$"),
        (None, TypeError, "got None$"),
        ([1.0, "b"], TypeError, r"got \[1.0, 'b'\]$"),
        (np.nan, ValueError, "got nan;"),
    ],
)
def test_a_wrong_ratio_is_one_short_line(function, kappa, kind, got):
    with pytest.raises(kind, match="^kappa must be .*" + got) as error:
        function(kappa)
    assert len(str(error.value)) < 120


@pytest.mark.parametrize(
    ("student", "offset", "optimiser"),
    [("relu", 1e11, "adam"), ("relu", -1e11, "gd"), ("silu", 1e49, "adam"), ("softplus", 1e49, "gd")],
)
def test_a_huge_offset_of_the_network_leaves_numbers_or_flags(offset, student, optimiser):
    record = predict(n=60, N=50, d=40, student=student, offset=offset, optimiser=optimiser, eta=1.0)
    for quantity in record:
        assert quantity.flag is not None or math.isfinite(quantity.value), quantity.name
    scatter = record["initial_loss"]
    assert 0.0 < scatter.sd < scatter.value
