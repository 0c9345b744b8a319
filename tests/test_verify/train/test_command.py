"""`verify.train`: what it writes, what it refuses, how a run is extended, what Python gets."""

import csv
import json

import numpy as np
import pytest
from support.commands import assert_one_line, called

from sim.backend import get_backend
from sim.draw import Draw
from sim.runs.training import Rule, start_state, trained
from sim.setting import Setting
from theory.random_matrices.edges import Edge
from verify.errors import UsageError
from verify.measure import run as measure
from verify.problem.update import adam
from verify.spectra.null_draws import draw_nulls
from verify.train import run
from verify.train.figure import _shown

SMALL = ["--sizes", "60,40,24", "--test-samples", "50"]
OPTIONS = {"sizes": [(60, 40, 24)], "test_samples": 50}


def test_runs_are_those_of_the_simulator(tmp_path):
    runs = run(**OPTIONS, eta=[0.5, 0.1], seeds=2, steps=[0, 3, 7], gamma=0.9, step_size=2, store=tmp_path)
    assert [(each.seed, each.update.eta) for each in runs] == [(0, 0.5), (0, 0.1), (1, 0.5), (1, 0.1)]
    chosen = runs[2]
    draw = Draw(setting=Setting(n=60, N=40, d=24), seed=1, threads=1)
    backend = get_backend("numpy", threads=1)
    rule = Rule(update=adam(0.5, 1e-8), gamma=0.9, step_size=2)
    *_, last = trained(draw, rule, start_state(draw, backend=backend), until=7, backend=backend)
    assert chosen.final_state().W.tobytes() == last.state.W.tobytes()
    assert chosen.losses == last.state.losses
    s = np.linalg.svd(last.state.W, compute_uv=False)
    assert chosen.value("s_1", step=7) == pytest.approx(s[0], rel=1e-5)
    assert chosen.value("s_24", step=7) == pytest.approx(s[-1], rel=1e-4)
    with pytest.raises(KeyError, match="alpha_hill"):
        chosen.value("alfa", step=7)
    with pytest.raises(KeyError, match="steps 0, 3, 7"):
        chosen.value("alpha_hill", step=2)
    frame = runs.to_frame()
    assert set(frame.step[frame.observable == "alpha_hill"]) == {0, 3, 7}
    assert list(
        frame.step[(frame.observable == "stage_one_loss") & (frame.seed == 1) & (frame.eta == 0.5)]
    ) == [*range(7)]
    assert "alpha_hill" in str(runs)


def test_spectra_stand_against_noise_of_their_shape(empty, capsys):
    """The report on W_t is that of `verify.measure` on the same matrix; W_0 is noise, and a tail is none."""
    [run_] = run(sizes=[(200, 150, 100)], test_samples=50, eta=[1.0], steps=[0, 10], store=None)
    start, tailed = (run_.spectrum(step, null_draws=60) for step in (0, 10))
    assert start.phase == "random-like"
    assert run_.spectrum(10, null_draws=60) is tailed  # remembered, by what was asked
    assert abs(start.hill.z) < 3.5 < -tailed.hill.z
    assert tailed.phase != "random-like"
    assert tailed.hill.alpha == pytest.approx(run_.value("alpha_hill", step=10), rel=1e-6)
    np.save("w.npy", np.asarray(run_.final_state().W))
    [same] = measure("w.npy", null_draws=60, bootstrap=0)
    assert same.report.hill.z == pytest.approx(tailed.hill.z, rel=1e-5)
    assert same.report.phase == tailed.phase
    assert run_.spectrum(10, null_draws=0).hill.z != tailed.hill.z
    with pytest.raises(KeyError, match="steps 0, 10"):
        run_.spectrum(5)


def test_the_number_of_null_matrices_is_the_one_asked_for():
    """`run`'s number holds for `spectrum` and `to_frame`; nulls of both exponents stand beside them in the frame."""
    few, many = (run(**OPTIONS, eta=[1.0], steps=[0, 4], store=None, null_draws=k) for k in (20, 60))
    assert few[0].spectrum(4).hill.z == few[0].spectrum(4, null_draws=20).hill.z
    assert few[0].spectrum(4).hill.z != many[0].spectrum(4).hill.z
    frame = many.to_frame()
    at = frame[frame.step == 4].set_index("observable").value
    nulls = draw_nulls(40, 24, draws=60)
    for name, values in (("alpha_hill", nulls.hill), ("alpha_ks", nulls.ks)):
        assert at[f"{name}_null"] == values.mean()
        assert at[f"{name}_null_sd"] == values.std(ddof=1)
        assert at[f"{name}_z"] == pytest.approx((at[name] - values.mean()) / values.std(ddof=1), rel=1e-6)


