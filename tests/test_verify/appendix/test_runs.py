"""The machinery of the appendix: what is needed, run once, found again, listed, and where every number comes from."""

import json

import pytest
from support.small_appendix import OPTIONS, SCOPE, shrink

from verify.appendix.appendix import command_text, scope_of
from verify.appendix.designs import design, scope_cell
from verify.appendix.files import provenance_of, write_figure
from verify.appendix.item import Material, Need, choose_items
from verify.appendix.runs import load_of, material_of, requests_of_items
from verify.commands.options import options_of
from verify.errors import UsageError
from verify.measurements.spectra import leading_at
from verify.problem.paper import default_problem, second_stage
from verify.problem.update import gd
from verify.running.design import requests_of
from verify.running.groups import group_names
from verify.running.progress import Progress
from verify.running.store import Store
from verify.running.work import seconds_of
from verify.scaling.command import SPEC as SCALING
from verify.scaling.experiment import prepare
from verify.tables import command as tables
from verify.tables.items import ITEMS


@pytest.fixture(autouse=True)
def small(monkeypatch):
    shrink(monkeypatch)


def item(id: str):
    return choose_items(ITEMS, [id])[0]


def test_ids_are_unique_and_an_unknown_one_names_the_nearest_first():
    assert len({one.id for one in ITEMS}) == len(ITEMS)
    assert [one.id for one in choose_items(ITEMS, ["one-step", "table-2", "one-step"])] == [
        "table-2",
        "one-step",
    ]
    assert choose_items(ITEMS, []) == ITEMS
    with pytest.raises(UsageError, match="unknown id 'tabel-2'; known: table-2"):
        choose_items(ITEMS, ["tabel-2"])


def test_all_requests_of_a_seed_share_one_draw_and_are_asked_for_once():
    one, both = (
        requests_of_items([item("one-step")], SCOPE),
        requests_of_items([item("one-step"), item("predictions")], SCOPE),
    )
    assert len(set(both)) == len(both)
    assert {r.stream for r in both} == {0}
    assert len(both) > len(one)
    assert {r.seed for r in one} == {0, 1}
    assert {r.second_stage.test_samples for r in both} == {200}


def test_table_2_takes_the_records_of_the_scaling_command():
    wanted = {json.dumps(request.key()) for request in requests_of_items([item("table-2")], SCOPE)}
    study = prepare(
        options_of(SCALING, {"scales": (1, 2), "base": (40, 30, 20), "design": "ray", "seeds": 2})
    )
    assert {json.dumps(request.key()) for request in study.requests((0, 1))} <= wanted


def test_runs_are_kept_and_found_again_and_a_gap_is_named(tmp_path):
    store, wanted = Store(tmp_path), [item("table-2")]
    command = command_text(tables.SPEC, ["table-2"], OPTIONS)
    with pytest.raises(
        UsageError,
        match=r"--no-run: 8 of 8 records .* \(40, 30, 20\), seeds 0, 1; .*run them .with the same --store.: python -m ver",
    ):
        material_of(wanted, SCOPE, store=store, run=False, command=command)
    progress = Progress()
    first = material_of(wanted, SCOPE, store=store, progress=progress)
    assert (progress.computed, progress.reused) == (8, 0)
    again = material_of(wanted, SCOPE, store=store, run=False, progress=progress)
    assert progress.reused == 8
    assert {q: r.observables for q, r in again.records.items()} == {
        q: r.observables for q, r in first.records.items()
    }
    lost = next(request for request in first.records if request.cell.n == 80 and request.seed == 1)
    store.path(lost.key()).unlink()
    with pytest.raises(
        UsageError, match=r"1 of 8 records .*: \(n, N, d\) = \(80, 60, 40\), seed 1; run them"
    ):
        material_of(wanted, SCOPE, store=store, run=False, command=command)


def test_what_was_not_asked_for_beforehand_is_an_error():
    wanted = design(SCOPE, default_problem(), (scope_cell(SCOPE),), ("top",), (gd(1.0),))
    with pytest.raises(KeyError):
        Material(scope=SCOPE).readings(wanted, 2)


def test_an_estimate_grows_with_the_work_and_counts_only_what_is_missing(tmp_path):
    few, more = load_of(item("table-2"), SCOPE), load_of(item("one-step"), SCOPE)
    assert 0.0 < few.seconds < more.seconds
    assert seconds_of(requests_of_items([item("activations")], SCOPE)) == 0.0
    store = Store(tmp_path)
    material_of([item("table-2")], SCOPE, store=store)
    assert load_of(item("table-2"), SCOPE, store=store).missing == 0
    assert load_of(item("table-2"), SCOPE, store=store).seconds == 0.0


def test_a_command_names_what_the_numbers_depend_on_and_nothing_else():
    options = OPTIONS | {
        "out": "/x",
        "store": "/y",
        "fresh": True,
        "quiet": True,
        "features": "paper",
        "backend": "auto",
    }
    text = command_text(tables.SPEC, ["one-step"], options)
    assert text == "python -m verify.tables one-step --quick --seeds 2 --test-samples 200 --features paper"
    origin = provenance_of(item("one-step"), SCOPE, item("one-step").needs(SCOPE), command=text, options={})
    assert origin.seeds == (0, 1)
    assert origin.cells == ((80, 60, 40),)
    assert text in origin.line()
    assert json.loads(origin.as_json())["versions"].keys() >= {"bulkspike", "numpy", "matplotlib"}


