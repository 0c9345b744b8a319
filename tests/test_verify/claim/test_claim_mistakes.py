"""A claim of one's own with a mistake is one line and exit code 2, whatever the mistake; a size that is none is refused."""

import pytest

from verify.calibration.experiment import _folder
from verify.commands.shell import shell
from verify.everything.command import main
from verify.problem.cells import Cell

pytestmark = pytest.mark.usefixtures("few_claims")

FILE = """from verify.claim import Claim, Kind, Lie, Prediction
from verify.problem.cells import Cell
from verify.claim import judge_value
from verify.claim import measurement
from verify.problem import Update, make_problem
from verify.claim import Design

def measure(draw, gradient, backend):
    return {"x": float(draw.seed)}

CLAIM = Claim(id="U.x", statement="s", source="s", kind=Kind.VALUE, observable="x", seeds=3, margin=1.0,
    predict=lambda case: Prediction(value=1.0), judge=judge_value, margin_reason="m",
    lies=(Lie(name="l", law=lambda case, p: p.value + 2.0),),
    design=Design(problem=make_problem(), cells=(Cell(n=20, N=15, d=10),), measurement=measurement(measure)))
"""


def run(text, folder, capsys):
    path = folder / "mine.py"
    path.write_text(text)
    words = [
        "--claims",
        str(path),
        "--only",
        "U",
        "--quiet",
        "--store",
        str(folder / "s"),
        "--out",
        str(folder / "o"),
    ]
    code = shell("verify", main, words)
    return code, capsys.readouterr().err


def test_the_file_without_a_mistake_runs(tmp_path, capsys):
    assert run(FILE, tmp_path, capsys) == (3, "")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("judge=judge_value", "judge=lambda claim, sample: None", "judge must return a Finding"),
        ("judge=judge_value", "judge=3", "judge must be a function"),
        ('Lie(name="l", law=lambda case, p: p.value + 2.0)', '"l"', "lies must hold a Lie each"),
        ("p.value + 2.0", '"a"', "lie 'l' must be a number"),
        ("Prediction(value=1.0)", "None", "predict must return a Prediction"),
        ("Prediction(value=1.0)", "Prediction(value=1 / 0)", "ZeroDivisionError"),
        ('{"x": float(draw.seed)}', "None", "must return a dict of numbers by name"),
        ('{"x": float(draw.seed)}', '{"x": "a"}', "must return a dict of numbers by name"),
        ('{"x": float(draw.seed)}', '{"x": 10**400}', "must return a dict of numbers by name"),
        ('{"x": float(draw.seed)}', '{"y": 1.0}', "observable 'x' is not among what was measured: y"),
        ("measurement=measurement(measure)", 'groups=("nonsense",)', "groups must be of"),
        (
            "measurement=measurement(measure)",
            'groups=("custom",)',
            "give measurement=verify.claim.measurement(function)",
        ),
        (
            "measurement=measurement(measure)",
            'groups=("top",)',
            "updates must hold at least one for the group 'top'",
        ),
        (
            "measurement=measurement(measure)",
            'groups=("top",), updates=(Update(),)',
            "must have a learning rate eta for the group 'top'",
        ),
        ("measurement=measurement(measure)", "measurement=measure", "measurement must be made by"),
        ("measurement(measure)", "measurement(measure, x=[1])", "option x of a measurement must be hashable"),
        ("measurement(measure)", "measurement(3)", "a measurement must be a function; got int"),
        (", measurement=measurement(measure)", "", "got none"),
        ("(Cell(n=20, N=15, d=10),)", "()", "cells must hold at least one"),
        ("n=20", "n=-20", "n must be an integer of at least 1; got -20"),
        ("n=20", "n=20.5", "n must be an integer of at least 1; got 20.5"),
        ("seeds=3", "seeds=1", "seeds must be at least 2"),
    ],
)
def test_every_mistake_is_one_line_that_names_the_file(before, after, says, tmp_path, capsys):
    assert before in FILE
    code, error = run(FILE.replace(before, after), tmp_path, capsys)
    assert code == 2
    assert error.count("\n") == 1
    assert says in error
    assert "mine.py:" in error


def test_sizes_are_positive_integers():
    for sizes in ({"n": 0}, {"N": -1}, {"d": 1.5}, {"d": "3"}):
        with pytest.raises(ValueError, match="must be an integer of at least 1"):
            Cell(**({"n": 2, "N": 2, "d": 2} | sizes))


def test_the_workers_of_a_calibration_find_a_relative_store(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    with _folder(Path("here")) as folder:
        assert folder == tmp_path / "here"