def test_the_esd_is_that_of_the_largest_learning_rate():
    for etas in ([1.0, 0.1], [0.1, 1.0]):
        runs = run(**OPTIONS, eta=etas, steps=[0, 1], store=None)
        assert _shown([[each] for each in runs]).update.eta == 1.0


def test_a_bulks_edge_that_is_known_is_taken():
    [found] = run(**OPTIONS, eta=[1.0], steps=[0, 4], store=None, null_draws=20)
    s = found.singular_values(step=4)
    edge = Edge(value=float(0.5 * (s[1] + s[2])), scale=1.0, argument=0.0)
    report = found.spectrum(4, edge=edge)
    assert report.outliers.edge == edge.value
    assert len(report.outliers.values) == 2
    assert report.outliers.edge != found.spectrum(4).outliers.edge


def test_without_a_store_a_run_keeps_its_state_as_long_as_it_lasts():
    [found] = run(**OPTIONS, steps=[2], store=None)
    folder = found._store.directory
    assert found.final_state().step == 2
    del found
    assert not folder.exists()


def test_the_files_and_the_table(empty, capsys):
    done = called(capsys, "verify.train", *SMALL, "--steps", "0-2,5", "--eta", "1,0.1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "80 records computed, 0 taken from the store" in done.stdout
    out = empty / "bulkspike-out" / "train"
    with (out / "records.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["step"] for row in rows if row["observable"] == "alpha_hill"} == {"0", "1", "2", "5"}
    assert {row["eta"] for row in rows} == {"1.0", "0.1"}
    assert {row["step"] for row in rows if row["observable"] == "stage_one_loss"} == {"0", "1", "2", "3", "4"}
    names = {row["observable"] for row in rows}
    assert {row["features"] for row in rows if row["observable"] == "test_loss"} == {"paper", "released"}
    assert {"update_alpha", "s_25"}.isdisjoint(names)
    assert {
        "kta", "test_loss", "sim", "alpha_ks", "update_operator_norm", "update_second_singular_value",
        "cosine_with_first_update", "sign_changes", "distance_from_previous", "gradient_operator_norm", "s_24",
    } <= names  # fmt: skip
    facts = json.loads((out / "run.json").read_text())
    assert (facts["steps"], facts["etas"], facts["options"]["gamma"]) == ([0, 1, 2, 5], [1.0, 0.1], 1.0)
    lines = (out / "table.csv").read_text().splitlines()
    assert len(lines) == 1 + 2 * 4
    alphas = [name for name in lines[0].split(",") if name.startswith("alpha_") and name.endswith("_mean")]
    assert alphas == ["alpha_hill_mean", "alpha_hill_z_mean", "alpha_ks_mean", "alpha_ks_z_mean"]
    assert [line.split(",")[-1] for line in lines[:2]] == ["phase", "random-like"]
    assert {"alpha_hill_z", "alpha_hill_null", "alpha_ks_matrix_p_value", "outliers", "white_edge"} <= names
    assert (out / "figure.png").stat().st_size > 10_000


def test_a_second_call_extends_the_run_and_json_has_every_reading(empty, capsys):
    first = called(capsys, "verify.train", *SMALL, "--steps", "0,2", "--json")
    more = called(capsys, "verify.train", *SMALL, "--steps", "0,2,6", "--overlaps", "--json")
    (early,), (late,) = json.loads(first.stdout), json.loads(more.stdout)
    assert late["losses"][:2] == early["losses"]
    assert len(late["losses"]) == 6
    for step in ("0", "2"):
        shared = {k: v for k, v in late["steps"][step].items() if "_overlap_" not in k}
        assert shared == early["steps"][step]
    assert 0.0 < late["steps"]["6"]["left_overlap_after_top"] <= 1.0
    facts = json.loads((empty / "bulkspike-out" / "train" / "run.json").read_text())
    assert facts["cells_reused"] == 2 * 10  # groups but the overlaps


def test_a_state_is_written_and_gone_on_from_elsewhere(empty, capsys):
    called(capsys, "verify.train", *SMALL, "--steps", "4", "--save-states", "--out", "a", "--store", "one")
    state = "a/state-0.state"
    done = called(
        capsys,
        "verify.train",
        *SMALL,
        "--steps",
        "9",
        "--state",
        state,
        "--out",
        "b",
        "--store",
        "two",
        "--json",
    )
    whole = called(capsys, "verify.train", *SMALL, "--steps", "9", "--out", "c", "--store", "three", "--json")
    assert done.stdout == whole.stdout
    for words, says in (
        (
            ["--steps", "4"],
            "--state: must stand before the last of --steps, 4; 'a/state-0.state' stands at 4",
        ),
        (["--steps", "9", "--noise", "0.4"], "it is of another run: noise is 0.3, not 0.4"),
        (["--steps", "9", "--seeds", "2"], "--state: must be of one run, one size, seed and eta; got 2 runs"),
    ):
        assert_one_line(called(capsys, "verify.train", *SMALL, *words, "--state", state), says)
    data = (empty / state).read_bytes()
    (empty / "cut").write_bytes(data[:-1])
    (empty / "none").write_bytes(b"PK\x03\x04")
    cut = called(capsys, "verify.train", *SMALL, "--steps", "9", "--state", "cut")
    assert_one_line(cut, "truncated or damaged")
    none = called(capsys, "verify.train", *SMALL, "--steps", "9", "--state", "none")
    assert_one_line(none, "it is no state of a training run")
    endless = called(capsys, "verify.train", *SMALL, "--steps", "9", "--state", "/dev/zero")
    assert_one_line(endless, "--state: must be a regular file; got '/dev/zero'")
    lost = called(capsys, "verify.train", *SMALL, "--steps", "9", "--state", "lost")
    assert_one_line(lost, "--state: must be a file that can be read")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--steps", "5,3"], "--steps: must be steps in rising order such as 0-10,100; got '5,3'"),
        (["--steps", "3-1"], "--steps: must be steps in rising order"),
        (["--steps", "1,1"], "--steps: must be steps in rising order"),
        (["--steps", "-1"], "--steps: must be steps in rising order such as 0-10,100; got '-1'"),
        (["--steps", "x"], "--steps: must be steps in rising order"),
        (["--steps", "0-1000"], "--steps: must name at most 1000 steps"),
        (["--steps", "10000001"], "--steps: must be at most 10000000"),
        (["--gamma", "0"], "--gamma: must be a finite number above 0"),
        (["--gamma", "inf"], "--gamma: must be a finite number above 0"),
        (["--step-size", "0"], "--step-size: must be a positive integer"),
        (["--step-size", "1.5"], "--step-size: must be a positive integer"),
        (["--weight-normalisation", "on"], "--weight-normalisation: unknown name 'on'; known: off, paper, released"),
        (["--eta", "-1"], "--eta: must be a finite number of at least 0"),
        (["--sizes", "10,1,5"], "--sizes: must have N and d of at least 2"),
    ],
)  # fmt: skip
def test_mistakes_are_a_line(empty, capsys, words, says):
    assert_one_line(called(capsys, "verify.train", *SMALL, *words), says)
    assert list(empty.iterdir()) == []


def test_python_is_refused_the_same_way():
    with pytest.raises(UsageError, match=r"^steps: must be steps in rising order"):
        run(steps=[3, 1])
    with pytest.raises(UsageError, match=r"^gamma: must be a finite number above 0"):
        run(gamma=-1.0)


def test_a_diverged_run_is_told_and_is_no_error(empty, capsys):
    done = called(
        capsys, "verify.train", *SMALL, "--student", "linear", "--optimiser", "gd", "--eta", "1e9", "--steps", "0,40",
        "--json",
    )  # fmt: skip
    (found,) = json.loads(done.stdout)
    assert done.returncode == 0
    assert found["diverged"]
    assert found["steps"]["40"]["alpha_hill"] is None
    facts = json.loads((empty / "bulkspike-out" / "train" / "run.json").read_text())
    assert len(facts["diverged"]) == 1
