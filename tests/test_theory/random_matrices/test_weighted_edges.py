"""Edges of rows of unequal noise on top of independent entries: limits, a second route, drawn matrices, networks."""

import math
from functools import lru_cache

import numpy as np
import pytest

from theory.prediction.prediction import predict
from theory.random_matrices.edges import lower_population_edge, population_edge
from theory.random_matrices.random_covariance import RandomCovariance, lower_edge, upper_edge
from theory.spectrum.noise_covariance import gradient_noise, normal_mid_quantiles
from verify.statistics import mean_interval, power_value, value_verdict
from verify.statistics.verdict import Verdict

D = 200
LAW = gradient_noise(D, np.linspace(0.1, 2.0, 400))
SPECTRUM = np.linspace(0.3, 2.0, D)
KNOWN = RandomCovariance(base=SPECTRUM, gain=np.zeros(D), weights=np.ones(1))
EDGES = (lower_edge, upper_edge)


def squares(N):
    return normal_mid_quantiles(N) ** 2


@pytest.mark.parametrize("N", [120, 300])
@pytest.mark.parametrize("edge", EDGES)
def test_equal_weights_are_a_part_of_the_covariance(edge, N):
    weighted = edge(LAW, N, row_weights=np.full(N, 0.7), added=0.5)
    whole = edge(RandomCovariance(base=np.full(D, 0.5), gain=0.7 * LAW.gain, weights=LAW.weights), N)
    assert weighted.value == pytest.approx(whole.value, rel=1e-10)
    assert weighted.scale == pytest.approx(whole.scale, rel=1e-8)
    unequal = edge(LAW, N, row_weights=0.7 * squares(N) / squares(N).mean(), added=0.5)
    assert unequal.value != pytest.approx(whole.value, rel=0.01)  # the lie: their mean


@pytest.mark.parametrize("N", [120, 300, 301, 1500])
def test_little_noise_leaves_the_marchenko_pastur_edges(N):
    for edge, of_known in zip(EDGES, (lower_population_edge, population_edge), strict=True):
        still = of_known(np.full(D, 2.0), N)
        for loudness, within in ((1e-14, 1e-9), (1e-6, 1e-5)):
            found = edge(LAW, N, row_weights=loudness * squares(N), added=2.0)
            assert found.value == pytest.approx(still.value, rel=within)
            assert found.scale == pytest.approx(still.scale, rel=within)


@pytest.mark.parametrize("N", [120, 300])
def test_loud_noise_leaves_the_edge_without_what_is_added(N):
    alone = upper_edge(LAW, N, row_weights=squares(N))
    loud = upper_edge(LAW, N, row_weights=1e10 * squares(N), added=1.0)
    assert loud.value == pytest.approx(1e5 * alone.value, rel=1e-6)
    assert loud.scale == pytest.approx(1e10 * alone.scale, rel=1e-6)


@pytest.mark.parametrize("N", [120, 300])
@pytest.mark.parametrize("edge", EDGES)
def test_a_known_covariance_is_the_limit_of_little_gain(edge, N):
    near = RandomCovariance(base=(1.0 - 1e-7) * SPECTRUM, gain=1e-7 * SPECTRUM, weights=np.ones(300))
    one, other = (edge(law, N, row_weights=0.7 * squares(N), added=0.4) for law in (KNOWN, near))
    assert one.value == pytest.approx(other.value, rel=1e-6)
    assert one.scale == pytest.approx(other.scale, rel=1e-6)


@pytest.mark.parametrize("loudness", [1e-8, 0.05, 0.5, 50.0, 1e6])
@pytest.mark.parametrize("N", [120, 200, 1500])
def test_least_value_and_root_are_one_edge(N, loudness):
    root, least = (
        upper_edge(LAW, N, row_weights=loudness * squares(N), added=1.0, method=method)
        for method in ("root", "minimum")
    )
    assert least.value == pytest.approx(root.value, rel=1e-10)


def resolvents_are_real(variances, z):
    """Whether the diagonal resolvents of rows and columns converge at a real z, from those far outside."""
    columns = np.zeros(variances.shape[1])
    for _ in range(20_000):
        rows_now = 1.0 / (z - variances @ columns)
        columns_now = 1.0 / (z - variances.T @ rows_now)
        if not (rows_now.min() > 0.0 and columns_now.min() > 0.0):
            return False
        if np.abs(columns_now - columns).max() < 1e-13 * columns_now.max():
            return True
        columns = columns_now
    return False


@pytest.mark.parametrize("loudness", [0.05, 1.0, 20.0])
def test_beyond_the_edge_and_only_there_the_resolvents_are_real(loudness):
    """The equations of every row and column, without the sums that they close in."""
    N, spectrum = 30, np.linspace(0.3, 2.0, 20)
    weights, added = loudness * squares(N), 0.4
    variances = added + weights[:, None] * spectrum
    law = RandomCovariance(base=spectrum, gain=np.zeros(20), weights=np.ones(1))
    edge = upper_edge(law, N, row_weights=weights, added=added).value
    assert resolvents_are_real(variances, edge * (1.0 + 1e-5))
    assert not resolvents_are_real(variances, edge * (1.0 - 1e-5))


