"""Whatever a command returns has `to_frame`."""

import pytest

from verify import figures, overlap, predict, rank_one, scaling, spike, tables
from verify.calibration.experiment import CalibrationResult
from verify.calibration.false_alarms import all_trials, count_alarms

SMALL = {"sizes": [(80, 60, 40)], "eta": [2.0], "seeds": 3, "store": None}
RUNS = {
    "scaling": lambda: scaling.run(sizes=[(80, 60, 40)], design="ray", seeds=2, store=None),
    "spike": lambda: spike.run(**SMALL),
    "overlap": lambda: overlap.run(**SMALL),
    "rank_one": lambda: rank_one.run(scales=[1, 2, 4], base=(20, 15, 10), seeds=3, store=None),
    "predict": lambda: predict.run(sizes=[(80, 60, 40), (160, 120, 80)], eta=[0.1]),
    "figures": lambda: figures.run(["bimodal"], quick=True),
    "tables": lambda: tables.run(["activations"], quick=True),
}


@pytest.mark.parametrize("command", RUNS)
def test_what_a_command_returns_has_a_frame_and_shows_itself(command):
    found = RUNS[command]()
    assert len(found.to_frame()) >= len(found) > 0
    assert "<table" in found._repr_html_() or command == "figures"
    assert len(repr(found)) < len(found._repr_html_())


def test_tables_and_figures_show_what_their_files_do():
    tables_found, figures_found = RUNS["tables"](), RUNS["figures"]()
    page = tables_found._repr_html_()
    assert "softplus teacher" in page  # the headings of the files, not the columns' names
    assert "c_softplus" not in page
    assert "0.8244" in page
    assert "Measured(" not in page
    assert "softplus teacher" in str(tables_found)
    page = figures_found._repr_html_()
    assert "data:image/png;base64," in page
    assert "background-color: white" in page  # its letters are black in a dark theme too
    assert len(repr(figures_found["bimodal"])) < 150


def test_a_slice_of_predictions_is_one_of_them():
    found = RUNS["predict"]()
    assert type(found[:1]) is type(found)
    assert found[:1].to_frame()["d"].unique().tolist() == [found[0].d]


def test_frame_of_several_predictions_tells_them_apart():
    found = RUNS["predict"]()
    frame = found.to_frame()
    assert frame.groupby("d").size().to_dict() == {record.d: len(record) for record in found}
    again = frame[(frame.d == 80) & (frame.name == "sign_norm_ratio")]["value"].tolist()
    assert again == [found[1]["sign_norm_ratio"].value]
    assert str(found[0]) in str(found)
    assert str(found[1]) in str(found)


def test_frame_of_a_calibration_has_a_row_per_judge_and_rate():
    trials = list(all_trials())[:1]
    found = CalibrationResult(alarms=tuple(count_alarms(trials, replicates=20)))
    frame = found.to_frame()
    assert set(frame["part"]) == {"false alarms"}
    assert len(frame) == len(found.alarms)
