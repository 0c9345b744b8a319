"""Outliers and phases on spectra whose truth is planted."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from verify.spectra.null_draws import draw_nulls, null_spectrum
from verify.spectra.outliers import LEAST_VALUES, find_outliers
from verify.spectra.phase import PHASES, phase_of
from verify.spectra.spectrum_report import report_spectrum

N, D = 300, 200
EDGE = np.sqrt(N) + np.sqrt(D)
SHARES = (np.arange(D) + 0.5) / D
POPULATIONS = {
    "white": np.ones(D),
    "uniform": 0.5 + SHARES,
    "lognormal 0.5": np.exp(0.5 * stats.norm.ppf(SHARES)),
    "lognormal 1": np.exp(stats.norm.ppf(SHARES)),
    "pareto 1.5": (1.0 - SHARES) ** (-1.0 / 1.5),
    "gamma 2": stats.gamma.ppf(SHARES, 2.0) / 2.0,
}


@pytest.fixture(scope="module")
def nulls():
    return draw_nulls(N, D, draws=60)


def planted(rng, population="white", strengths=()):
    """Gaussian rows of a covariance, and orthogonal spikes of these sizes."""
    A = rng.standard_normal((N, D)) * np.sqrt(POPULATIONS[population])
    if len(strengths):
        U = np.linalg.qr(rng.standard_normal((N, len(strengths))))[0]
        V = np.linalg.qr(rng.standard_normal((D, len(strengths))))[0]
        A = A + (U * np.asarray(strengths)) @ V.T
    return np.linalg.svd(A, compute_uv=False) ** 2


@pytest.mark.parametrize("population", POPULATIONS)
def test_no_outlier_in_a_bulk_white_or_coloured(population):
    """60 draws, each at 1e-4; what ten planted spikes of 1.4 times the edge would show is in the next test."""
    rng = np.random.default_rng(0)
    counts = [len(find_outliers(planted(rng, population)).values) for _ in range(60)]
    assert sum(counts) == 0


@pytest.mark.parametrize("population", POPULATIONS)
def test_planted_spikes_are_counted(population):
    rng = np.random.default_rng(1)
    top = np.sqrt(planted(rng, population)[0])
    far = (
        1.6 if population in ("white", "uniform", "lognormal 0.5", "gamma 2") else 4.0
    )  # in a tail of its own
    for strengths in ((far * top,), (2.0 * far * top, 1.9 * far * top, 1.8 * far * top)):
        found = find_outliers(planted(rng, population, strengths))
        assert len(found.values) == len(strengths)
        assert all(each.p_value < 1e-4 / D for each in found.values)
        assert found.values[-1].value > found.edge
        assert found.gap > 1.1


def test_two_equal_spikes_are_two():
    l = np.sort(null_spectrum(N, D, np.random.default_rng(3)))
    found = find_outliers(np.append(l, [4.0 * EDGE**2, 4.0 * EDGE**2]))
    assert [each.value for each in found.values] == [2.0 * EDGE, 2.0 * EDGE]


def test_the_edge_is_the_bulks():
    rng = np.random.default_rng(4)
    edges = [find_outliers(planted(rng)).edge for _ in range(30)]
    assert np.mean(edges) == pytest.approx(EDGE, rel=0.02)


def test_scale_and_order_do_not_matter():
    rng = np.random.default_rng(5)
    l = planted(rng, "white", (2 * EDGE,))
    one, other = find_outliers(l), find_outliers(1e-14 * l[::-1])
    assert len(one.values) == len(other.values) == 1
    assert other.values[0].value == pytest.approx(1e-7 * one.values[0].value)
    assert other.values[0].p_value == pytest.approx(one.values[0].p_value, rel=1e-6)


def test_too_few_values_say_so():
    found = find_outliers(np.arange(1.0, LEAST_VALUES))
    assert found.values == ()
    assert f"need {LEAST_VALUES}" in found.note
    assert find_outliers(np.zeros(5)).note == "no positive value"


TRUTHS = {
    "random-like": lambda rng: planted(rng),
    "bulk+spikes": lambda rng: planted(rng, "white", (2.0 * EDGE,)),
    "bulk-decay": lambda rng: planted(rng, "gamma 2"),
    "heavy-tailed": lambda rng: planted(rng, "lognormal 1") ** 1.25,
    "rank collapse": lambda rng: np.concatenate([planted(rng)[: D // 2], np.zeros(D - D // 2)]),
}


@pytest.mark.parametrize("truth", TRUTHS)
def test_phases_of_planted_spectra(truth, nulls):
    rng = np.random.default_rng(6)
    found = [report_spectrum(TRUTHS[truth](rng), shape=(N, D), nulls=nulls) for _ in range(5)]
    assert [each.phase for each in found].count(truth) >= 4
    assert all(each.phase in (truth, "undecided") for each in found)
    assert all(each.phase_reason for each in found)


def test_a_value_just_beyond_the_white_edge_bleeds_out(nulls):
    l = np.sort(null_spectrum(N, D, np.random.default_rng(7)))
    l[-1] = (1.04 * EDGE) ** 2
    report = report_spectrum(l, shape=(N, D), nulls=nulls)
    assert (report.phase, report.beyond_white, report.outliers.values) == ("bleeding-out", 1, ())
    assert report.white_edge < 1.04 * EDGE


def test_a_white_edge_finds_outliers_in_a_tail_where_the_bulks_own_finds_none(nulls):
    report = report_spectrum(planted(np.random.default_rng(8), "lognormal 1"), shape=(N, D), nulls=nulls)
    assert report.outliers.values == ()
    assert report.beyond_white > 10


def test_what_lies_between_two_rules_is_undecided(nulls):
    report = report_spectrum(planted(np.random.default_rng(9), "gamma 2"), shape=(N, D), nulls=nulls)
    evidence = report.evidence

    def phase(**changes):
        return phase_of(dataclasses.replace(evidence, **changes))[0]

    assert phase(rank_share=0.95) == "undecided"
    assert phase(rank_share=0.5) == "rank collapse"
    assert phase(deviation=evidence.deviation_null + 0.03) == "undecided"
    assert phase(deviation_null_sd=0.1) == "undecided"  # too small a matrix to tell
    assert phase(top_excess=evidence.top_excess_null) == "undecided"  # a bulk with a sharp edge
    assert (
        phase(top_excess=3.5 * evidence.top_excess_null) == "undecided"
    )  # the upper end of a tail, not the rest
    assert phase(hill=1.0 + (evidence.hill_null - 1.0) / 1.5) == "undecided"
    assert phase(hill=1.0 + (evidence.hill_null - 1.0) / 2.0) == "heavy-tailed"
    assert phase(hill_null=float("nan")) == "undecided"
    assert set(PHASES) >= {"undecided", "bleeding-out"}


def test_the_report_has_exponents_with_and_without_the_outliers(nulls):
    rng = np.random.default_rng(10)
    report = report_spectrum(planted(rng, "white", (8.0 * EDGE,)), shape=(N, D), nulls=nulls, replicates=20)
    assert report.hill.without_outliers > report.hill.alpha
    assert abs(report.hill.without_outliers - report.hill.null) < 4 * report.hill.null_sd
    assert report.hill.goodness is not None
    assert 0.0 < report.hill.goodness.p_value <= 1.0
    assert report.hill.matrix_p_value < 0.5
    assert len(report.ratios) == 3
    assert report.truncated is not None
    tail = report_spectrum(planted(rng, "lognormal 1"), shape=(N, D), nulls=nulls)
    assert tail.hill.z < -10
    assert tail.hill.matrix_p_value == pytest.approx(1 / 61)
    assert tail.deviation_p_value == pytest.approx(1 / 61)
    assert tail.hill.goodness is None


@pytest.mark.parametrize(
    "values",
    [np.zeros(D), np.full(D, np.nan), -np.ones(D), np.ones(3)],
    ids=["zero", "nan", "negative", "few"],
)
def test_spectra_that_are_none_are_refused(values, nulls):
    with pytest.raises(ValueError, match="must be the 200 squared singular values"):
        report_spectrum(values, shape=(N, D), nulls=nulls)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (5, 3), (30, 20)])
def test_small_matrices_have_a_report_with_what_is_missing(shape):
    l = null_spectrum(*shape, np.random.default_rng(0))
    report = report_spectrum(l, shape=shape, nulls=draw_nulls(*shape, draws=10), replicates=5)
    assert report.outliers.note
    assert (report.phase == "undecided") or min(shape) >= 10


def test_equal_values_have_no_exponent_and_say_why(nulls):
    report = report_spectrum(np.full(D, 3.0), shape=(N, D), nulls=nulls, replicates=5)
    assert np.isnan(report.hill.alpha)
    assert np.isnan(report.ks.alpha)
    assert len(report.notes) >= 2
    assert report.outliers.values == ()
    assert report.phase == "undecided"