@lru_cache(maxsize=8)
def extreme_values(N, loudness, draws):
    """Least and largest singular values of W + diag(sqrt w) A diag(r) X/sqrt n, all of them drawn."""
    found, n = [], LAW.weights.size
    scale, residuals = np.sqrt(loudness * squares(N))[:, None], np.sqrt(LAW.weights / n)
    for seed in range(draws):
        rng = np.random.default_rng((N, seed))
        noise = (rng.standard_normal((N, n)) * residuals) @ rng.standard_normal((n, D))
        whole = rng.standard_normal((N, D)) + scale * noise
        eigenvalues = np.linalg.eigvalsh(whole @ whole.T if N < D else whole.T @ whole)
        found.append((eigenvalues[0], eigenvalues[-1]))
    return np.sqrt(found).T


@pytest.mark.parametrize("place", [0, 1], ids=["lower", "upper"])
@pytest.mark.parametrize("loudness", [0.5, 5.0])
@pytest.mark.parametrize("N", [120, 300])
def test_drawn_matrices(N, loudness, place):
    """3 %; the mean variance is 16 to 60 % off above, and, at the louder step, 35 % below."""
    draws, margin = 300 if N < D else 200, 0.03  # the larger the matrix the less its edges scatter
    edge = EDGES[place](LAW, N, row_weights=loudness * squares(N), added=1.0)
    equal = EDGES[place](RandomCovariance(base=np.ones(D), gain=loudness * LAW.gain, weights=LAW.weights), N)
    lies = {"equal rows": equal.expected, "twice as loud": EDGES[place](
        LAW, N, row_weights=2.0 * loudness * squares(N), added=1.0).expected}  # fmt: skip
    ratios = extreme_values(N, loudness, draws)[place] / edge.expected
    interval = mean_interval(ratios, error_rate=1e-4)
    told = {name: value / edge.expected for name, value in lies.items()}
    told = {name: value for name, value in told.items() if abs(value - 1.0) > 2.0 * margin}
    assert told
    spread = 1.3 * edge.sd / edge.expected
    for wrong in (None, *(value - 1.0 for value in told.values())):
        assert power_value(margin=margin, spread=spread, repeats=draws, error_rate=1e-4, lie=wrong) >= 0.99
    assert value_verdict(interval, predicted=1.0, margin=margin) is Verdict.SUPPORTED
    for value in told.values():
        assert value_verdict(interval, predicted=value, margin=margin) is Verdict.REFUTED


@pytest.mark.parametrize("loudness", [10.0, 1e4])
def test_rows_of_no_weight_bound_the_least_value(loudness):
    """Half of the rows are W_0's alone: however loud the others are, the least value is at most that of these."""
    N, d, draws, margin = 60, 120, 150, 0.06
    weights = np.where(np.arange(N) % 2, loudness, 0.0)
    edge = lower_edge(gradient_noise(d, np.ones(400)), N, row_weights=weights, added=1.0)
    least = []
    for seed in range(draws):
        rng = np.random.default_rng((7, seed))
        noise = rng.standard_normal((N, 400)) @ rng.standard_normal((400, d)) / 20.0
        rows = rng.standard_normal((N, d)) + np.sqrt(weights)[:, None] * noise
        least.append(math.sqrt(np.linalg.eigvalsh(rows @ rows.T)[0]))
    interval = mean_interval(np.array(least) / edge.expected, error_rate=1e-4)
    without = lower_edge(gradient_noise(d, np.ones(400)), N, row_weights=weights + loudness, added=1.0)
    lie = without.expected / edge.expected  # what no row without noise gives
    for wrong in (None, lie - 1.0):
        assert power_value(margin=margin, spread=0.06, repeats=draws, error_rate=1e-4, lie=wrong) >= 0.99
    assert value_verdict(interval, predicted=1.0, margin=margin) is Verdict.SUPPORTED
    assert value_verdict(interval, predicted=lie, margin=margin) is Verdict.REFUTED


@pytest.mark.parametrize("sizes", [(240, 120), (400, 200)])
def test_one_row_more_or_less_does_not_jump(sizes):
    """The middle of an odd number of mid-quantiles is 0; no a_i is."""
    n, d = sizes
    etas = [1e3, 1e5, 1e6, 1e9]
    records = [predict(n=n, N=N, d=d, optimiser="gd", eta=etas) for N in (d // 2, d // 2 + 1, d // 2 + 2)]
    for eta in etas:
        least = [record["least_singular_value", eta].value for record in records]
        assert max(least) < 1.35 * min(least), (eta, least)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: lower_edge(LAW, 300, row_weights=squares(300)), "added must be > 0 for a lower edge of weighted rows"),
        (lambda: upper_edge(LAW, 300, row_weights=squares(299), added=1.0), "N = 300 entries, got 299"),
        (lambda: upper_edge(LAW, 300, row_weights=-squares(300), added=1.0), "row_weights"),
        (lambda: upper_edge(LAW, 300, added=-1.0), "added must be"),
        (lambda: upper_edge(LAW, 300, added=math.nan), "added must be"),
    ],
)  # fmt: skip
def test_bad_input_names_itself(call, says):
    with pytest.raises(ValueError, match=says):
        call()
