"""Hill and KS exponents against naive formulas, `powerlaw`, and the published fits of two data sets."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.measures.spectrum import Spectrum
from sim.measures.tails import hill_alpha, ks_alpha
from sim.observables.tails import tail_readings


def naive_alpha(l, i):
    k = len(l) - i
    return 1.0 + k / (np.log(l[i:]).sum() - k * np.log(l[i]))


def naive_ks(l, candidates):
    """(distance, alpha, i) with the smallest distance, straight from the definition."""
    best = (np.inf, np.nan, -1)
    for i in candidates:
        k, alpha = len(l) - i, naive_alpha(l, i)
        distance = np.abs(1.0 - (l[i:] / l[i]) ** (1.0 - alpha) - np.arange(k) / k).max()
        best = min(best, (distance, alpha, i))
    return best


@pytest.fixture(params=["bulk", "spiked", "pareto"])
def eigenvalues(request):
    rng = np.random.default_rng(11)
    if request.param == "pareto":
        return rng.pareto(1.4, 400) + 1.0
    A = rng.standard_normal((240, 160))
    if request.param == "spiked":
        A += 3.0 * np.outer(np.ones(240), np.ones(160))
    return np.linalg.svd(A, compute_uv=False) ** 2


def test_hill_is_the_formula_and_not_its_neighbours(eigenvalues):
    l = np.sort(eigenvalues)
    fit = hill_alpha(eigenvalues)
    i = len(l) // 2
    np.testing.assert_allclose(fit.alpha, naive_alpha(l, i), rtol=1e-12)
    assert (fit.x_min, fit.tail, fit.positive, fit.dropped) == (l[i], len(l) - i, len(l), 0)
    for lie in (
        naive_alpha(l, i + 1),
        naive_alpha(l, i - 1),
        1.0 + (len(l) - i - 1) / (len(l) - i) * (fit.alpha - 1.0),
    ):
        assert abs(fit.alpha - lie) > 1e-6  # off by one, up, down, and in k alone


@pytest.mark.parametrize("m", [10, 11])
def test_hill_starts_at_the_upper_half_for_even_and_odd_numbers(m):
    l = np.exp(np.arange(m, dtype=float) ** 1.3)
    assert hill_alpha(l).tail == m - m // 2
    np.testing.assert_allclose(hill_alpha(l).alpha, naive_alpha(l, m // 2), rtol=1e-12)


def test_ks_finds_the_best_candidate_of_all(eigenvalues):
    l = np.sort(eigenvalues)
    fit = ks_alpha(eigenvalues)
    distance, alpha, i = naive_ks(l, range(len(l) - 1))
    assert fit.x_min == l[i]
    np.testing.assert_allclose((fit.distance, fit.alpha, fit.tail), (distance, alpha, len(l) - i), rtol=1e-10)
    every_other = naive_ks(l, [j for j in range(len(l) - 1) if j != i])
    assert every_other[0] > fit.distance  # the lie: the second best candidate


@given(st.lists(st.floats(min_value=0.01, max_value=100.0), min_size=10, max_size=40, unique=True))
def test_ks_prunes_nothing_that_it_needs(values):
    l = np.sort(values)
    assume(
        np.diff(np.log(l)).min() > 1e-12
    )  # values that are equal to rounding are ties: the next test but one
    np.testing.assert_allclose(
        ks_alpha(values).distance, naive_ks(l, range(len(l) - 1))[0], rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("factor", [2.0**-40, 4.0, 3.7e5])
@pytest.mark.parametrize("estimate", [hill_alpha, ks_alpha])
def test_the_scale_cancels(estimate, factor, eigenvalues):
    one, other = estimate(eigenvalues), estimate(factor * eigenvalues)
    np.testing.assert_allclose(other.alpha, one.alpha, rtol=1e-9)
    np.testing.assert_allclose(other.x_min, factor * one.x_min, rtol=1e-12)
    assert abs(estimate(eigenvalues**1.01).alpha - one.alpha) > 1e-4  # a change of shape is seen


def test_ties_keep_the_tail_whole():
    l = np.array([1.0] * 5 + [2.0] * 6 + [5.0, 7.0, 11.0, 30.0])
    fit = ks_alpha(l)
    firsts = [0, 5, 11, 12, 13]
    distance, alpha, i = naive_ks(l, firsts)
    assert fit.tail == len(l) - i == np.count_nonzero(l >= fit.x_min)
    np.testing.assert_allclose((fit.alpha, fit.distance), (alpha, distance), rtol=1e-12)


def test_equal_eigenvalues_have_no_tail():
    for l in (np.full(20, 3.0), np.append(np.arange(1.0, 11.0), np.full(12, 30.0))):
        with pytest.raises(ValueError, match="upper half"):
            hill_alpha(l)
    with pytest.raises(ValueError, match="or to rounding"):
        hill_alpha(9.0 * (1.0 + np.arange(40) * 2.0**-52))
    assert np.isfinite(hill_alpha(np.append(np.full(20, 3.0), 4.0)).alpha)
    assert hill_alpha(9.0 * (1.0 + np.arange(40) * 1e-9)).alpha > 1e6


def orthogonal(size):
    return np.linalg.qr(np.random.default_rng(3).standard_normal((size, size)))[0]


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 9 + [1.0000000000000002],
        [1.0] + [1.0000000000000002] * 9,
        3.0 * (1.0 + np.arange(40) * 2.0**-52),
        1e-300 * (1.0 + np.arange(40) % 7 * 2.0**-52),
        np.linalg.svd(orthogonal(60), compute_uv=False) ** 2,
        np.linalg.svd(7e8 * orthogonal(300), compute_uv=False) ** 2,
    ],
    ids=["nine", "one", "steps", "tiny", "orthogonal", "scaled"],
)
def test_values_equal_to_rounding_have_no_tail(values):
    for estimate in (hill_alpha, ks_alpha):
        with pytest.raises(ValueError, match="or to rounding"):
            estimate(values)
    spread = np.asarray(values) * (1.0 + np.arange(len(values)) * 1e-10)  # not to rounding
    assert 1e6 < ks_alpha(spread).alpha < 1e13


def test_a_run_equal_to_rounding_is_one_candidate():
    l = np.append(np.geomspace(1.0, 50.0, 30), np.full(12, 60.0))
    noisy = np.append(l[:30], 60.0 * (1.0 + np.arange(12) * 2.0**-52))
    fit, of_noisy = ks_alpha(l), ks_alpha(noisy)
    assert (of_noisy.x_min, of_noisy.tail) == (fit.x_min, fit.tail)
    assert of_noisy.alpha == pytest.approx(fit.alpha, rel=1e-12)


def test_one_exponent_that_is_refused_does_not_lose_the_other():
    """Equal in the upper half: no Hill exponent, a KS fit all the same; all equal: neither, and both reasons."""
    for tail, hill, ks in (
        ((1.0, 30.0), False, True),
        ((30.0, 30.0), False, False),
        ((1.0, 2.0), True, True),
    ):
        low, high = tail
        values = np.sqrt(
            np.append(np.linspace(low, high, 11), np.full(12, 30.0) if high == 30.0 else np.arange(3.0, 15.0))
        )
        notes: list[str] = []
        spectrum = Spectrum(values=values[::-1], shape=(23, 23), method="svd", floor=0.0, square_error=0.0)
        found = {each.observable: each.value for each in tail_readings(spectrum, notes)}
        assert np.isfinite(found["alpha_hill"]) == hill
        assert np.isfinite(found["alpha_ks"]) == np.isfinite(found["ks_distance"]) == ks
        assert len(notes) == (not hill) + (not ks)
    with pytest.raises(ValueError, match="two distinct"):
        ks_alpha(np.full(20, 3.0))


def test_float32_moves_alpha_little(eigenvalues):
    for estimate in (hill_alpha, ks_alpha):
        np.testing.assert_allclose(
            estimate(eigenvalues.astype(np.float32)).alpha, estimate(eigenvalues).alpha, rtol=1e-5
        )


def test_zeros_are_dropped_and_counted():
    rng = np.random.default_rng(2)
    l = rng.pareto(1.5, 50) + 1.0
    for estimate in (hill_alpha, ks_alpha):
        fit = estimate(np.concatenate([l, np.zeros(30), np.full(5, 1e-9)]), floor=1e-6)
        assert (fit.positive, fit.dropped) == (50, 35)
        np.testing.assert_allclose(fit.alpha, estimate(l).alpha, rtol=1e-12)
    lie = hill_alpha(np.concatenate([l, np.full(5, 1e-9)]))  # noise taken for eigenvalues
    assert abs(lie.alpha - hill_alpha(l).alpha) > 1e-3


@pytest.mark.parametrize("estimate", [hill_alpha, ks_alpha])
@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (np.arange(1.0, 10.0), ValueError, r"at least 10 positive eigenvalues, got 9 of 9"),
        (np.concatenate([np.zeros(20), np.ones(3)]), ValueError, "got 3 of 23"),
        (np.zeros(12), ValueError, "got 0 of 12"),
        (np.array([]), ValueError, "got 0 of 0"),
        (np.append(np.arange(1.0, 20.0), np.nan), ValueError, "finite"),
        (np.append(np.arange(1.0, 20.0), np.inf), ValueError, "finite"),
        (np.ones((4, 5)), ValueError, "one-dimensional"),
        (np.ones(20, dtype=complex), TypeError, "real"),
    ],
)
def test_bad_spectra_are_refused_with_the_reason(estimate, values, error, message):
    with pytest.raises(error, match=message):
        estimate(values)


@pytest.mark.parametrize("floor", [-1.0, np.nan, np.inf])
def test_bad_floors_are_refused(floor):
    with pytest.raises(ValueError, match="floor"):
        hill_alpha(np.arange(1.0, 20.0), floor=floor)


def test_input_is_left_alone(eigenvalues):
    frozen = eigenvalues.copy()
    frozen.flags.writeable = False
    hill_alpha(frozen)
    ks_alpha(frozen)
    assert np.array_equal(frozen, eigenvalues)


# powerlaw and its data


@pytest.mark.filterwarnings("ignore")
def test_agreement_with_powerlaw(eigenvalues):
    powerlaw = pytest.importorskip("powerlaw", reason="the oracle is an extra of the tests")
    pareto = (
        np.random.default_rng(4).pareto(1.3, 300) + 1.0
    )  # alpha 2.3: inside the range powerlaw solves exactly
    ours, oracle = ks_alpha(pareto), powerlaw.Fit(pareto, verbose=0)
    np.testing.assert_allclose(
        (ours.alpha, ours.x_min, ours.distance), (oracle.power_law.alpha, oracle.xmin, oracle.D), rtol=1e-9
    )
    hill = hill_alpha(pareto)
    np.testing.assert_allclose(
        hill.alpha, powerlaw.Fit(pareto, xmin=hill.x_min, verbose=0).power_law.alpha, rtol=1e-9
    )


@pytest.mark.parametrize(
    ("name", "unit", "alpha", "x_min", "tail"),
    [("cities", 1e3, 2.37, 52.46, 580), ("flares", 1.0, 1.79, 323.0, 1711)],
)
def test_published_fits(name, unit, alpha, x_min, tail):
    """Clauset, Shalizi & Newman 2009, Table 6.1: both sets fitted as continuous data, cities in thousands."""
    powerlaw = pytest.importorskip("powerlaw", reason="the data come with powerlaw")
    path = Path(powerlaw.__file__).parent / "reference_data" / f"{name}.txt"
    if not path.exists():
        pytest.skip(f"this version of powerlaw ships no {path.name}")
    fit = ks_alpha(np.loadtxt(path) / unit)
    assert (round(fit.alpha, 2), round(fit.x_min, 2), fit.tail) == (alpha, x_min, tail)
