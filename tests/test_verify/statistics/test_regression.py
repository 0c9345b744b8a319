"""Exponents off a ray, rival laws and their power: statsmodels, simulation, lies, empty records."""

import itertools
import math

import numpy as np
import pytest
import statsmodels.api as sm

from verify.statistics import (
    NotIdentified,
    exponent_fit,
    exponent_power,
    exponents_verdict,
    rival_fit,
    rival_verdict,
    seeds_needed,
    value_verdict,
    weighted_mean,
)
from verify.statistics.verdict import Verdict

SUPPORTED, REFUTED, INCONCLUSIVE = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.INCONCLUSIVE
CELLS = np.array(list(itertools.product((500, 4000), (250, 2000), (250, 1000))), dtype=float)
n, N, d = CELLS.T
SIZES = {"n": n, "N": N, "d": d}
# Like sd(c)/c of the sign update over these cells: from about 0.17/sqrt(d) to 0.5/sqrt(d).
SPREAD = 0.45 * (n / d) ** -0.33 / np.sqrt(d)
CLAIM = 0.5 * np.log(N * d)
RIVALS = {
    "N": np.log(N) - CLAIM,
    "d": np.log(d) - CLAIM,
    "n": np.log(n) - CLAIM,
    "N + d": np.log(N + d) - CLAIM,
    "(N d)^0.45": -0.05 * np.log(N * d),
    "n^0.05 sqrt(N d)": 0.05 * np.log(n),
}
RATE = 1e-4


@pytest.fixture
def rng():
    return np.random.default_rng(77)


def record(rng, seeds=5, mean=0.0, spread=SPREAD):
    return np.broadcast_to(mean, spread.shape)[:, None] + spread[:, None] * rng.normal(
        size=(len(spread), seeds)
    )


def test_fit_is_weighted_least_squares_of_statsmodels(rng):
    z = record(rng, mean=0.1 + 0.02 * np.log(n) - 0.03 * np.log(d))
    found = exponent_fit(z, SIZES, spread=SPREAD, error_rate=0.03)
    rows = np.repeat(np.arange(len(n)), z.shape[1])
    logs = np.stack([np.log(v / found.centre[k]) for k, v in SIZES.items()], axis=1)
    oracle = sm.WLS(z.ravel(), sm.add_constant(logs[rows]), weights=SPREAD[rows] ** -2).fit()
    low_high = oracle.conf_int(0.01)
    for index, name in enumerate(SIZES, start=1):
        interval = found.exponents[name]
        assert interval.estimate == pytest.approx(oracle.params[index], rel=1e-9)
        assert interval.standard_error == pytest.approx(oracle.bse[index], rel=1e-9)
        assert (interval.low, interval.high) == pytest.approx(tuple(low_high[index]), rel=1e-8)
    assert (found.constant.low, found.constant.high) == pytest.approx(
        tuple(oracle.conf_int(0.03)[0]), rel=1e-8
    )
    assert found.dof == oracle.df_resid == 36
    assert found.scale == pytest.approx(math.sqrt(oracle.scale), rel=1e-9)
    # Other weights give another fit, and the comparison sees it.
    plain = exponent_fit(z, SIZES, spread=1.0, error_rate=0.03)
    assert plain.exponents["n"].estimate != pytest.approx(oracle.params[1], rel=1e-6)


def test_rival_fit_is_weighted_least_squares_of_statsmodels(rng):
    z = record(rng)
    found = rival_fit(z, RIVALS["N + d"], spread=SPREAD, error_rate=0.01)
    rows = np.repeat(np.arange(len(n)), z.shape[1])
    oracle = sm.WLS(z.ravel(), sm.add_constant(RIVALS["N + d"][rows]), weights=SPREAD[rows] ** -2).fit()
    assert (found.low, found.high) == pytest.approx(tuple(oracle.conf_int(0.01)[1]), rel=1e-8)
    assert found.dof == oracle.df_resid == 38


