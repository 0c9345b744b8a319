"""Whatever a command returns has `to_frame`, a short `repr`, a table in a notebook, and slices that do so too."""

from dataclasses import replace

import numpy as np
import pytest

from verify import figures, measure, overlap, predict, rank_one, scaling, spike, tables, train
from verify.calibration.bugs import BugRow, Hunt
from verify.calibration.experiment import CalibrationResult
from verify.calibration.false_alarms import all_trials, count_alarms
from verify.calibration.seeded import seeded_bugs

SMALL = {"sizes": [(80, 60, 40)], "eta": [2.0], "seeds": 3, "store": None}
RUNS = {
    "scaling": lambda: scaling.run(sizes=[(80, 60, 40)], design="ray", seeds=2, store=None),
    "spike": lambda: spike.run(**SMALL),
    "overlap": lambda: overlap.run(**SMALL),
    "rank_one": lambda: rank_one.run(scales=[1, 2, 4], base=(20, 15, 10), seeds=3, store=None),
    "predict": lambda: predict.run(sizes=[(80, 60, 40), (160, 120, 80)], eta=[0.1]),
    "train": lambda: train.run(sizes=[(40, 30, 20)], eta=[0.1, 0.2], steps=[0, 2], seeds=1, store=None),
    "figures": lambda: figures.run(["bimodal"], quick=True),
    "tables": lambda: tables.run(["activations"], quick=True),
}


@pytest.mark.parametrize("command", RUNS)
def test_what_a_command_returns_has_a_frame_and_shows_itself(command):
    found = RUNS[command]()
    assert len(found.to_frame()) >= len(found) > 0
    assert "<table" in found._repr_html_() or command == "figures"
    assert len(repr(found)) < min(400, len(found._repr_html_()))
    if isinstance(found, list):
        assert type(found[:1]) is type(found)


def test_measured_matrices_show_what_the_command_prints(tmp_path):
    np.save(tmp_path / "first.npy", np.random.default_rng(0).standard_normal((60, 40)))
    np.savez(tmp_path / "second.npz", b=np.ones(3), w=np.random.default_rng(1).standard_normal((30, 20)))
    found = measure.run([tmp_path / "first.npy", tmp_path / "second.npz"], null_draws=10)
    assert repr(found[1:]).startswith("<Measurements w; left out")
    assert len(repr(found[0])) < 200
    page = found._repr_html_()
    for text in (page, str(found), found[0]._repr_html_()):
        assert "Hill" in text
        assert f"{found[0].report.hill.alpha:.2f}"[:3] in text
    assert page.count("<tr>") == 3
    assert len(page) < 5000
    assert "left out, no matrices: b" in page


def test_a_calibration_says_what_it_found():
    sound, faulty = (replace(row, faults=f) for row, f in zip(
        [*count_alarms(list(all_trials())[:1], replicates=20)] * 2, [(), ("too often",)], strict=False))  # fmt: skip
    bug = seeded_bugs()[0]
    missed = BugRow(bug=bug, caught=False, judged=3, cpu_seconds=1.0, by="", how="")
    hunt = Hunt(rows=(missed,), unstable={}, claims=9, clean_cpu_seconds=1.0)
    found = CalibrationResult(alarms=(sound, faulty), bugs=hunt)
    assert repr(found) == (
        "<CalibrationResult: 1 of 2 judges at an error rate are calibrated, 0 of 1 seeded bugs are caught>"
    )
    for text in (str(found), found._repr_html_()):
        assert "too often" in text
        assert bug.id in text
        assert "not caught" in text
    assert found._repr_html_().count("<table>") == 2
    assert repr(CalibrationResult()) == "<CalibrationResult: nothing was asked for>"


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
