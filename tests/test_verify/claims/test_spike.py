"""Claims on the spike: truth and lies on synthetic records, what their measurements see, and small real runs."""

import math
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import pytest
from support import families
from support.families import real_together
from support.spike_records import DIP, truth

from sim.backend import get_backend
from sim.draw import Draw
from sim.network.two_layer import first_gradient
from theory.random_matrices.bulk import marchenko_pastur_edges
from theory.random_matrices.johnstone import top_singular_value_p_value
from verify.claims.spike.eta import RULES
from verify.judging.claim import Kind
from verify.measurements.spectra import (
    GAP,
    NO_SPIKE,
    OUTSIDE,
    gaps,
    label,
    leading_values,
    outside_eta,
    overlap_maxima,
    spectra,
    valley_depth,
)
from verify.predictions.noise import noise_reach, outlier_count
from verify.predictions.spike import certain, even_bulk, outside_prediction, spike_of, spread_of, threshold_of
from verify.problem.cells import Cell
from verify.problem.paper import PAPER, SMALL, default_problem
from verify.problem.update import adam, gd
from verify.running.design import Readings
from verify.statistics.verdict import Verdict

every = partial(families.every, "spike")


CELL = Cell(n=160, N=120, d=80)


@lru_cache(maxsize=1)
def small_run():
    backend = get_backend("numpy", threads=1)
    draw = Draw(setting=default_problem().setting(CELL), seed=1)
    return draw, first_gradient(draw, backend=backend), backend


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(
    "name", ["X.spike.adam", "X.spike.gd", "S4.1a", "S4.1b.gd", "S4.1b.adam", "S4.1c.count", "S4.1c.edge"]
)
def test_the_default_seeds_decide(name, quick):
    claim = every(quick)[name]
    assert claim.judge(claim, truth(claim)).power >= 0.99
    few = claim.judge(claim, truth(claim, seeds=3))
    assert few.power is None or few.power < 0.99
    assert few.verdict is not Verdict.SUPPORTED or claim.kind is Kind.VALUE


def test_rivals_that_a_margin_cannot_tell_are_no_lies_and_the_quick_size_says_that_it_cannot_decide():
    assert len(every(quick=False)["X.spike.two-row"].lies) == 2
    full, quick = every(quick=False)["X.spike.two-row"], every()["X.spike.two-row"]
    assert "cannot decide" in quick.margin_reason
    assert "cannot decide" not in full.margin_reason
    one_row = full.lies[0].law(None, None)
    assert abs(one_row) == pytest.approx(2 * full.margin, rel=1e-12)


@pytest.mark.parametrize(("N", "d", "level"), [(120, 80, 1e-4 / 80), (1500, 1000, 1e-7), (300, 200, 1e-4)])
def test_a_value_beyond_the_reach_of_noise_is_one_with_a_small_p_value(N, d, level):
    reach = noise_reach(N, d, level)
    for factor, beyond in ((1.0001, True), (0.9999, False)):
        p = float(top_singular_value_p_value(2.0 * factor * reach, N=N, d=d, variance=4.0))
        assert (p < level) is beyond


def test_an_outlier_is_counted_where_it_is_and_not_where_it_is_not():
    rng = np.random.default_rng(0)
    counted = {0: 0, 1: 0, 2: 0}
    for _ in range(30):
        W = rng.standard_normal((120, 80))
        u, v = np.linalg.qr(rng.standard_normal((120, 2)))[0], np.linalg.qr(rng.standard_normal((80, 2)))[0]
        for spikes in counted:
            top = np.linalg.svd(W + (u[:, :spikes] * [40.0, 35.0][:spikes]) @ v[:, :spikes].T)[1][:3]
            counted[spikes] += outlier_count(top, N=120, d=80, variance=1.0) == spikes
    assert counted == {0: 30, 1: 30, 2: 30}
    assert math.isnan(outlier_count([1.0, math.nan, 1.0], N=120, d=80, variance=1.0))
    edge = math.sqrt(marchenko_pastur_edges(N=120, d=80, variance=1.0)[1])
    assert outlier_count([1.3 * edge, edge, edge], N=120, d=80, variance=4.0) == 0  # the noise is larger


