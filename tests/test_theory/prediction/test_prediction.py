"""The record that `theory.predict` returns: look-up, frame, table for people, catalogue."""

import dataclasses
import math
import re
from pathlib import Path

import pytest
from support.paper_record import PAPER, paper

import theory
from theory.prediction.catalogue import CATALOGUE, SECTIONS
from theory.prediction.digits import value_text
from theory.prediction.prediction import predict

DERIVATIONS = Path(__file__).parents[3] / "docs" / "derivations"


def test_lookup():
    record = paper((0.1, 1.0))
    assert record["sim", 1.0].eta == 1.0
    assert record["update_operator_norm"] is record["operator_norm"]
    assert {q.features for q in record.select("test_loss", eta=0.1)} == {"paper", "released"}
    assert "sim" in record
    assert "nonsense" not in record
    with pytest.raises(KeyError, match="several"):
        record["sim"]
    with pytest.raises(KeyError, match=r"'sim', 0.1"):
        record["sim", 0.2]
    with pytest.raises(KeyError, match="there are mu_1"):
        record["nonsense"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.n = 3
    assert len(list(record)) == len(record) == len(record.quantities)


def test_frame_holds_every_quantity():
    record = paper((0.1, 1.0))
    frame = record.to_frame()
    assert list(frame["name"]) == [quantity.name for quantity in record]
    assert frame["valid"].sum() == sum(quantity.valid for quantity in record)
    row = frame[(frame.name == "test_loss") & (frame.eta == 0.1) & (frame.features == "released")]
    assert row.value.item() == record["test_loss", 0.1, "released"].value


def test_table_for_people():
    text = str(predict(**PAPER, student="relu", eta=[0.1, 1.0]))
    lines = text.splitlines()
    assert lines[0].startswith("Prediction for n = 2000, N = 1500, d = 1000; ntk, student relu")
    for section in SECTIONS:
        assert section in lines
    marks = {int(n) for group in re.findall(r"\[([\d,]+)\]", text) for n in group.split(",")}
    assert marks == set(range(1, max(marks) + 1))
    for number in marks:  # each note that is referred to is there, and the other way round
        assert sum(line.startswith(f"  [{number}] ") for line in lines) == 1
    assert "sign_norm_ratio " in text
    assert "nan" not in text


@pytest.mark.parametrize(
    ("value", "sd", "text"),
    [
        (0.82444, 0.0066, "0.8244 +- 0.0066"),
        (1009.7, 8.0, "1009.7 +- 8.0"),
        (790.6, 12.9, "791 +- 13"),
        (100990.0, 803.0, "1.0099e+05 +- 8e+02"),
        (0.5, math.nan, "0.5"),
        (math.nan, math.nan, "-"),
        (math.inf, math.nan, "inf"),
        (3.5931e-05, 1.5e-06, "3.5931e-05 +- 1.5e-06"),
    ],
)
def test_numbers_for_people(value, sd, text):
    assert value_text(value, sd) == text


def test_catalogue_and_record_name_the_same_things():
    everything = paper((0.1,)).names + paper((100.0,), optimiser="gd").names
    # deflation needs N < d and many samples
    deflated = predict(n=12800, N=40, d=400, eta=[390.0], optimiser="gd")
    assert set(everything) | set(deflated.names) == set(CATALOGUE)


def test_every_equation_is_derived():
    """Each label stands on a page of docs/derivations/, and a label that does not is noticed."""
    labels = {
        label
        for page in DERIVATIONS.glob("*.md")
        for label in re.findall(r"\$\$ \(([a-z]+-\d+)\)", page.read_text(encoding="utf-8"))
    }
    assert "sign-99" not in labels
    cited = {entry.equation for entry in CATALOGUE.values()}
    cited |= {entry.gd_equation for entry in CATALOGUE.values() if entry.gd_equation}
    assert cited <= labels, cited - labels


def test_public_names_of_the_package():
    for name in theory.__all__:
        assert getattr(theory, name) is not None, name
    root = Path(theory.__file__).parent
    assert len(list(root.rglob("*.py"))) >= 70
    modules = {path.stem for path in root.iterdir()}  # files and folders
    assert len(modules) >= 10
    # else a name means the function or the module by what came first
    assert not set(theory.__all__) & modules
    with pytest.raises(AttributeError, match="nonsense"):
        theory.nonsense