@pytest.mark.parametrize(("seeds", "says"), [(1, "at least 2"), (1001, "at most 1000")])
def test_seeds_that_cannot_be_meant(seeds, says):
    with pytest.raises(UsageError, match=f"--seeds: must be {says}"):
        scope_of({"seeds": seeds})


def test_a_picture_carries_its_provenance_and_has_the_same_bytes_twice(tmp_path):
    import pandas as pd

    from verify.appendix.item import Content

    def draw(figure):
        figure.subplots().plot([0, 1], [1, 0])

    content = Content(frame=pd.DataFrame({"x": [0, 1]}), caption="a line", draw=draw)
    need = Need(design=design(SCOPE, default_problem(), (scope_cell(SCOPE),), ("top",), (gd(1.0),)), seeds=2)
    origin = provenance_of(
        item("one-step"), SCOPE, [need], command="python -m verify.figures one-step", options={}
    )
    bytes_of = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        names = write_figure(tmp_path / folder, content, origin, [])
        bytes_of.append({name: (tmp_path / folder / name).read_bytes() for name in names})
    assert bytes_of[0] == bytes_of[1]
    assert sorted(bytes_of[0]) == [
        "one-step.csv",
        "one-step.json",
        "one-step.pdf",
        "one-step.png",
        "one-step.svg",
    ]
    for ending in ("svg", "png"):
        assert b"python -m verify.figures one-step; seeds 0-1" in bytes_of[0][f"one-step.{ending}"]
    with pytest.raises(ValueError, match="must draw something"):
        write_figure(tmp_path, Content(frame=content.frame, caption=""), origin)


def test_options_of_the_python_call_are_checked():
    with pytest.raises(UsageError, match="unknown option 'sedes'; known: seeds"):
        tables.run(["table-2"], sedes=2)
    with pytest.raises(UsageError, match="features: unknown name 'papr'; known: paper"):
        tables.run(["table-2"], features="papr")


def test_a_missing_font_is_replaced_and_said(tmp_path):
    import pandas as pd

    from verify.appendix.item import Content

    def draw(figure):
        figure.text(0.5, 0.5, "x", fontfamily="No Such Font")

    complaints: list[str] = []
    origin = provenance_of(item("activations"), SCOPE, [], command="c", options={})
    write_figure(tmp_path, Content(frame=pd.DataFrame({"x": [0]}), caption="", draw=draw), origin, complaints)
    assert len(complaints) == 1
    assert "No Such Font" in complaints[0]
    assert (tmp_path / "activations.pdf").is_file()


def test_the_time_of_every_group_is_estimated():
    cell = scope_cell(SCOPE)
    seconds = {}
    for group in group_names():
        own = leading_at((gd(1.0),))
        one = (
            design(SCOPE, default_problem(), (cell,), measurement=own)
            if group == "custom"
            else design(SCOPE, default_problem(), (cell,), (group,), (gd(1.0),))
        )
        (requests,) = requests_of(one, (0,)).values()
        seconds[group] = seconds_of(requests)
    assert min(seconds.values()) > 0.0
    assert seconds["spectrum"] > seconds["tails"]


def test_an_option_that_does_nothing_is_said_and_not_recorded():
    from verify.appendix.appendix import effective
    from verify.appendix.command import idle
    from verify.appendix.item import Scope
    from verify.commands.option_table import OPTIONS
    from verify.figures.command import SPEC as FIGURES_SPEC
    from verify.figures.items import ITEMS as FIGURES

    items = {item.id: item for item in FIGURES}
    given = {"quick": True, "seeds": 20, "test_samples": 200, "features": "paper"}
    scope = scope_of(given)
    lone, sweep = items["fig-9"], items["fig-3"]
    assert (
        command_text(FIGURES_SPEC, ["fig-9"], effective(lone, scope, given))
        == "python -m verify.figures fig-9 --quick"
    )
    assert effective(sweep, scope, given) == given
    assert effective(items["spike"], scope, given)["seeds"] == 20
    assert effective(items["spike"], scope, given)["features"] == OPTIONS["features"].default
    lines = idle([lone, sweep], scope, given)
    assert [line.partition(":")[0] for line in lines] == ["--seeds", "--test-samples", "--features"]
    assert all("fig-9" in line and "fig-3" not in line for line in lines)
    assert not idle([lone, sweep], Scope(quick=True), {"quick": True})


def test_the_nearest_id_is_found_whatever_its_case():
    with pytest.raises(UsageError, match="unknown id 'TABLE-2'; known: table-2"):
        choose_items(ITEMS, ["TABLE-2"])


def test_an_id_of_the_other_command_is_called_that():
    with pytest.raises(UsageError, match="unknown id 'fig-2', which verify.figures has; known: "):
        choose_items(ITEMS, ["fig-2"])


def test_quick_test_losses_are_those_of_the_quick_claims():
    assert scope_of({"quick": True}).test_samples == second_stage(True).test_samples == 2000
    assert scope_of({}).test_samples == second_stage(False).test_samples == 5000
    assert scope_of({"quick": True, "test_samples": 200}).test_samples == 200