def test_true_law_supported_and_every_rival_refuted(rng):
    z = record(rng)
    found = exponent_fit(z, SIZES, spread=SPREAD, error_rate=RATE)
    assert exponents_verdict(found, margin=0.03) is SUPPORTED
    assert value_verdict(found.constant, predicted=0.0, margin=0.02) is SUPPORTED
    assert value_verdict(found.constant, predicted=math.log(1.05), margin=0.02) is REFUTED
    for log_ratio in RIVALS.values():
        assert rival_verdict(rival_fit(z, log_ratio, spread=SPREAD, error_rate=RATE)) is REFUTED
    assert exponents_verdict(found, margin=0.03, predicted={"n": 0.1}) is REFUTED


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_that_is_true_is_supported_and_refutes_the_claim(rng, name):
    z = record(rng, mean=RIVALS[name], seeds=8)
    coefficient = rival_fit(z, RIVALS[name], spread=SPREAD, error_rate=RATE)
    assert rival_verdict(coefficient) is SUPPORTED
    assert value_verdict(coefficient, predicted=0.0, margin=0.25) is REFUTED
    verdict = exponents_verdict(exponent_fit(z, SIZES, spread=SPREAD, error_rate=RATE), margin=0.03)
    # N + d is no power law: its misfit widens every interval, and its own fit is what tells it apart.
    assert verdict is (INCONCLUSIVE if name == "N + d" else REFUTED)


def test_right_exponents_of_a_law_that_does_not_fit_support_nothing(rng):
    even = np.full(8, 0.02)
    bent = 0.1 * np.sign(np.log(N / 700)) * np.sign(np.log(d / 500))
    z = record(rng, mean=bent, seeds=300, spread=even)
    found = exponent_fit(z, SIZES, spread=even, error_rate=RATE)
    # Enough seeds narrow every interval to within the margin, misfit or not ...
    assert all(-0.03 < i.low < i.high < 0.03 for i in found.exponents.values())
    # ... and the cells say that no power law is there.
    assert exponents_verdict(found, margin=0.03) is INCONCLUSIVE
    fitting = exponent_fit(record(rng, seeds=300, spread=even), SIZES, spread=even, error_rate=RATE)
    assert exponents_verdict(fitting, margin=0.03) is SUPPORTED


@pytest.mark.parametrize("rate", [0.05, 0.01])
def test_false_alarms_of_the_family_and_of_the_constant(rate):
    """Exponents at the margin's edge, the worst case; the family's rate is met up to Bonferroni's slack."""
    rng = np.random.default_rng(3)
    trials, margin, edge = 1500, 0.03, 0.03 * np.log(n)
    supported = refuted = missed = rival_missed = too_narrow = 0
    for _ in range(trials):
        z = record(rng, seeds=3)
        found = exponent_fit(z, SIZES, spread=SPREAD, error_rate=rate)
        missed += not found.constant.contains(0.0)
        outside = [not interval.contains(0.0) for interval in found.exponents.values()]
        too_narrow += any(abs(i.estimate) > 0.7 * (i.high - i.low) / 2 for i in found.exponents.values())
        refuted += any(outside)
        moved = exponent_fit(z + edge[:, None], SIZES, spread=SPREAD, error_rate=rate)
        supported += exponents_verdict(moved, margin=margin) is SUPPORTED
        rival_missed += not rival_fit(z, RIVALS["N"], spread=SPREAD, error_rate=rate).contains(0.0)
    room = 4.5 * math.sqrt(trials * rate)
    assert abs(missed - rate * trials) < room
    assert abs(rival_missed - rate * trials) < room
    assert (
        abs(refuted - rate * trials) < room
    )  # Bonferroni for three: at most a few per cent of the rate lost
    assert supported < rate / 6 * trials + 4.5 * math.sqrt(trials * rate / 6)
    assert too_narrow > rate * trials + room


def test_scale_reports_a_wrong_predicted_spread(rng):
    z = record(rng, seeds=200)
    assert exponent_fit(z, SIZES, spread=SPREAD, error_rate=RATE).scale == pytest.approx(1.0, abs=0.06)
    assert exponent_fit(z, SIZES, spread=SPREAD / 2, error_rate=RATE).scale > 1.8


