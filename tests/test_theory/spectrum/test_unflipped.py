"""Columns without a flipped sign: the law of the others, how many runs have, and the least value of plain networks."""

import math

import numpy as np
import pytest
from scipy import integrate, special
from support.plain_network import first_step

from theory.functions.activations import named
from theory.prediction.prediction import predict
from theory.random_matrices.random_covariance import lower_edge
from theory.spectrum.noise_covariance import normal_mid_quantiles, sign_noise
from theory.spectrum.noise_spectra import least_weight_value, nullity_of, weight_edges
from theory.spectrum.nullity import nullity, unflipped_share
from theory.spectrum.unflipped import flipped_signals, lost_counts, noise_beside_unflipped
from verify.statistics import mean_interval, power_value, value_verdict
from verify.statistics.verdict import Verdict

KAPPA, N, D = 2.66, 150, 100
SQUARES = normal_mid_quantiles(200) ** 2


def test_signals_of_flipped_columns_are_those_of_their_law():
    share = float(unflipped_share(KAPPA, N))
    g, chance = flipped_signals(KAPPA, N, 2000)

    def density(x):
        return (
            math.sqrt(2.0 / math.pi) * math.exp(-0.5 * x * x) * -math.expm1(N * special.log_ndtr(KAPPA * x))
        )

    mean = integrate.quad(lambda x: x * density(x), 0.0, 12.0)[0] / (1.0 - share)
    assert g.mean() == pytest.approx(mean, rel=1e-4)
    assert mean < 0.8 * math.sqrt(2.0 / math.pi)  # the lie: of all columns
    np.testing.assert_allclose(chance, -np.expm1(N * special.log_ndtr(KAPPA * g)))


def test_the_mean_variance_of_all_columns_is_what_it_was():
    """Where as many are lost as the law says: what a flipped column has more makes up for those without."""
    d = 4000
    lost = round(float(unflipped_share(KAPPA, N)) * d)
    plain, parted = sign_noise(KAPPA, d, SQUARES), noise_beside_unflipped(KAPPA, N, d, lost, SQUARES)
    for name in ("base", "gain"):
        assert np.sum(getattr(parted, name)) == pytest.approx(np.sum(getattr(plain, name)), rel=2e-3)
    assert np.count_nonzero(parted.base + parted.gain) == d - lost
    with pytest.raises(ValueError, match="lost must be below d = 5"):
        noise_beside_unflipped(KAPPA, N, 5, 5, SQUARES)


@pytest.mark.parametrize("share", [0.2, 0.31, 0.5])
def test_three_counts_have_the_mean_and_the_variance(share):
    modes = nullity(KAPPA, N=N, d=D, share=share)
    counts, weights = (np.array(column) for column in zip(*lost_counts(modes, D), strict=True))
    assert weights.sum() == pytest.approx(1.0)
    assert weights @ counts == pytest.approx(modes.lost)
    assert weights @ (counts - modes.lost) ** 2 == pytest.approx(modes.lost_sd**2)
    assert np.all(weights > 0.0)


def test_the_edge_goes_from_the_noises_own_to_that_of_what_stays():
    record = predict(n=200, N=N, d=D)
    sn, softplus = record.signal_noise, named("softplus")
    modes = nullity_of(sn)
    values = [weight_edges(sn, softplus, eta)[0].value for eta in (0.0, 0.01, 3.0, 1e3, 1e6)]
    start = math.sqrt(N) - math.sqrt(D)
    assert values[0] == pytest.approx(start, rel=1e-9)
    assert values[1] == pytest.approx(start, rel=1e-4)
    assert np.all(np.diff(values) > -1e-3)
    assert values[-1] == pytest.approx(modes.lower_mode[0], rel=1e-4)
    whole = sign_noise(sn.kappa, D, SQUARES)  # the lie: every column has noise, times eta^2 in the end
    apart = lower_edge(
        type(whole)(base=1.0 + 1e12 * whole.base, gain=1e12 * whole.gain, weights=whole.weights), N
    )
    assert apart.value > 5.0 * values[-1]


CASES = [
    ({"n": 200, "N": 150, "d": 100}, (3.0, 10.0, 100.0), 0.04, 0.1),
    ({"n": 200, "N": 110, "d": 100}, (1.0, 10.0, 1e4), 0.1, 0.24),
    ({"n": 200, "N": 80, "d": 100}, (1.0, 100.0), 0.07, 0.18),
]


@pytest.mark.parametrize(("sizes", "etas", "margin", "spread"), CASES, ids=["N-150", "N-110", "N-80"])
def test_the_least_value_of_plain_networks(sizes, etas, margin, spread):
    """Between W_0's bulk and what stays, with few columns that stay, and N close to d."""
    seeds = range(9000, 9300)
    record = predict(**sizes, eta=list(etas))
    found = {eta: [] for eta in etas}
    for seed in seeds:
        step = first_step(**sizes, seed=seed)
        S = np.sign(step.G)
        for eta in etas:
            Y = step.W - eta * S
            found[eta].append(np.linalg.svd(Y, compute_uv=False)[-1])
    for eta in etas:
        least = record["least_singular_value", eta]
        assert least.valid, least.flag
        ratios, room = np.array(found[eta]) / least.value, len(seeds)
        for lie in (None, 2.5 * margin):
            assert power_value(margin=margin, spread=spread, repeats=room, error_rate=1e-4, lie=lie) >= 0.99
        interval = mean_interval(ratios, error_rate=1e-4)
        assert value_verdict(interval, predicted=1.0, margin=margin) is Verdict.SUPPORTED, (eta, interval)
        assert value_verdict(interval, predicted=1.0 + 2.5 * margin, margin=margin) is Verdict.REFUTED
        if math.isfinite(least.sd):
            assert 0.75 < np.std(ratios) * least.value / least.sd < 1.25


def test_as_many_rows_as_columns_have_a_least_value_at_every_step():
    """It was said to be 0."""
    record = predict(n=200, N=100, d=100, eta=[0.0, 1.0, 1e4])
    values = [record["least_singular_value", eta].value for eta in record.etas]
    assert values[0] == pytest.approx(0.06557, rel=1e-3)
    modes = nullity_of(record.signal_noise)
    assert values[2] == pytest.approx(0.6557 / math.sqrt(modes.lost), rel=0.03)
    assert record["bulk_lower_edge", 1.0].value == 0.0
    drawn = [
        np.linalg.svd(s.W - 1e4 * np.sign(s.G), compute_uv=False)[-1]
        for s in (first_step(n=200, N=100, d=100, seed=seed) for seed in range(9000, 9200))
    ]
    assert np.mean(drawn) / values[2] == pytest.approx(1.0, abs=4.0 * 0.78 / math.sqrt(200))
    assert np.mean(drawn) / values[1] > 1.0 + 4.0 * 0.78 / math.sqrt(200)  # the lie: W_0 with more noise


def test_runs_of_which_some_have_no_value_that_stays_are_flagged():
    record = predict(n=200, N=75, d=100, eta=[0.1, 1e4])
    assert record["least_singular_value", 0.1].valid
    assert "runs differ" in record["least_singular_value", 1e4].flag
    softplus = named("softplus")
    few = least_weight_value(record.signal_noise, softplus, 1e4)
    assert any("runs differ" in flag for flag in few.flags)
