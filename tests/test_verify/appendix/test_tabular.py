"""A table's four forms: the same numbers, value(uncertainty), columns on the decimal point."""

import io
import math

import pandas as pd
import pytest

from verify.appendix.typesetting.latex_table import latex_text
from verify.appendix.typesetting.tabular import csv_text, markdown_text, plain_rows, plain_text, shown
from verify.presentation.table import Measured
from verify.tables.columns import ItemColumn, content_of, deviation, measured_finite

CONTENT = content_of(
    [
        ItemColumn(name="eta", heading="eta", entries=(0.001, 1.0, 3000.0), form="g"),
        ItemColumn(
            name="loss",
            heading="L(eta)/L(0)",
            entries=(
                Measured(mean=0.98815, error=0.00015),
                Measured(mean=23.1, error=1.4),
                measured_finite([math.inf, 1.0]),
            ),
            panel="first",
        ),
        ItemColumn(
            name="loss_predicted",
            heading="predicted",
            entries=(0.98840123, 22.7123, math.nan),
            panel="first",
            form="=loss",
        ),
        ItemColumn(name="word", heading="word", entries=("a|b", "c_d", "-"), panel="second"),
    ],
    "A table",
    "A note",
)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (Measured(mean=0.82437, error=0.0031), "0.8244(31)"),
        (Measured(mean=1.0, error=0.0), "1"),
        (Measured(mean=0.0, error=0.0), "0"),
        (Measured(mean=1.0 + 1e-10, error=2.5e-9), "1"),  # rounding, not a scatter
        (Measured(mean=1.0, error=1e-5), "1.000000(10)"),
        (Measured(mean=math.nan, error=math.nan), "-"),
        (Measured(mean=5.0, error=math.nan), "5.000"),
        (None, "-"),
        (math.nan, "-"),
        (7, "7"),
        (1000.0, "1000"),
        (0.25, "0.25"),
        (True, "True"),
    ],
)
def test_one_entry(entry, text):
    assert shown(entry) == text


def test_a_prediction_has_the_decimals_of_its_measurement():
    lines = plain_text(CONTENT).splitlines()
    assert "0.98815(15)    0.98840" in lines[4]
    assert "23.1(14)       22.7" in lines[5]
    assert lines[6].split() == ["3000", "-", "-"]  # divergence is a value: no number, no error bar


def test_csv_has_every_digit_and_json_has_no_nan():
    frame = pd.read_csv(io.StringIO(csv_text(CONTENT.frame)))
    assert list(frame.columns) == ["eta", "loss", "loss_standard_error", "loss_predicted", "word"]
    assert frame["loss_predicted"][1] == 22.7123
    assert frame["loss_standard_error"][0] == 0.00015
    assert plain_rows(CONTENT.frame)[2]["loss"] is None
    assert plain_rows(CONTENT.frame)[0]["loss"] == 0.98815


def test_markdown_repeats_the_keys_and_escapes():
    text = markdown_text(CONTENT)
    assert text.count("| $\\eta$ |") == 2
    assert "a\\|b" in text
    assert "| ---: | ---: | ---: |" in text
    assert "| ---: | --- |" in text


def test_latex_columns_are_as_wide_as_their_numbers():
    text = latex_text(CONTENT, label="t", comment=["made by a command"])
    assert "S[table-format=4.3]S[table-format=2.5(2)]S[table-format=2.5]" in text
    assert "{--}" in text
    assert text.count("\\begin{table}") == 1
    assert text.count("\\begin{tabular}") == 2
    assert "% made by a command" in text


def test_a_long_table_is_one_environment_per_panel():
    columns = [ItemColumn(name="k", heading="k", entries=tuple(range(40)))]
    columns += [
        ItemColumn(name=f"x{i}", heading="x", entries=(1.0,) * 40, panel=f"part {i}") for i in range(2)
    ]
    text = latex_text(content_of(columns, "Long", "Only once."), label="long")
    assert text.count("\\begin{table}") == 2
    assert "\\label{tab:long-1}" in text
    assert "\\caption{Long: part 1}" in text
    assert text.count("Only once.") == 1


def test_a_deviation_is_in_predicted_standard_errors_where_they_are_known():
    found = Measured(mean=1.1, error=0.05)
    assert deviation(found, 1.0) == pytest.approx(2.0)
    assert deviation(found, 1.0, spread=0.2, seeds=4) == pytest.approx(1.0)
    assert math.isnan(deviation(Measured(mean=1.0, error=0.0), 1.0))