def test_a_ray_identifies_the_constant_alone(rng):
    k = np.arange(1.0, 9.0)
    ray = {"n": 1000 * k, "N": 750 * k, "d": 500 * k}
    spread = 0.25 / np.sqrt(500 * k)
    z = record(rng, spread=spread)
    found = exponent_fit(z, ray, spread=spread, error_rate=RATE)
    assert found.exponents == {}
    assert found.not_identified == ("n", "N", "d")
    assert exponents_verdict(found, margin=10.0) is INCONCLUSIVE
    assert value_verdict(found.constant, predicted=0.0, margin=0.02) is SUPPORTED
    # One combination of the sizes is identified, so the scale has cells * seeds - 2 degrees of freedom.
    assert found.dof == 38
    rival = rival_fit(z, np.log(750 * k) - 0.5 * np.log(375000 * k * k), spread=spread, error_rate=RATE)
    assert isinstance(rival, NotIdentified)
    assert rival_verdict(rival) is INCONCLUSIVE
    mean = weighted_mean(z, spread=spread, error_rate=RATE)
    assert mean.estimate == pytest.approx(float(spread**-2 @ z.mean(axis=1) / np.sum(spread**-2)), rel=1e-9)
    assert mean.dof == 39
    # Off the ray by one cell, the same code identifies what that cell adds.
    off = {"n": np.append(ray["n"], 4000.0), "N": np.append(ray["N"], 750.0), "d": np.append(ray["d"], 500.0)}
    more = exponent_fit(
        record(rng, spread=np.append(spread, 0.01)), off, spread=np.append(spread, 0.01), error_rate=RATE
    )
    assert set(more.exponents) == {"n"}
    assert more.not_identified == ("N", "d")


def test_sizes_that_do_not_vary_are_not_identified(rng):
    sizes = {"n": n, "N": np.full(8, 250.0), "d": d}
    found = exponent_fit(record(rng), sizes, spread=SPREAD, error_rate=RATE)
    assert found.not_identified == ("N",)
    assert set(found.exponents) == {"n", "d"}
    assert exponents_verdict(found, margin=0.03) is INCONCLUSIVE
    one = exponent_fit(rng.normal(size=(1, 4)), {"n": [500.0], "d": [250.0]}, spread=0.1, error_rate=RATE)
    assert one.not_identified == ("n", "d")
    assert one.constant.dof == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda z: np.zeros_like(z),
        lambda z: np.full_like(z, 1e-3),
        lambda z: np.broadcast_to(z[:, :1], z.shape),
        lambda z: np.broadcast_to(z[:1], z.shape),
        lambda z: np.where(np.arange(8)[:, None] == 3, 0.0, z),
        lambda z: np.where(z == z[2, 1], np.nan, z),
        lambda z: np.where(z == z[2, 1], -np.inf, z),
        lambda z: np.full_like(z, np.nan),
        lambda z: z[:, [0, 1, 2, 3, 0]],
    ],
    ids=["zero", "constant", "seeds-equal", "cells-equal", "one-cell", "nan", "inf", "all-nan", "seed-twice"],
)
def test_records_that_say_nothing_are_inconclusive(rng, spoil):
    z = record(rng)
    for values, expected in ((spoil(z), INCONCLUSIVE), (z, SUPPORTED)):
        found = exponent_fit(values, SIZES, spread=SPREAD, error_rate=RATE)
        assert exponents_verdict(found, margin=0.03) is expected
        assert value_verdict(found.constant, predicted=0.0, margin=0.02) is expected
        mean = weighted_mean(values, spread=SPREAD, error_rate=RATE)
        assert value_verdict(mean, predicted=0.0, margin=0.05) is expected
        rival = rival_verdict(rival_fit(values, RIVALS["N"], spread=SPREAD, error_rate=RATE))
        assert (rival is REFUTED) is (expected is SUPPORTED)


def test_bad_input_is_refused(rng):
    z = record(rng)
    with pytest.raises(ValueError, match="at least 2 seeds a cell"):
        exponent_fit(z[:, :1], SIZES, spread=SPREAD, error_rate=RATE)
    with pytest.raises(ValueError, match="at least one cell"):
        exponent_fit(np.empty((0, 3)), {}, spread=0.1, error_rate=RATE)
    with pytest.raises(ValueError, match=r"z must have shape \(cells, seeds\)"):
        exponent_fit(z.ravel(), SIZES, spread=SPREAD, error_rate=RATE)
    with pytest.raises(ValueError, match=r"sizes\['n'\] must be finite and positive"):
        exponent_fit(z, SIZES | {"n": -n}, spread=SPREAD, error_rate=RATE)
    with pytest.raises(ValueError, match=r"sizes\['n'\] must have shape \(8,\)"):
        exponent_fit(z, {"n": n[:3]}, spread=SPREAD, error_rate=RATE)
    with pytest.raises(ValueError, match="spread must be finite and positive"):
        exponent_fit(z, SIZES, spread=0.0, error_rate=RATE)
    with pytest.raises(ValueError, match="spread must be one number or one per cell"):
        exponent_fit(z, SIZES, spread=SPREAD[:3], error_rate=RATE)
    with pytest.raises(ValueError, match="log_ratio must be finite"):
        rival_fit(z, np.full(8, np.nan), spread=SPREAD, error_rate=RATE)
    found = exponent_fit(z, SIZES, spread=SPREAD, error_rate=RATE)
    with pytest.raises(ValueError, match="predicted must name sizes of the fit, got m"):
        exponents_verdict(found, margin=0.03, predicted={"m": 0.5})


