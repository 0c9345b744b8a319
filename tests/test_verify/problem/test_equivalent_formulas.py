"""One function in several formulas, shifted and scaled at random: theory, simulation and commands cannot tell them apart."""

import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.commands import called
from support.formulas import WAYS, exact, tree_of

from sim.backend import get_backend
from sim.functions.activations import from_tree as array_form
from sim.measures.mean_derivative import mean_derivative
from theory.functions.activations import from_tree as symbol_form
from theory.functions.activations import parity
from theory.moments.moments import STUDENT_FIELDS, TEACHER_FIELDS, student_moments, teacher_moments

NUMPY = get_backend("numpy")
NAMES = sorted(WAYS)
FACTORS = st.one_of(st.floats(0.1, 5.0), st.floats(5.0, 300.0)).map(lambda x: float(f"{x:.3g}"))


@st.composite
def pairs(draw, names=tuple(NAMES), factors=FACTORS):
    """Two formulas of one function of factor z + shift, the first by name."""
    name = draw(st.sampled_from(names))
    other = draw(st.sampled_from(WAYS[name][1:]))
    factor = draw(factors) * draw(st.sampled_from([1.0, -1.0]))
    shift = float(f"{draw(st.floats(-3.0, 3.0)):.3g}")
    u = f"{factor!r}*z+{shift!r}"
    return WAYS[name][0], other, u, factor, shift


def rounding(name, u_values, factor, dtype):
    """What rounding of u, and of what some formulas take away again, leaves of a value."""
    eps = float(np.finfo(dtype).eps)
    return 32.0 * eps * (1.0 + np.abs(u_values)) * max(1.0, abs(factor))


@given(pairs(), st.floats(-30.0, 30.0), st.sampled_from(["float32", "float64"]))
def test_the_simulation_gives_the_same_value_and_slope(pair, z, dtype):
    plain, other, u, factor, shift = pair
    at = np.array([z, 0.37 * z, -z, 100.0 * z], dtype=dtype)
    with np.errstate(over="ignore", under="ignore"):
        ours, theirs = (
            array_form(tree_of(text, u), name="expr").value_and_derivative(NUMPY, at)
            for text in (plain, other)
        )
    argument = factor * at.astype(float) + shift
    allowed = rounding(plain, argument, factor, dtype)
    assert (np.abs(ours[0].astype(float) - theirs[0].astype(float)) <= allowed).all()
    beside = np.abs(argument) > 1e-2  # the kink of relu
    assert (np.abs(ours[1].astype(float) - theirs[1].astype(float)) <= allowed * max(1.0, abs(factor)))[
        beside
    ].all()


@given(pairs(), st.floats(-6.0, 6.0))
def test_both_packages_agree_with_multiprecision(pair, z):
    plain, other, u, factor, shift = pair
    value, slope = (float(number) for number in exact(tree_of(plain, u), z))
    argument = factor * z + shift
    if abs(argument) < 1e-3:
        return
    at = np.array([z])
    allowed = rounding(plain, np.array([argument]), factor, "float64")[0]
    symbols, arrays = (form(tree_of(other, u), name="expr") for form in (symbol_form, array_form))
    with np.errstate(over="ignore", under="ignore"):
        for found in (symbols.value(at), arrays.value(NUMPY, at)):
            assert abs(float(found[0]) - value) <= allowed
        for found in (symbols.derivative(at), arrays.derivative(NUMPY, at)):
            assert abs(float(found[0]) - slope) <= allowed * max(1.0, abs(factor))
    lie = value + 0.01 * (1.0 + abs(value))
    assert abs(lie - value) > min(allowed, 1e-3)  # a per cent off


@settings(max_examples=25)
@given(pairs())
def test_theory_gives_the_same_moments(pair):
    plain, other, u, *_ = pair
    f, g = (symbol_form(tree_of(text, u), name=f"expr:{text}") for text in (plain, other))
    assert parity(f) == parity(g)
    for moments, fields in ((student_moments, STUDENT_FIELDS), (teacher_moments, TEACHER_FIELDS)):
        ours, theirs = moments(f), moments(g)
        scale = 1.0 + max(abs(getattr(ours, field)) for field in fields)
        for field in fields:
            assert getattr(theirs, field) == pytest.approx(getattr(ours, field), rel=1e-8, abs=1e-11 * scale)
        assert theirs.flag == ours.flag
    assert mean_derivative(array_form(tree_of(other, u), name="expr")) == pytest.approx(
        student_moments(f).mu_1, rel=1e-7, abs=1e-9
    )


def records_of(folder):
    with (folder / "records.csv").open() as file:
        return [(row["observable"], row["seed"], float(row["value"])) for row in csv.DictReader(file)]


SMALL = ("--sizes", "90,60,40", "--seeds", "2", "--threads", "1", "--quiet", "--fresh")


@pytest.mark.parametrize(
    ("name", "u"), [("tanh", "20*z"), ("sigmoid", "20*z"), ("softplus", "z-1"), ("silu", "3*z")]
)
def test_commands_cannot_tell_formulas_apart(name, u, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    texts = [text.format(u=u) for text in WAYS[name][:3]]
    measured, predicted = [], []
    for index, text in enumerate(texts):
        done = called(capsys, "verify.scaling", *SMALL, "--student", f"expr:{text}", "--out", str(index))
        assert done.returncode in (0, 1, 3), done.stderr
        measured.append(records_of(tmp_path / str(index)))
        said = called(
            capsys,
            "verify.predict",
            "--sizes",
            "90,60,40",
            "--eta",
            "100",
            "--student",
            f"expr:{text}",
            "--json",
        )
        assert said.returncode == 0, said.stderr
        predicted.append(said.stdout.replace(f"expr:{text}", "expr"))
    for other in measured[1:]:
        assert [row[:2] for row in other] == [row[:2] for row in measured[0]]
        for (*_, ours), (*_, theirs) in zip(measured[0], other, strict=True):
            assert math.isfinite(theirs)
            assert theirs == pytest.approx(ours, rel=2e-3)
    numbers = [[float(word) for word in _numbers(text)] for text in predicted]
    for other in numbers[1:]:
        assert other == pytest.approx(numbers[0], rel=1e-5, abs=1e-9, nan_ok=True)


def _numbers(text):
    import json

    record = json.loads(text)
    record = record[0] if isinstance(record, list) else record
    return [quantity["value"] for quantity in record["quantities"] if quantity["value"] is not None]
