"""Claims on losses: well formed, decided on synthetic runs, refuted by each lie, silent on empty records; one real run."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from support import families
from support.claim_records import one_step
from support.families import real, unmeasured
from support.loss_records import SEEDS, synthetic

from sim.backend import get_backend
from sim.draw import Draw
from sim.network.two_layer import first_gradient
from sim.optimisers.update import Update as Step
from sim.runs.first_step import measure_first_step
from verify.claims.losses.section import claims
from verify.claims.losses.settings import kernel_bound
from verify.claims.losses.sweeps import rank_correlation, spike_contrast
from verify.claims.losses.theory import secant_root, vertex
from verify.commands.findings import describe_finding
from verify.everything.report import findings_markdown
from verify.judging.claim import Kind
from verify.judging.judges.contrasts import second_less_first
from verify.judging.sample import Case
from verify.measurements.names import exact
from verify.measurements.other_teacher import with_tanh_teacher
from verify.predictions.noise import has_spike, noise_reach
from verify.presentation.numbers import number
from verify.problem.cells import Cell
from verify.problem.paper import PAPER, SMALL, default_problem, finite_size, step
from verify.problem.update import STILL, Update, adam
from verify.statistics import power_value
from verify.statistics.verdict import Verdict

every = partial(families.every, "losses")


def test_another_floor_is_disproved():
    claim = every()["D.4.floor"]
    assert len(claim.lies) == 2
    false = replace(claim, predict=lambda case: replace(claim.predict(case), value=0.0))
    assert unmeasured(false).verdict is Verdict.REFUTED


def test_kernel_bounds_are_the_papers():
    assert kernel_bound(default_problem()) == pytest.approx(0.1115, abs=5e-5)
    assert kernel_bound(default_problem(teacher="tanh")) == pytest.approx(0.1174, abs=5e-5)
    assert kernel_bound(default_problem()) != pytest.approx(0.0215, abs=5e-5)  # the noise is part of it


def test_a_direction_is_judged_as_stated_and_theory_s_number_stands_beside_it():
    claim = every(quick=False)["S4.1e.at-1.test.paper"]  # the paper: falls; theory and runs: rises
    assert f"by more than {claim.margin:.2g}" in claim.statement
    found = claim.judge(claim, synthetic(claim))
    assert found.verdict is Verdict.SUPPORTED
    assert found.predicted > 10 * claim.margin > 0 > found.estimate
    assert found.stated == -claim.margin
    assert f"(stated < {number(-claim.margin)}; theory {number(found.predicted)})" in describe_finding(found)
    assert f"< {number(-claim.margin)} (theory {number(found.predicted)})" in findings_markdown([found])
    own = every(quick=False)["F.1.sim"]  # theory's own number is judged: nothing is stated beside it
    assert own.judge(own, synthetic(own)).stated is None
    rising = replace(synthetic(claim), values=tuple(0.1 + 0.001 * (s % 5) for s in range(SEEDS)))
    assert claim.judge(claim, rising).verdict is Verdict.REFUTED
    expected = {
        name: each.judge(each, synthetic(each)).predicted for name, each in every().items() if "S4.1" in name
    }
    assert expected["S4.1d.sim"] > 0.3
    assert expected["S4.1g.whole-grid.paper.ranks"] is not None
    assert -1 <= expected["S4.1g.whole-grid.paper.ranks"] <= 1


def test_what_one_claim_calls_a_change_no_other_calls_none():
    for name, claim in every().items():
        if name.startswith(("S4.1e.at-0.001.", "S4.1e.at-0.01.")):
            other = every()["S4.1e.at-0.1." + name.split(".", 4)[4]]
            assert claim.margin == other.margin
            assert f"{claim.margin:.2g}" in claim.statement
            good = synthetic(claim)
            moved = tuple(1.5 * claim.margin + 1e-3 * claim.margin * (seed % 3) for seed in good.seeds)
            assert claim.judge(claim, replace(good, values=moved)).verdict is Verdict.REFUTED
    assert sum(name.startswith("S4.1e.at-0.001.") for name in every()) == 7


@pytest.mark.parametrize("name", ["F.1.sim", "F.1.test.paper"])
def test_a_change_with_n_of_half_or_twice_the_predicted_size_is_not_as_predicted(name):
    claim = every()[name]
    for factor, verdict in ((1.0, Verdict.SUPPORTED), (0.4, Verdict.REFUTED), (2.0, Verdict.REFUTED)):
        good = synthetic(claim)
        size = second_less_first(good).predictions[0].value
        values = tuple(
            factor * size * (case.cell == SMALL) + 1e-3 * abs(size) * (seed % 3) * (case.cell == SMALL)
            for case, seed in zip(good.cases, good.seeds, strict=True)
        )
        assert claim.judge(claim, replace(good, values=values)).verdict is verdict


def test_ranks_of_losses_and_outliers():
    assert rank_correlation([1.0, 0.9, 0.5, 0.4], [0, 0, 1, 1]) < -0.85
    assert rank_correlation([0.4, 0.5, 0.9, 1.0], [0, 0, 1, 1]) > 0.85
    assert math.isnan(rank_correlation([1.0, 0.9, 0.5], [1, 1, 1]))
    assert math.isnan(rank_correlation([1.0, math.inf, 0.5], [0, 1, 1]))


def test_what_the_smaller_variance_of_a_tanh_teacher_does_is_no_share():
    claim = every()["F.5a.gd.test.paper.share"]
    still, large = STILL, step("gd", 2000.0, SMALL)
    key = claim.observable
    values = {(still, key): 2.0, (large, key): 1.5, (None, f"{key}@adam-{exact(still.eta)}"): 1.0,
              (None, f"{key}@gd-{exact(large.eta)}"): 0.75}  # fmt: skip
    assert claim.measure(one_step(SMALL, values)) == pytest.approx(0.0)
    literal = every()["F.5a.gd.test.paper"]
    assert literal.margin > 0.3  # a third of what is predicted, not what any step at all clears
    assert {"F.5a.gd.alpha.hill", "F.5a.gd.alpha.ks"} <= set(every())


def test_the_bound_of_fixed_kernels_is_judged_by_ratio_and_by_optimiser_and_says_so():
    found = {name: claim for name, claim in every().items() if name.startswith("D.4") and claim.design}
    assert len(found) == 16
    for claim in found.values():
        cell = claim.design.cells[0]
        assert f"n/d = {cell.n / cell.d:g}" in claim.statement
        assert f"n/d = {cell.n / cell.d:g}" in claim.reading
        one, other = claim.design.updates
        key, low, high = claim.observable, 0.09, 0.13
        values = {(one, key): low, (other, key): high}
        mine = claim.measure(one_step(cell, values))
        assert mine == (low if ".adam" in claim.id else high)  # never the better of the two
    assert max(claim.design.cells[0].n / claim.design.cells[0].d for claim in found.values()) >= 20


def test_a_step_that_misses_the_optimum_by_less_than_the_bound_is_about_the_optimal_one():
    claim = every(quick=False)["X.loss.spike-at-optimum"]
    assert claim.bounds == (-0.02, 0.02)
    assert "2 %" in claim.statement
    good = synthetic(claim)
    for value, verdict in ((0.006, Verdict.SUPPORTED), (0.03, Verdict.REFUTED)):
        moved = tuple(value + 1e-5 * (seed % 3) for seed in good.seeds)
        assert claim.judge(claim, replace(good, values=moved)).verdict is verdict


def test_a_change_between_cells_is_taken_within_a_seed():
    claim = every()["F.1.sim"]
    good = synthetic(claim, scatter=0.0)
    per_seed = tuple(100.0 * seed for seed in good.seeds)  # common to both cells: must cancel
    moved = tuple(value + shift for value, shift in zip(good.values, per_seed, strict=True))
    contrast = second_less_first(replace(good, values=moved))
    assert contrast.repeats == SEEDS
    assert np.allclose(contrast.values, contrast.predictions[0].value)
    assert {case.cell for case in contrast.cases} == {SMALL}
    shuffled = replace(
        good, values=moved, seeds=tuple((s * 7) % SEEDS for s in good.seeds[:SEEDS]) + good.seeds[SEEDS:]
    )
    assert not np.allclose(second_less_first(shuffled).values, contrast.values)


def test_learning_rates_keep_their_meaning_at_other_sizes():
    assert step("adam", 0.1, PAPER) == adam(0.1)
    assert step("adam", 0.1, SMALL).eta == pytest.approx(0.1 * math.sqrt(5))
    assert step("adam", 1.0, SMALL).eta == 1.0
    assert step("gd", 2000.0, SMALL).eta == pytest.approx(400.0)
    assert finite_size(PAPER) == 1.0
    assert finite_size(SMALL) == pytest.approx(math.sqrt(5))


def test_vertex_and_secant_find_what_a_parabola_has():
    def loss(eta):
        return 1 - 2 * 3.0 * eta + 40.0 * eta**2

    assert vertex(0.05, loss(0.05), loss(0.1)) == pytest.approx(3.0 / 40.0)
    assert vertex(0.03, loss(0.06), loss(0.03)) != pytest.approx(3.0 / 40.0)
    root = 6.0 / 40.0
    assert secant_root(0.999 * root, 1.001 * root, loss(0.999 * root), loss(1.001 * root)) == pytest.approx(
        root, rel=1e-5
    )


def readings(tops, losses):
    updates = [STILL, step("adam", 0.1, SMALL), step("adam", 1.0, SMALL)]
    values = {(u, "top_singular_value"): top for u, top in zip(updates, tops, strict=True)}
    values |= {(u, "test_loss[paper]"): loss for u, loss in zip(updates, losses, strict=True)}
    return updates, one_step(SMALL, values)


def test_the_contrast_of_spikes_compares_steps_with_and_without_one():
    problem, edge = default_problem(), math.sqrt(SMALL.N) + math.sqrt(SMALL.d)
    updates, found = readings((edge, 1.5 * edge, 8 * edge), (1.0, 0.8, 0.9))
    measure = spike_contrast(problem, SMALL, updates, "test_loss[paper]")
    assert measure(found) == pytest.approx(-0.15)
    _, none = readings((edge, edge, edge), (1.0, 0.8, 0.9))
    assert math.isnan(measure(none))
    # a bulk that the update's noise widens is no spike
    wide = edge * 1.05
    assert has_spike(problem, SMALL, STILL, wide)
    assert not has_spike(problem, SMALL, step("adam", 1.0, SMALL), wide)
    assert not has_spike(problem, SMALL, STILL, math.nan)


def test_the_spike_test_is_right_about_noise_at_its_rate():
    rng = np.random.default_rng(11)
    tops = [np.linalg.norm(rng.standard_normal((60, 40)), 2) for _ in range(200)]
    cell = Cell(n=80, N=60, d=40)
    assert sum(has_spike(default_problem(), cell, STILL, top) for top in tops) <= 1
    assert all(has_spike(default_problem(), cell, STILL, 1.25 * top) for top in tops)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_large_step_without_its_rank_one_part_has_no_spike_and_with_it_has_one(seed):
    """Seeds at which the p-value for even noise calls that noise an outlier."""
    problem, called = default_problem(), 0
    draw = Draw(setting=problem.setting(SMALL), seed=seed)
    gradient = first_gradient(draw, backend=get_backend("numpy", threads=1))
    W, S = np.asarray(gradient.W, np.float64), np.sign(np.asarray(gradient.G, np.float64))
    left, values, right = np.linalg.svd(S, full_matrices=False)
    noise = S - values[0] * np.outer(left[:, 0], right[0])
    for eta in (1.0, 10.0, 100.0):
        alone = np.linalg.norm(W - eta * noise, 2)
        assert not has_spike(problem, SMALL, adam(eta), alone)
        assert has_spike(problem, SMALL, adam(eta), np.linalg.norm(W - eta * S, 2))
        deviation = math.sqrt(1.0 + eta**2 * np.mean(noise**2))
        called += alone > noise_reach(SMALL.N, SMALL.d, 1e-4) * deviation
    assert called >= 2


# Scatter of one run at the paper's size, measured once; theory has none for losses.
SCATTER = {
    "X.loss.adam-critical": 0.012, "X.loss.gd-stable": 0.0102,
    "X.ridge.start.test.paper": 0.025, "X.ridge.start.holdout.paper": 0.014, "X.ridge.start.kta.paper": 0.00093,
    "X.ridge.start.test.released": 0.014, "X.ridge.start.holdout.released": 0.026, "X.ridge.start.kta.released": 0.00095,
    "X.ridge.adam-0.1.test.released": 0.0026, "X.ridge.adam-0.1.holdout.released": 0.0037,
    "X.ridge.adam-0.1.kta.released": 0.0009, "X.ridge.adam-1.test.released": 0.006,
    "X.ridge.adam-1.holdout.released": 0.0053, "X.ridge.adam-1.kta.released": 0.0088, "X.ridge.adam-1.kta.paper": 0.0085,
    "X.ridge.gd-2000.test.released": 0.0021, "X.ridge.gd-2000.holdout.released": 0.0033,
    "X.ridge.gd-2000.kta.released": 0.00065, "X.ridge.gd-2000.kta.paper": 0.00063,
    "X.ridge.adam-0.1.kta.paper": 0.0009, "X.ridge.adam-10.test.paper": 0.084,
    "X.ridge.beta-part.test": 0.0012, "X.ridge.beta-part.kta": 0.00022,
}  # fmt: skip


@pytest.mark.parametrize("name", SCATTER)
def test_the_claims_of_ours_have_the_power_to_decide_at_the_papers_size(name):
    claim = every(quick=False)[name]
    case = Case(problem=claim.design.problem, cell=PAPER, update=Update())
    prediction = claim.predict(case)
    nearest = min(abs(lie.law(case, prediction) - prediction.value) for lie in claim.lies)
    common = dict(margin=claim.margin, spread=SCATTER[name], repeats=claim.seeds, error_rate=claim.error_rate)
    assert power_value(**common) >= 0.99
    assert power_value(lie=nearest, **common) >= 0.99
    assert power_value(**(common | {"repeats": 4})) < 0.99  # it is not had for nothing


@pytest.mark.parametrize("name", ["X.loss.adam-critical", "S4.1d.sim", "F.1.holdout.released"])
def test_a_few_real_runs_of_the_quick_size_speak_for_the_claim(name):
    claim = every()[name]
    finding = real(claim, 6)
    assert finding.verdict in (Verdict.SUPPORTED, Verdict.INCONCLUSIVE)
    assert finding.repeats == 6
    low, high = finding.interval
    assert low < finding.estimate < high
    assert finding.repeats_needed is None or finding.repeats_needed < 100


def test_the_tanh_teachers_readings_are_those_of_its_own_problem():
    cell, eta = Cell(n=80, N=60, d=40), 0.4
    backend = get_backend("numpy", threads=1)
    problems = {name: default_problem(teacher=name) for name in ("softplus", "tanh")}
    draws = {name: Draw(setting=problem.setting(cell), seed=2) for name, problem in problems.items()}
    found = with_tanh_teacher(draws["softplus"], None, backend, steps=(("adam", eta),), test_samples=300)
    step, common = [Step(optimiser="adam", eta=eta)], {"backend": backend, "test_samples": 300}
    direct = {
        name: measure_first_step(draw, step, ("ridge",), **common).steps[0] for name, draw in draws.items()
    }
    for features in ("paper", "released"):
        key = f"test_loss[{features}]@adam-0.4"
        assert found[key] == direct["tanh"].value("test_loss", features)
        assert found[key] != pytest.approx(direct["softplus"].value("test_loss", features), rel=0.05)


@pytest.mark.parametrize("quick", [True, False])
def test_contrasts_are_paired_at_the_size_of_the_other_claims(quick):
    for claim in claims(quick=quick):
        if claim.kind is not Kind.EXACT:
            assert claim.seeds >= 10
            assert claim.design.paired or claim.design.groups == ("gradient",)
            plenty = claim.id.startswith("D.4") and claim.id.endswith(".plenty")
            assert claim.design.cells[-1] == (SMALL if quick else PAPER) or plenty