def test_design_power_is_what_simulated_verdicts_show():
    """At a noisier spread, where the probabilities are neither 0 nor 1."""
    rng = np.random.default_rng(11)
    spread, trials, seeds, rate = 3.2 * SPREAD, 1500, 3, 0.01
    slow = {"slow": 0.05 * np.log(n) - 0.02 * np.log(N)}
    stated = exponent_power(
        SIZES,
        spread=spread,
        seeds=seeds,
        error_rate=rate,
        margin=0.04,
        constant_margin=0.03,
        rivals=slow,
        constant_lies={"5 % off": 0.05},
    )
    seen = np.zeros(4)
    for _ in range(trials):
        z = record(rng, seeds=seeds, spread=spread)
        found = exponent_fit(z, SIZES, spread=spread, error_rate=rate)
        rival = rival_fit(z, slow["slow"], spread=spread, error_rate=rate)
        seen += [
            exponents_verdict(found, margin=0.04) is SUPPORTED,
            value_verdict(found.constant, predicted=0.0, margin=0.03) is SUPPORTED,
            rival_verdict(rival) is REFUTED,
            value_verdict(found.constant, predicted=0.05, margin=0.03) is REFUTED,
        ]
    expected = np.array(
        [stated.exponents, stated.constant, stated.rivals["slow"], stated.constant_lies["5 % off"]]
    )
    assert ((expected > 0.1) & (expected < 0.95)).all(), expected
    deviation = np.sqrt(expected * (1 - expected) / trials)
    assert (np.abs(seen / trials - expected)[1:] < 4.5 * deviation[1:]).all(), (seen / trials, expected)
    # The exponents' joint probability is a lower bound, and not far below.
    assert -4.5 * deviation[0] < seen[0] / trials - expected[0] < 0.05
    assert stated.least == pytest.approx(expected.min())


def test_seeds_needed_is_the_least_that_does():
    design = {
        "spread": SPREAD,
        "error_rate": RATE,
        "margin": 0.03,
        "constant_margin": 0.02,
        "rivals": RIVALS,
        "constant_lies": {"5 % off": math.log(1.05)},
    }
    seeds = seeds_needed(SIZES, **design)
    assert exponent_power(SIZES, seeds=seeds, **design).least >= 0.99
    assert exponent_power(SIZES, seeds=seeds - 1, **design).least < 0.99 or seeds == 2
    noisy = seeds_needed(SIZES, **design | {"spread": 4 * SPREAD})
    assert noisy > 4 * seeds


def test_no_number_of_seeds_replaces_a_design():
    ray = {"n": [1000.0, 2000.0], "d": [500.0, 1000.0]}
    assert seeds_needed(ray, spread=0.01, error_rate=RATE, margin=0.03) is None
    assert exponent_power(ray, spread=0.01, seeds=50, error_rate=RATE, margin=0.03).exponents == 0.0
    within = {"margin": 0.03, "constant_margin": 0.05, "constant_lies": {"near": 0.04}}
    assert seeds_needed(SIZES, spread=SPREAD, error_rate=RATE, **within) is None
    proportional = {"margin": 0.03, "rivals": {"2 sqrt(N d)": np.full(8, math.log(2.0))}}
    found = exponent_power(SIZES, spread=SPREAD, seeds=5, error_rate=RATE, **proportional)
    assert found.rivals == {"2 sqrt(N d)": 0.0}
    assert found.not_identified == ("2 sqrt(N d)",)
    assert seeds_needed(SIZES, spread=SPREAD, error_rate=RATE, **proportional) is None
    with pytest.raises(ValueError, match="nothing is asked for"):
        seeds_needed({}, spread=SPREAD, error_rate=RATE, margin=0.03)
    with pytest.raises(ValueError, match="constant_lies need constant_margin"):
        exponent_power(SIZES, spread=SPREAD, seeds=5, error_rate=RATE, margin=0.03, constant_lies={"x": 0.1})
