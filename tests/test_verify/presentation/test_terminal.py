"""Lines as wide as the terminal: what is never broken, and what is when a table has no room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.presentation.numbers import aligned
from verify.presentation.sheet import Sheet, parts_of
from verify.presentation.terminal import terminal_width, wrapped, wrapped_items

KEPT = ["sqrt(N d)", "[0.4903, 0.5049]", "c = 0.82", "0.5 +- 0.03", "||eta D_0||_2", "4.5 % of", "about 12 s"]


@pytest.mark.parametrize("kept", KEPT)
def test_a_formula_is_never_broken(kept):
    for width in range(20, 60):
        text = wrapped(f"the norm of a matrix is such that {kept} for every seed", width)
        assert kept in text
        assert max(map(len, text.splitlines())) <= width


def test_a_negative_number_may_begin_a_line():
    assert (
        wrapped("in the cell that is farthest from it: -0.009 in [-0.043, 0.025]", 42)
        .splitlines()[1]
        .startswith("-0.009")
    )


@given(st.lists(st.text("abc-_.", min_size=1, max_size=30), min_size=1), st.integers(40, 120))
def test_words_stay_whole_and_no_line_is_too_long(words, width):
    text = wrapped(" ".join(words), width, indent=2, hang=2)
    assert text.split() == words
    assert max(map(len, text.splitlines())) <= width


def test_items_are_broken_between_each_other():
    text = wrapped_items("lies refuted", ["one c for every n/d", "falls like 1/d", "no decay at all"], 40)
    assert all(item in text for item in ("one c for every n/d", "falls like 1/d", "no decay at all"))
    assert len(text.splitlines()) == 2


def test_the_width_is_the_terminals_own(monkeypatch):
    for said, width in (("100", 100), ("7", 40)):
        monkeypatch.setenv("COLUMNS", said)
        assert terminal_width() == width
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr("shutil.get_terminal_size", lambda usual: type("Size", (), {"columns": usual[0]}))
    assert terminal_width() == 80


ROWS = [
    ["k", "n", "left", "predicted", "right", "predicted"],
    ["1", "400", "0.5(1)", "0.5", "0.25(1)", "0.25"],
]


def a_sheet(**changes):
    fields = {
        "heading": tuple(ROWS[0]), "markdown_heading": tuple(ROWS[0]), "latex_heading": tuple(ROWS[0]),
        "rows": (tuple(ROWS[1]),), "frame": None, "note": "", "comment": "", "keys": 2, "groups": (2, 2),
    }  # fmt: skip
    return Sheet(**fields | changes)


def test_a_table_that_is_too_wide_has_parts_with_the_same_keys():
    whole = a_sheet().text()
    assert a_sheet().text(len(whole.splitlines()[0])) == whole
    parts = a_sheet().text(40).split("\n\n")
    assert [part.split()[:2] for part in parts] == [["k", "n"], ["k", "n"]]
    assert "left" in parts[0]
    assert "right" in parts[1]
    assert all(len(line) <= 40 for part in parts for line in part.splitlines())


def test_a_narrow_form_comes_before_parts():
    narrow = (("k", 0), ("left\n/right", 2))
    assert a_sheet(narrow=narrow).text(38) == "       left\n  k  /right\n  1  0.5(1)"
    assert a_sheet(narrow=narrow).text(10).count("k") > 1  # no room for it either


def test_a_group_that_fits_nowhere_stands_alone():
    parts = parts_of(ROWS, 2, (2, 2), 10)
    assert [part[0] for part in parts] == [ROWS[0][:4], [*ROWS[0][:2], *ROWS[0][4:]]]
    assert aligned(parts[0]).splitlines()[1].split() == ["1", "400", "0.5(1)", "0.5"]
