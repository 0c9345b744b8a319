"""Claims on the constants: truth and lies on synthetic records, the predictions, power, and small real runs."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from support import families
from support.claim_records import synthetic
from support.families import real

from sim.backend import get_backend
from sim.draw import Draw
from sim.network.two_layer import first_gradient
from theory.spike.inputs import critical_eta, spike_at, spike_inputs
from verify.claims.constants.step import turning_point
from verify.claims.constants.values import _eps_ratios, _inside_the_root, eps_of_size, half_size
from verify.judging.judges.spread import spread_power
from verify.judging.sample import Case, Prediction
from verify.measurements.norms import turning_eta
from verify.problem.cells import Cell
from verify.problem.paper import PAPER, SMALL, default_problem
from verify.problem.update import Update
from verify.statistics.verdict import Verdict

every = partial(families.every, "constants")


def with_rivals(claim):
    """Its lies as rivals, so that another margin may be tried."""
    return replace(claim, lies=tuple(replace(lie, rival=True) for lie in claim.lies))


def test_growth_is_refuted_and_the_size_of_a_step_supported_on_a_few_small_runs():
    growth = real(replace(every()["T4.1.S"], error_rate=0.01), 30)
    assert growth.verdict is Verdict.REFUTED
    assert abs(growth.estimate) < 0.05
    assert real(every()["C4.2"], 12).verdict is Verdict.SUPPORTED


def test_the_turning_point_is_where_the_overlap_is_a_half_and_goes_like_one_over_root_d():
    problem = default_problem()
    found = {d: turning_point(problem, Cell(n=2 * d, N=3 * d // 2, d=d)) for d in (100, 400)}
    inputs = spike_inputs(problem.signal_noise(Cell(n=200, N=150, d=100)))
    assert float(spike_at(inputs, found[100]).right_overlap_squared) == pytest.approx(0.5, abs=1e-6)
    assert found[100] / found[400] == pytest.approx(2.0, rel=0.02)
    assert found[100] > critical_eta(inputs)
    cell = Cell(n=200, N=150, d=100)
    draw, backend = Draw(setting=problem.setting(cell), seed=3), get_backend("numpy", threads=1)
    gradient = first_gradient(draw, backend=backend)
    eta = turning_eta(draw, gradient, backend)["turning_eta"]
    S = np.sign(gradient.G)
    v = np.linalg.svd(S)[2][0]
    overlaps = [(np.linalg.svd(gradient.W - e * S)[2][0] @ v) ** 2 for e in (0.99 * eta, 1.01 * eta)]
    assert overlaps[0] < 0.5 < overlaps[1]


def test_a_rival_s_turning_point_is_computed_and_lies_below():
    problem = default_problem()
    for d in (100, 400, 1000):
        cell = Cell(n=2 * d, N=3 * d // 2, d=d)
        ratio = turning_point(problem, cell, "independent") / turning_point(problem, cell)
        assert 0.75 < ratio < 0.87  # not 1.3
    claim = every()["C4.2.eta"]
    rival = next(lie for lie in claim.lies if lie.name == "W_0 independent of the update")
    case = Case(problem=problem, cell=cell, update=Update())
    assert rival.law(case, claim.predict(case)) == pytest.approx(turning_point(problem, cell, "independent"))


def test_the_order_of_a_step_is_judged_by_its_slope_whatever_its_size():
    claim = every()["C4.2.operator.theta"]
    assert claim.judge(claim, synthetic(claim)).verdict is Verdict.SUPPORTED
    large = synthetic(claim)
    assert (
        claim.judge(claim, replace(large, values=tuple(9.0 * v for v in large.values))).verdict
        is Verdict.SUPPORTED
    )
    growing = replace(large, values=synthetic(every()["C4.2.operator"]).values)
    assert claim.judge(claim, growing).verdict is Verdict.REFUTED


def test_most_of_the_norm_is_more_than_half_of_its_square():
    claim = every()["T4.1.S.most"]
    good = synthetic(claim)
    for value, verdict in ((0.68, Verdict.SUPPORTED), (0.4, Verdict.REFUTED), (0.5, Verdict.INCONCLUSIVE)):
        rng = np.random.default_rng(1)
        moved = tuple(value + 0.01 * rng.standard_normal() for _ in good.values)
        assert claim.judge(claim, replace(good, values=moved)).verdict is verdict


def test_eps_at_another_size_is_the_same_problem():
    ratios = [
        _eps_ratios(default_problem(), cell, eps)
        for cell, eps in ((PAPER, 1e-7), (SMALL, eps_of_size(1000, SMALL, 1e-7)))
    ]
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-3)
    assert ratios[0] != pytest.approx(_eps_ratios(default_problem(), SMALL, 1e-7), rel=1e-2)
    d = round(half_size())
    cell = Cell(n=2 * d, N=3 * d // 2, d=d)
    assert _eps_ratios(default_problem(), cell, 1e-8)[0] == pytest.approx(0.5, abs=1e-4)
    assert 1e5 < d < 2e5


def test_an_eps_inside_the_root_falls_to_the_second_order():
    case = Case(problem=default_problem(), cell=SMALL, update=Update(eps=1e-5))
    sn = default_problem().signal_noise(SMALL)
    size = 2 / np.sqrt(sn.N * sn.d) * np.sqrt(sn.student.mu_1**2 * sn.v_t + sn.nu**2)
    g = size * np.prod(np.random.default_rng(0).standard_normal((2, 10**6)), axis=0)
    expected = np.sqrt(np.mean(g**2 / (g**2 + 1e-10)) * SMALL.N * SMALL.d)
    assert _inside_the_root(case, Prediction(value=0.0)) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(("repeats", "margin"), [(50, 0.5), (450, 0.1)])
def test_power_of_a_spread_is_that_of_simulated_records(repeats, margin):
    claim = replace(with_rivals(every()["X.c.spread"]), margin=margin, error_rate=0.01)
    found = [claim.judge(claim, synthetic(claim, seeds=repeats, seed=seed)) for seed in range(150)]
    inside = [
        predicted - room <= low and high <= predicted + room
        for predicted, room, (low, high) in ((f.predicted, margin * f.predicted, f.interval) for f in found)
    ]
    power = spread_power(repeats, margin=margin, error_rate=0.01)
    assert abs(np.mean(inside) - power) < 4 * np.sqrt(power * (1 - power) / 150) + 0.01
    shares = [lie.law(None, Prediction(value=1.0)) for lie in claim.lies[1:]]  # times the deviation
    against = [spread_power(repeats, margin=margin, error_rate=0.01, lie=share) for share in shares]
    for index, expected in enumerate(against, start=1):
        caught = np.mean([finding.controls[index].verdict is Verdict.REFUTED for finding in found])
        assert abs(caught - expected) < 4 * np.sqrt(expected * (1 - expected) / 150) + 0.01
    assert {finding.power for finding in found} == {min(power, *against)}


def test_a_line_with_an_intercept_is_not_one_through_the_origin():
    claim = every()["B.2.intercept"]
    good = synthetic(claim, scatter=0.1)
    moved = replace(good, values=tuple(value + 60.0 for value in good.values))  # 12 % of the norm at k = 1
    assert claim.judge(claim, good).verdict is Verdict.SUPPORTED
    assert claim.judge(claim, moved).verdict is Verdict.REFUTED
    bent = every()["B.2.curvature"]
    scaled = tuple(v * (c.cell.d / 1500) ** 0.15 for v, c in zip(good.values, good.cases, strict=True))
    assert bent.judge(bent, replace(good, values=scaled)).verdict is Verdict.REFUTED
    few = good.where(lambda cell: cell.k < 3)
    assert claim.judge(claim, few).verdict is Verdict.INCONCLUSIVE


def test_power_of_a_line_is_that_of_simulated_records():
    claim = replace(with_rivals(every()["B.2.intercept"]), error_rate=0.01, margin=0.025)
    rng = np.random.default_rng(2)
    verdicts = []
    for _ in range(200):
        base = synthetic(claim, scatter=0.0)
        values = tuple(
            v + p.spread * rng.standard_normal() for v, p in zip(base.values, base.predictions, strict=True)
        )
        finding = claim.judge(replace(claim, lies=claim.lies[:1]), replace(base, values=values))
        verdicts.append(finding.interval[0] > -claim.margin and finding.interval[1] < claim.margin)
    power = finding.power
    assert 0.3 < power < 0.999
    assert abs(np.mean(verdicts) - power) < 4 * np.sqrt(power * (1 - power) / 200) + 0.03


DECIDED = [
    "B.2.slope",
    "B.2.intercept",
    "B.2.curvature",
    "X.c.ratio",
    "X.c.spread",
    "X.eps.drift",
    "X.eps.end",
    "X.eps.end.operator",
    "X.eps.uncorrected",
    "X.second",
    "X.nullity",
]


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("name", DECIDED)
def test_the_default_seeds_decide(name, quick):
    claim = every(quick)[name]
    assert claim.judge(claim, synthetic(claim)).power >= 0.99
    if quick:
        assert claim.judge(claim, synthetic(claim, seeds=2)).power < 0.99  # it is not had for nothing
