"""The one Markdown and the one LaTeX table: what they write, and that nobody writes one beside them."""

import math
from pathlib import Path

import pytest

import verify
from verify.presentation.table import Column, Measured, sheet_of_columns
from verify.presentation.writers import latex_tabular, markdown_table, siunitx_cell

NOTHING = Measured(mean=math.nan, error=math.nan)
RULES = ("--- |", "\\toprule", ".to_latex(")


def test_a_bar_is_escaped_once_and_a_row_stays_a_line():
    table = markdown_table(["a|b", r"c\|d"], [["|x|", "one\ntwo"]], "rl").splitlines()
    assert table == [r"| a\|b | c\|d |", "| ---: | --- |", r"| \|x\| | one two |"]


def test_a_letter_per_column_or_one_for_all():
    assert markdown_table(["a", "b"], [], "l").endswith("| --- | --- |")
    with pytest.raises(ValueError, match="longer"):
        markdown_table(["a", "b", "c"], [], "lr")


def test_plain_texts_are_escaped_in_latex_where_they_are_meant_so():
    assert "50 \\% & a\\_b" in latex_tabular(["c", "d"], [["50 %", "a_b"]], "ll", escape=True)
    assert "$x_1$ & 1.2(3)" in latex_tabular(["c", "d"], [["$x_1$", "1.2(3)"]], "lS")
    assert latex_tabular(["same", "same"], [["1", "2"]], "SS").splitlines()[2] == "same & same \\\\"


@pytest.mark.parametrize(
    ("text", "cell"),
    [("-", "{--}"), ("exact", "{exact}"), ("-1.5(2)", "-1.5(2)"), ("+0.3", "+0.3"), ("7", "7")],
)
def test_words_in_a_column_of_numbers_are_braced(text, cell):
    assert siunitx_cell(text) == cell


def test_columns_make_a_table_in_every_form():
    columns = [
        Column(heading="s_1", name="top", entries=(Measured(mean=1.5, error=0.02), NOTHING)),
        Column(heading="outliers", name="count", entries=(1, 0)),
    ]
    sheet = sheet_of_columns(columns, note="a note", title="spikes")
    assert [line.split() for line in sheet.text().splitlines()] == [
        ["s_1", "outliers"],
        ["1.500(20)", "1"],
        ["-", "0"],
    ]
    assert sheet.markdown().endswith("\n\na note\n")
    assert "{s\\_1} & {outliers}" in sheet.latex()
    assert "{--} & 0" in sheet.latex()
    assert sheet.files()["table.csv"].splitlines()[0] == "top_mean,top_standard_error,count"


def writers_in(root):
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if any(rule in path.read_text(encoding="utf-8") for rule in RULES)
    }


def test_nobody_writes_a_table_beside_them(tmp_path):
    root = Path(verify.__file__).parent
    assert writers_in(root) == {"presentation/writers.py"}
    (tmp_path / "another.py").write_text('rule = "|" + " --- |" * len(heading)\n')
    assert writers_in(tmp_path) == {"another.py"}