def test_a_valley_is_seen_between_two_modes_and_a_lone_spike_makes_none():
    rng = np.random.default_rng(2)
    low, high = np.exp(0.2 * rng.standard_normal((2, 200)))
    one = np.concatenate([low, high])
    assert valley_depth(one)[0] < 0.1
    depth, where = valley_depth(np.concatenate([low, 20.0 * high]))
    assert depth > 0.95
    assert 1.6 < where < 13.0
    assert valley_depth(np.append(one, 1e4))[0] < 0.1
    assert 0.2 < valley_depth(np.concatenate([low, 2.2 * high]))[0] < 0.95
    assert valley_depth(np.append(one, 0.0))[0] < 0.1  # a rank that is missing is no mode


def test_measurements_agree_with_dense_algebra():
    draw, gradient, backend = small_run()
    S = np.sign(np.asarray(gradient.G, np.float64))
    W = np.asarray(gradient.W, np.float64)
    update = adam(0.3)
    dense = np.linalg.svd(W - 0.3 * S, compute_uv=False)
    found = leading_values(draw, gradient, backend, updates=(update,))
    assert [found[f"s_{i}[adam 0.3]"] for i in (1, 2, 3)] == pytest.approx(dense[:3], rel=1e-5)
    norm = np.linalg.norm(S, 2)
    assert found["norm[adam 0.3]"] == pytest.approx(norm, rel=1e-5)
    assert found["tau_2[adam 0.3]"] == pytest.approx(1 + 0.09 * (9600 - norm**2) / 9600, rel=1e-5)
    kept = spectra(draw, gradient, backend, updates=(update,))
    assert [kept[f"s[adam 0.3][{i}]"] for i in range(80)] == pytest.approx(dense, rel=1e-3)
    for name, D in (("adam", S), ("gd", np.asarray(gradient.G, np.float64))):
        eta = outside_eta(draw, gradient, backend)[f"outside_eta[{name}]"]
        top = np.linalg.norm(D, 2)
        tau = math.sqrt(1 + eta**2 * (np.sum(D**2) - top**2) / 9600)
        ratio = np.linalg.norm(W - eta * D, 2) / (tau * (math.sqrt(120) + math.sqrt(80)))
        assert ratio == pytest.approx(OUTSIDE, rel=3e-3)


@pytest.mark.parametrize(("n", "N", "d"), [(50, 400, 100), (50, 25, 100), (400, 300, 200)])
def test_noise_with_uneven_columns_is_no_spike_though_a_p_value_for_even_noise_calls_it_one(n, N, d):
    cell, backend, p_value = Cell(n=n, N=N, d=d), get_backend("numpy", threads=1), []
    for seed in range(3):
        draw = Draw(setting=default_problem().setting(cell), seed=seed)
        gradient = first_gradient(draw, backend=backend)
        found = gaps(draw, gradient, backend, updates=(adam(1.0),))
        assert found["gap[adam 1]"] > 1.15 * GAP
        assert found[f"{NO_SPIKE}gap[adam 1]"] < GAP
        S = np.sign(np.asarray(gradient.G, np.float64))
        U, s, V = np.linalg.svd(S, full_matrices=False)
        noise = S - s[0] * np.outer(U[:, 0], V[0])
        top = np.linalg.svd(np.asarray(gradient.W, np.float64) - noise, compute_uv=False)
        assert found[f"{NO_SPIKE}gap[adam 1]"] == pytest.approx(top[0] / top[1], rel=1e-6)
        p_value.append(outlier_count(top[:3], N=N, d=d, variance=1 + np.sum(noise**2) / (N * d)))
    if d < N:
        assert max(p_value) >= 1  # the test that this one replaced


