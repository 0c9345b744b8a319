"""Records on disk: whole or absent, refused when damaged, never taken for another key's."""

import hashlib
import json
import math

import pytest

from verify.errors import UsageError
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.running.obtain import obtain
from verify.running.request import Request
from verify.running.store import Record, Store, key_digest

KEY = {"n": 10, "N": 5, "d": 3, "seed": 0, "eps": 0.0, "eta": None}


def record(**observables):
    return Record(
        key=KEY,
        observables={name: (value, None) for name, value in observables.items()},
        timings={"total": 1.0},
    )


def test_a_record_comes_back_as_it_was_to_the_last_bit(tmp_path):
    store = Store(tmp_path)
    assert store.load(KEY) is None
    store.save(record(norm=1 / 3, bad=math.nan, huge=math.inf))
    found = store.load(KEY)
    assert found is not None
    assert found.reused
    assert found.value("norm") == 1 / 3
    assert math.isnan(found.value("bad"))
    assert found.value("huge") == math.inf
    assert store.load(KEY | {"eps": 1e-8}) is None
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def _tamper_value(text):
    return text.replace("0.25", "0.26")


def _truncate(text):
    return text[: len(text) // 2]


def _other_key(text):
    document = json.loads(text)
    document["body"]["key"]["seed"] = 1
    return json.dumps(document)


@pytest.mark.parametrize(
    "damage",
    [
        _tamper_value,
        _truncate,
        _other_key,
        lambda text: "",
        lambda text: "[]",
        lambda text: "null",
        lambda text: "\0\0",
    ],
)
def test_a_damaged_record_is_refused_named_and_replaced(tmp_path, damage):
    store = Store(tmp_path)
    store.save(record(norm=0.25))
    path = store.path(KEY)
    path.write_text(damage(path.read_text()))
    assert store.load(KEY) is None
    assert [refused for refused, _ in store.refused] == [path]
    store.save(record(norm=0.25))
    again = Store(tmp_path)
    assert again.load(KEY).value("norm") == 0.25
    assert again.refused == []


def test_what_is_no_file_is_refused_and_named(tmp_path):
    store = Store(tmp_path)
    store.path(KEY).mkdir()
    assert store.load(KEY) is None
    assert store.refused[0][1] == "not a file"
    with pytest.raises(UsageError, match="--store: .* is in the way"):
        store.save(record(norm=0.25))


def test_the_key_decides_the_name():
    assert key_digest(KEY) == key_digest(dict(reversed(KEY.items())))
    assert key_digest(KEY) != key_digest(KEY | {"seed": 1})


FORMER = {
    "n": 10, "N": 5, "d": 3, "seed": 0, "stream": 0, "draw_format": 1, "dtype": "float32", "observables": "gradient",
    "fingerprints": {"student": "tanh", "teacher": "softplus"}, "noise": 0.3,
}  # fmt: skip
"""A key as the version before records had a step and the code behind them wrote it."""


def former_record(folder, name=None):
    """A record of the former format under the name that it had, or under another."""
    body = {"key": FORMER, "observables": {"initial_loss": [99.0, None]}, "timings": {"total": 1.0}}
    text = json.dumps(
        {"checksum": hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(), "body": body}
    )
    old = json.dumps({"key": FORMER, "format": 1, "sim": "0" * 64}, sort_keys=True)
    path = folder / (name or f"{hashlib.sha256(old.encode()).hexdigest()}.json")
    path.write_text(text, encoding="utf-8")
    return path


def test_a_store_of_the_former_code_is_neither_read_nor_lost(tmp_path):
    """Its records are not taken for ours, whatever their names; a run beside them leaves them as they are."""
    request = Request(
        problem=make_problem(), cell=Cell(n=10, N=5, d=3), seed=0, group="gradient", step=0, paired=True
    )
    path, text = former_record(tmp_path), former_record(tmp_path).read_text(encoding="utf-8")
    store = Store(tmp_path)
    assert store.load(request.key()) is None
    assert store.refused == []
    records = obtain([request], store=store)
    assert records[request].value("initial_loss") != 99.0
    assert not records[request].reused
    assert path.read_text(encoding="utf-8") == text
    assert obtain([request], store=Store(tmp_path))[request].reused
    assert len(list(tmp_path.iterdir())) == 2


def test_a_former_record_in_the_place_of_ours_is_refused_and_named(tmp_path):
    request = Request(problem=make_problem(), cell=Cell(n=10, N=5, d=3), seed=0, group="gradient", step=0)
    former_record(tmp_path, f"{key_digest(request.key())}.json")
    store = Store(tmp_path)
    assert store.load(request.key()) is None
    assert [reason for _, reason in store.refused] == ["it holds another key"]
