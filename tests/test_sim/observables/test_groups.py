"""Every group of observables that the table lists: what it names is what it reads, and no reading is lost."""

from dataclasses import replace

import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.observables.group import Reading, Sizes, State, measured_by
from sim.observables.table import GROUP_NAMES, group_named
from sim.optimisers.update import Update
from sim.runs.first_step import measure_first_step
from sim.setting import Setting

SIZES = Sizes(n=30, N=24, d=16, test_samples=20)


@pytest.fixture(scope="module")
def measured():
    draw = Draw(setting=Setting(n=SIZES.n, N=SIZES.N, d=SIZES.d), seed=2, threads=1)
    updates = (Update(optimiser="adam", eta=0.3), Update(optimiser="gd", eta=1e300))  # the second diverges
    backend = get_backend("numpy", threads=1)
    return measure_first_step(draw, updates, backend=backend, test_samples=SIZES.test_samples)


@pytest.mark.parametrize("name", GROUP_NAMES)
def test_a_group_reads_what_it_names_and_counts_its_work(name, measured):
    group = group_named(name)
    assert group.name == name
    steps = [measured.groups] if group.of == "gradient" else [step.groups for step in measured.steps]
    for groups in steps:
        readings = groups[name]
        features = {reading.features for reading in readings}
        assert features == ({"paper", "released"} if group.features else {""})
        places = [(reading.observable, reading.features) for reading in readings]
        assert len(set(places)) == len(places)
        assert {observable for observable, _ in places} == set(group.observables)
    assert group.work(SIZES) >= 0.0
    assert group.work(replace(SIZES, n=60, N=48, d=32)) >= group.work(SIZES)


def test_no_observable_stands_in_two_groups():
    names = [observable for group in map(group_named, GROUP_NAMES) for observable in group.observables]
    assert len(set(names)) == len(names)


def test_a_group_of_that_name_there_is_none():
    with pytest.raises(ValueError, match="observables must be among gradient, update, .*, got 'nonsense'"):
        group_named("nonsense")


@pytest.mark.parametrize("given", [("alpha_hill",), ("alpha_hill", "alpha_ks", "ks_distance", "more")])
def test_a_reading_that_no_group_names_and_one_that_is_missing_are_errors(given):
    group = replace(
        group_named("tails"), measure=lambda state: [Reading(observable=name, value=0.0) for name in given]
    )
    state = State(draw=None, backend=None, gradient=None, top_of_gradient=None)
    with pytest.raises(ValueError, match="group 'tails' must measure just what it names; it differs in "):
        measured_by(group, state)


UPDATES = (Update(optimiser="adam", eta=0.3), Update(optimiser="gd", eta=10.0))


def one_step(groups, name="numpy", dtype="float64"):
    draw = Draw(setting=Setting(n=SIZES.n, N=SIZES.N, d=SIZES.d), seed=2, dtype=dtype, threads=1)
    backend = get_backend(name, threads=1)
    updates = () if {group_named(each).of for each in groups} == {"gradient"} else UPDATES
    return measure_first_step(draw, updates, groups, backend=backend, test_samples=SIZES.test_samples)


def numbers(found, name):
    sources = [found.groups] if group_named(name).of == "gradient" else [step.groups for step in found.steps]
    return [[(r.observable, r.features, r.value) for r in groups[name]] for groups in sources]


@pytest.fixture(scope="module")
def together():
    return one_step(GROUP_NAMES)


@pytest.mark.parametrize("name", GROUP_NAMES)
def test_a_group_alone_reads_what_it_reads_beside_all_others(name, together):
    """Its record has one key, whatever else is asked for."""
    assert numbers(one_step((name,)), name) == numbers(together, name)


@pytest.mark.parametrize("name", GROUP_NAMES)
def test_a_group_reads_the_same_on_another_library(name, together):
    strict = numbers(one_step((name,), "array-api-strict"), name)
    for ours, theirs in zip(numbers(together, name), strict, strict=True):
        assert [each[:2] for each in ours] == [each[:2] for each in theirs]
        assert [each[2] for each in theirs] == pytest.approx([each[2] for each in ours], rel=1e-6, abs=1e-9)


def planted(monkeypatch, measure, **options):
    """`tails` replaced by a group with a fault."""
    group = replace(
        group_named("tails"), observables=("x",), measure=measure, **({"spectrum": False} | options)
    )
    real = group_named
    monkeypatch.setattr(
        "sim.runs.first_step.group_named", lambda name: group if name == "tails" else real(name)
    )


def test_a_group_is_shown_nothing_that_it_does_not_ask_for(monkeypatch):
    seen = []

    def curious(state):
        seen.append((state.spectrum, state.D_spectrum, state.blocks))
        return [Reading(observable="x", value=0.0)]

    planted(monkeypatch, curious)
    one_step(("tails", "spectrum", "update_spectrum", "training_loss"))
    assert seen == [(None, None, None)] * len(UPDATES)


def test_a_group_that_writes_or_takes_samples_that_it_does_not_name_is_an_error(monkeypatch):
    def writes(state):
        state.W[0, 0] = 1.0
        return [Reading(observable="x", value=0.0)]

    def takes(state):
        state.blocks("test")
        return [Reading(observable="x", value=0.0)]

    planted(monkeypatch, writes)
    with pytest.raises(ValueError, match="read-only"):
        one_step(("tails", "top"))
    planted(monkeypatch, takes, samples=("train",))
    with pytest.raises(ValueError, match="group 'tails' must name the samples 'test' that it goes through"):
        one_step(("tails",))