@pytest.mark.parametrize("name", ["C4.2.spike"])
def test_a_matrix_without_a_spike_is_not_said_to_have_one(name):
    claim = every()[name]
    good = truth(claim)
    assert claim.judge(claim, good).verdict is Verdict.SUPPORTED
    bare = replace(good, cases=tuple(replace(case, observed={}) for case in good.cases))
    assert claim.judge(claim, bare).verdict is not Verdict.SUPPORTED  # its control was not measured
    gap = f"gap[{label(adam(1.0))}]"
    for value, held in ((1.2, 0.0), (2.0, 1.0)):
        assert claim.measure(Readings(cell=SMALL, seed=0, values={(None, 1, gap): value})) == held
    alike = tuple(replace(case, observed={NO_SPIKE + gap: 2.0}) for case in good.cases)
    assert claim.judge(claim, replace(good, cases=alike)).verdict is Verdict.INCONCLUSIVE
    for cell in claim.design.cells:  # a control that fails in all cells but one is not refuted
        once = tuple(
            replace(case, observed={NO_SPIKE + gap: 2.0 if case.cell == cell else 1.2}) for case in good.cases
        )
        found = claim.judge(claim, replace(good, cases=once))
        assert found.verdict is Verdict.INCONCLUSIVE
        assert [control.verdict for control in found.controls][-1] is Verdict.INCONCLUSIVE


def test_largest_overlaps_leave_the_top_pair_out():
    draw, gradient, backend = small_run()
    found = overlap_maxima(draw, gradient, backend, updates=(adam(0.5),))
    assert found["top left[adam 0.5]"] > 0.8
    assert found["largest left[adam 0.5]"] < 0.5
    assert found["null top right[adam 0.5]"] < 0.2


@pytest.mark.parametrize("name", ["S4.1c.none", "S4.1c.dip", "S4.1c.apart"])
def test_a_look_that_sees_the_same_at_every_eta_supports_nothing(name):
    """The same spectrum at both learning rates: whatever it looks like, the control looks so as well."""
    claim = every()[name]
    sizes = np.linspace(0.9, 1.1, min(SMALL.N, SMALL.d))
    spectra = {
        "S4.1c.none": sizes,
        "S4.1c.dip": np.append(sizes[::2], DIP * sizes[1::2]),
        "S4.1c.apart": np.append(sizes[::2], 100.0 * sizes[1::2]),
    }
    observed = {
        f"s[{label(adam(eta))}][{i}]": v for eta in (1.0, 10.0, 100.0) for i, v in enumerate(spectra[name])
    }
    readings = Readings(cell=SMALL, seed=0, values={(None, 1, key): value for key, value in observed.items()})
    assert claim.measure(readings) == 1.0
    sample = truth(claim)
    same = replace(sample, cases=tuple(replace(case, observed=observed) for case in sample.cases))
    finding = claim.judge(claim, same)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.controls[1].verdict is Verdict.INCONCLUSIVE
    assert claim.judge(claim, sample).verdict is Verdict.SUPPORTED


def test_the_eta_of_the_spike_is_a_root_of_the_prediction_and_above_the_threshold():
    problem = default_problem()
    for rule in RULES.values():
        eta = outside_prediction(problem, SMALL, rule, OUTSIDE)
        at = spike_of(problem, SMALL, replace(rule, eta=eta))
        assert at.top / at.edge == pytest.approx(OUTSIDE, rel=1e-9)
        assert eta > threshold_of(problem, SMALL, rule)
    assert certain(problem, PAPER, gd(2000.0))
    assert not certain(problem, PAPER, gd(1270.0))
    assert even_bulk(problem, PAPER, adam(0.1))
    assert not even_bulk(problem, PAPER, adam(1.0))


def test_eps_shrinks_the_predicted_spike_and_no_eps_is_the_limit():
    problem = default_problem()
    tops = [spike_of(problem, SMALL, adam(0.3, eps)).top for eps in (0.0, 1e-12, 1e-5, 1e-3)]
    assert tops[1] == pytest.approx(tops[0], rel=2e-3)
    assert tops[0] > tops[2] > tops[3]
    uncorrected = spike_of(problem, SMALL, replace(adam(0.1), adam="uncorrected")).top
    assert uncorrected == pytest.approx(spike_of(problem, SMALL, adam(0.1 * math.sqrt(10.0))).top, rel=2e-3)
    assert math.isnan(spread_of(problem, SMALL, adam(0.3, 1e-5)))


def test_counts_and_modes_on_small_real_runs():
    for found in real_together([every()["S4.1b.adam"], every()["S4.1c.apart"]], [40, 40]):
        assert found.verdict is Verdict.SUPPORTED, found
