"""Records whose checksum is right and whose content is not: refused, named and computed again."""

import json
import math
from dataclasses import replace

import pytest

from verify.errors import UsageError
from verify.measurements.spectra import leading_at
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.update import adam
from verify.running.complete import names_of
from verify.running.design import Design, readings_of_design
from verify.running.groups import CUSTOM, asked_of, group_names
from verify.running.measurement import measurement
from verify.running.obtain import obtain
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.store import Store, _body_checksum

CELL = Cell(n=24, N=12, d=8)
GRADIENT = Request(problem=make_problem(), cell=CELL, seed=0, group="gradient", step=0)
OURS = Request(
    problem=make_problem(), cell=CELL, seed=0, group=CUSTOM, measurement=leading_at((adam(0.5),)), paired=True
)


def of_group(name):
    asked = asked_of(name)
    return replace(
        GRADIENT, group=name, update=adam(0.5) if asked.needs_update else None, step=int(asked.needs_update)
    )


@pytest.mark.parametrize("name", [name for name in group_names() if name != CUSTOM])
def test_what_a_record_must_hold_is_what_its_group_measures(name):
    request = of_group(name)
    record = obtain([request], store=None)[request]
    assert names_of(request)
    assert names_of(request) <= set(record.observables)
    assert name == "update-norms" or names_of(request) == set(record.observables)


def rewritten(store, request, change):
    """The request's record with its body changed and a checksum that fits it."""
    path = store.path(request.key())
    body = json.loads(path.read_bytes())["body"]
    change(body)
    path.write_text(json.dumps({"checksum": _body_checksum(body), "body": body}))
    return path


def first_set(value):
    def change(body):
        body["observables"][min(body["observables"])] = value

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda body: body["observables"].popitem(),
            "it lacks ",
        ),
        (lambda body: body["observables"].clear(), "it lacks "),
        (first_set([10**400, None]), "is beyond floating point"),
        (first_set([0.5, 10**400]), "is beyond floating point"),
        (first_set([0.5, "0.1"]), "is no number"),
        (first_set(["0.5", None]), "is no number"),
        (first_set([True, None]), "is no number"),
        (first_set([None, None]), "is no number"),
        (first_set([[0.5], None]), "is no number"),
        (first_set([0.5]), ""),
        (first_set(0.5), ""),
        (lambda body: body["timings"].update(total="long"), "is no number"),
        (lambda body: body.update(observables=[]), ""),
        (lambda body: body.update(timings=None), ""),
    ],
)
def test_a_record_with_its_checksum_and_a_content_that_was_never_measured_is_refused(tmp_path, change, says):
    store = Store(tmp_path)
    first = obtain([GRADIENT], store=store)[GRADIENT]
    path = rewritten(store, GRADIENT, change)
    progress = Progress()
    again = obtain([GRADIENT], store=Store(tmp_path), progress=progress)[GRADIENT]
    assert again.observables == first.observables
    assert not again.reused
    (line,) = progress.refused
    assert line.startswith(f"{path.name}: ")
    assert says in line
    assert obtain([GRADIENT], store=Store(tmp_path))[GRADIENT].reused


def test_what_diverged_is_still_a_record(tmp_path):
    store = Store(tmp_path)
    obtain([GRADIENT], store=store)
    rewritten(store, GRADIENT, first_set([math.nan, math.inf]))
    assert obtain([GRADIENT], store=Store(tmp_path))[GRADIENT].reused


def test_a_measurements_record_that_lacks_what_the_others_have_is_computed_again(tmp_path):
    requests = [replace(OURS, seed=seed) for seed in range(3)]
    first = obtain(requests, store=Store(tmp_path))
    rewritten(Store(tmp_path), requests[1], lambda body: body["observables"].pop("s_1[adam 0.5]"))
    progress = Progress()
    again = obtain(requests, store=Store(tmp_path), progress=progress)
    assert [record.observables for record in again.values()] == [
        record.observables for record in first.values()
    ]
    assert [record.reused for record in again.values()] == [True, False, True]
    assert "it lacks s_1[adam 0.5], which others like it have" in progress.refused[0]


def test_a_lone_record_that_lacks_what_is_read_of_it_is_the_stores_fault(tmp_path):
    """Nothing shows what it should hold, so it is told when it is read: one line that says what to do."""
    obtain([OURS], store=Store(tmp_path))
    rewritten(Store(tmp_path), OURS, lambda body: body["observables"].pop("s_1[adam 0.5]"))
    record = obtain([OURS], store=Store(tmp_path))[OURS]
    assert record.reused
    with pytest.raises(UsageError, match=r"--store: .* lacks 's_1\[adam 0.5\]'; run with --fresh"):
        record.value("s_1[adam 0.5]")
    design = Design(problem=OURS.problem, cells=(OURS.cell,), measurement=OURS.measurement, paired=True)
    (readings,) = readings_of_design(design, [OURS.seed], {OURS: record})
    with pytest.raises(UsageError, match="run with --fresh"):
        readings.value("s_1[adam 0.5]")
    fresh = obtain([OURS], store=Store(tmp_path), fresh=True)
    (readings,) = readings_of_design(design, [OURS.seed], fresh)
    with pytest.raises(KeyError, match="is not among what was measured"):  # not the store's: our own mistake
        readings.value("s_1[adam 7]")


def own(draw, gradient, backend):
    """A measurement of a user's file: two names, known to nobody else."""
    return {"first": float(draw.seed), "second": 1.0}


OWN = replace(OURS, measurement=measurement(own))


def test_a_record_of_ones_own_measurement_that_lacks_a_name_is_computed_again(tmp_path):
    requests = [replace(OWN, seed=seed) for seed in range(3)]
    first = obtain(requests, store=Store(tmp_path))
    rewritten(Store(tmp_path), requests[1], lambda body: body["observables"].pop("second"))
    progress = Progress()
    again = obtain(requests, store=Store(tmp_path), progress=progress)
    assert [record.reused for record in again.values()] == [True, False, True]
    assert [r.observables for r in again.values()] == [r.observables for r in first.values()]
    assert "it lacks second, which others like it have" in progress.refused[0]


def test_a_value_of_ones_own_measurement_without_its_checksum_is_refused(tmp_path):
    obtain([OWN], store=Store(tmp_path))
    path = Store(tmp_path).path(OWN.key())
    path.write_text(path.read_text(encoding="utf-8").replace("1.0", "7.0"), encoding="utf-8")
    progress = Progress()
    record = obtain([OWN], store=Store(tmp_path), progress=progress)[OWN]
    assert (record.reused, record.value("second")) == (False, 1.0)
    assert "its checksum does not match" in progress.refused[0]


def test_records_of_ones_own_that_all_lack_a_name_are_told_beside_what_is_there(tmp_path):
    obtain([OWN], store=Store(tmp_path))
    rewritten(Store(tmp_path), OWN, lambda body: body["observables"].pop("second"))
    record = obtain([OWN], store=Store(tmp_path))[OWN]
    design = Design(problem=OWN.problem, cells=(OWN.cell,), measurement=OWN.measurement, paired=True)
    (readings,) = readings_of_design(design, [OWN.seed], {OWN: record})
    with pytest.raises(KeyError, match="among what was measured: first; .* --fresh measures again"):
        readings.value("second")
    fresh = obtain([OWN], store=Store(tmp_path), fresh=True)
    (readings,) = readings_of_design(design, [OWN.seed], fresh)
    assert readings.value("second") == 1.0
    with pytest.raises(KeyError, match=r"first, second\W*$"):  # the claim's own mistake: no word of a store
        readings.value("third")
