"""Many steps measured: the first as `measure_first_step` has it, later ones by formulas, and no step changed by it."""

from dataclasses import replace

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.measures.spectrum import overlap_matrices
from sim.network.two_layer import gradient, training_loss
from sim.observables.table import COURSE_GROUP_NAMES, GROUP_NAMES
from sim.optimisers.update import Update
from sim.runs.first_step import measure_first_step
from sim.runs.probes import ProbeOptions, probed
from sim.runs.training import Rule, start_state, trained
from sim.setting import Setting

DRAW = Draw(setting=Setting(n=120, N=36, d=24), seed=4, threads=1, dtype="float64")
BACKEND = get_backend("numpy", threads=1)
OPTIONS = ProbeOptions(test_samples=50)
EVERYTHING = (*GROUP_NAMES, *COURSE_GROUP_NAMES)
RULES = {
    "adam": Rule(update=Update(optimiser="adam", eta=0.2, eps=1e-8)),
    "gd": Rule(update=Update(optimiser="gd", eta=20.0), gamma=0.5),
    "paper": Rule(update=Update(optimiser="adam", eta=0.2), weight_normalisation="paper"),
    "released": Rule(update=Update(optimiser="adam", eta=0.2), weight_normalisation="released"),
}


def stands_of(rule, steps):
    start = start_state(DRAW, backend=BACKEND)
    return {
        s.state.step: s
        for s in trained(DRAW, rule, start, until=max(steps), stands=range(max(steps)), backend=BACKEND)
    }


def probes_of(rule, wanted, **more):
    return {p.step: p for p in probed(DRAW, rule, wanted, backend=BACKEND, **({"options": OPTIONS} | more))}


@pytest.mark.parametrize("name", ["adam", "gd"])
def test_the_first_step_reads_as_the_first_step(name):
    rule = RULES[name]
    first = measure_first_step(DRAW, [rule.update], backend=BACKEND, test_samples=50)
    probes = probes_of(rule, {0: ("gradient",), 1: GROUP_NAMES})
    (step,) = first.steps
    assert {r.observable: r.value for r in first.gradient} == {
        r.observable: r.value for r in probes[0].readings
    }
    for group, readings in step.groups.items():
        for one, other in zip(readings, probes[1].groups[group], strict=True):
            assert (one.observable, one.features) == (other.observable, other.features)
            assert one.value == pytest.approx(other.value, rel=1e-6, nan_ok=True)
    assert np.allclose(step.singular_values, probes[1].singular_values, rtol=1e-10)


@pytest.mark.parametrize("name", RULES)
def test_every_group_at_every_step_and_no_step_changed_by_it(name):
    rule = RULES[name]
    probes = probes_of(rule, dict.fromkeys((0, 2, 5), EVERYTHING))
    stands = stands_of(rule, (0, 1, 2, 5))
    for step, probe in probes.items():
        assert set(probe.groups) == set(EVERYTHING)
        W = stands[step].state.W
        s = np.linalg.svd(W, compute_uv=False)
        assert probe.value("top_singular_value") == pytest.approx(s[0], rel=1e-9)
        assert probe.value("second_singular_value") == pytest.approx(s[1], rel=1e-9)
        assert probe.value("training_loss") == pytest.approx(
            training_loss(DRAW, W, stands[step].state.a, backend=BACKEND), rel=1e-9
        )
        assert probe.value("gradient_frobenius_norm") == pytest.approx(
            np.linalg.norm(gradient(DRAW, W, stands[step].state.a, backend=BACKEND).G), rel=1e-9
        )
    assert np.isfinite([r.value for r in probes[5].readings if "diagonal" not in r.observable]).all()
    assert np.isnan(probes[0].value("update_operator_norm"))
    assert np.isnan(probes[0].value("left_overlap"))


@pytest.mark.parametrize("name", RULES)
def test_what_a_run_adds_is_as_defined(name):
    rule = RULES[name]
    probes = probes_of(rule, {0: COURSE_GROUP_NAMES, 2: COURSE_GROUP_NAMES, 5: COURSE_GROUP_NAMES})
    stands = stands_of(rule, (0, 1, 2, 5))
    W, D = ({step: getattr(*at(stand)) for step, stand in stands.items()} for at in (
        lambda s: (s.state, "W"), lambda s: (s, "D")))  # fmt: skip
    five = probes[5]
    assert five.value("distance_from_start") == pytest.approx(np.linalg.norm(W[5] - W[0]), rel=1e-12)
    assert five.value("relative_distance") == pytest.approx(
        np.linalg.norm(W[5] - W[0]) / np.linalg.norm(W[0]), rel=1e-12
    )
    assert five.value("distance_from_previous") == pytest.approx(np.linalg.norm(W[5] - W[2]), rel=1e-12)
    assert probes[0].value("distance_from_start") == 0.0
    cosine = np.sum(D[5] * D[1]) / np.linalg.norm(D[5]) / np.linalg.norm(D[1])
    assert five.value("cosine_with_first_update") == pytest.approx(cosine, rel=1e-10)
    assert five.value("sign_changes") == pytest.approx(np.mean(np.sign(D[5]) != np.sign(D[1])), rel=1e-12)
    for when, weights in (("before", stands[5].before), ("after", W[5])):
        matrices = overlap_matrices(weights, D[5], backend=BACKEND)
        assert five.value(f"left_overlap_{when}_top") == pytest.approx(matrices.left[0, 0], rel=1e-9)
        off = matrices.right[~np.eye(24, dtype=bool)].max()
        assert five.value(f"right_overlap_{when}_largest_off_diagonal") == pytest.approx(off, rel=1e-9)


def test_a_run_that_goes_on_from_a_state_measures_the_same():
    rule = RULES["adam"]
    whole = probes_of(rule, dict.fromkeys((1, 3, 6), EVERYTHING))
    state = stands_of(rule, (0, 3))[3].state
    rest = probes_of(rule, {6: EVERYTHING}, state=state, previous={6: 3})
    assert [(r.observable, r.value) for r in whole[6].readings if r.value == r.value] == [
        (r.observable, r.value) for r in rest[6].readings if r.value == r.value
    ]
    with pytest.raises(ValueError, match="must lie after the state's 3, got 3"):
        probes_of(rule, {3: EVERYTHING}, state=state)


def test_samples_that_do_not_fit_are_gone_through_anew_to_the_same_numbers(monkeypatch):
    rule, wanted = RULES["adam"], {2: ("ridge", "training_loss")}
    kept = probes_of(rule, wanted)[2]
    monkeypatch.setattr("sim.runs.probes.MOST_KEPT", 100)
    anew = probes_of(rule, wanted, keep_samples=False)[2]
    assert [r.value for r in anew.readings] == [r.value for r in kept.readings]


def test_a_diverged_run_gives_nan_at_every_later_probe():
    draw = replace(DRAW, setting=Setting(n=120, N=36, d=24, student="linear"))
    rule = Rule(update=Update(optimiser="gd", eta=1e15))
    found = list(
        probed(draw, rule, dict.fromkeys((0, 40, 50), ("tails", "ridge")), backend=BACKEND, options=OPTIONS)
    )
    assert [probe.step for probe in found] == [0, 40, 50]
    assert [probe.diverged for probe in found] == [False, True, True]
    assert all(np.isnan(r.value) for probe in found[1:] for r in probe.readings)
    assert np.isfinite(found[0].value("alpha_hill"))


def test_a_watch_sees_every_step_and_ends_the_run():
    seen = []

    def watch(step, state):
        seen.append((step, state().step))
        return step < 3

    assert [*probes_of(RULES["adam"], {1: ("moved",), 5: ("moved",)}, watch=watch)] == [1]
    assert seen == [(0, 0), (1, 1), (2, 2), (3, 3)]
