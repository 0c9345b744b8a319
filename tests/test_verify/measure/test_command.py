"""python -m verify.measure on files that hold what they should: the keys, the files, the numbers against NumPy's."""

import json

import numpy as np
import pytest
from support.commands import assert_one_line, called

from sim.measures.tails import hill_alpha, ks_alpha
from verify.errors import UsageError
from verify.measure.command import run

KEYS = {
    "file", "layer", "shape", "outliers", "bulk_deviation", "alpha_hill", "alpha_hill_null", "alpha_hill_z", "alpha_ks",
    "alpha_ks_p_value", "phase", "notes",
}  # fmt: skip
QUICK = ["--bootstrap", "5", "--null-draws", "20"]
FAST = {"bootstrap": 0, "null_draws": 20}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A directory with files of every kind."""
    rng = np.random.default_rng(0)
    monkeypatch.chdir(tmp_path)
    noise = rng.standard_normal((120, 80))
    np.save("noise.npy", noise)
    np.save("spiked.npy", noise + 0.5 * np.outer(np.sign(rng.standard_normal(120)), np.ones(80)))
    np.savez(
        "net.npz",
        **{
            "conv.weight": rng.standard_normal((24, 16, 3, 2)).astype(np.float32),
            "fc.weight": rng.standard_normal((60, 50)).astype(np.float16),
            "fc.bias": np.ones(60),
            "counts": rng.integers(-5, 6, (40, 30)),
        },
    )
    np.savetxt("table.csv", noise, delimiter=",", header=",".join("abcdefgh" * 10), comments="")
    return tmp_path


def test_json_has_one_object_per_matrix_in_the_order_of_the_files(folder, capsys):
    done = called(capsys, "verify.measure", "spiked.npy", "net.npz", "table.csv", "--json", *QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert all(set(each) >= KEYS for each in found)
    names = [(each["file"], each["layer"], each["rule"]) for each in found]
    slices = [("net.npz", f"conv.weight[{i},{j}]", "slice") for i in range(3) for j in range(2)]
    assert names == [
        ("spiked.npy", "spiked", "matrix"), ("net.npz", "conv.weight", "unfolded"), *slices,
        ("net.npz", "fc.weight", "matrix"), ("net.npz", "counts", "matrix"), ("table.csv", "table", "matrix"),
    ]  # fmt: skip
    assert [each["shape"] for each in found[:3]] == [[120, 80], [24, 96], [24, 16]]
    assert found[0]["phase"] == "bulk+spikes"
    (outlier,) = found[0]["outliers"]
    assert set(outlier) == {"value", "p_value"}
    assert json.loads((folder / "bulkspike-out/measure/measurements.json").read_text()) == found


def test_numbers_are_those_of_numpy_and_the_estimators(folder):
    (matrix,) = run("spiked.npy", bootstrap=20, null_draws=30)
    l = np.linalg.svd(np.load("spiked.npy"), compute_uv=False) ** 2
    found = matrix.as_json()
    assert found["alpha_hill"] == pytest.approx(hill_alpha(l).alpha, rel=1e-9)
    assert found["alpha_ks"] == pytest.approx(ks_alpha(l).alpha, rel=1e-9)
    assert found["outliers"][0]["value"] == pytest.approx(np.sqrt(l[0]), rel=1e-9)
    assert found["alpha_hill_without_outliers"] == pytest.approx(hill_alpha(l[1:]).alpha, rel=1e-9)
    assert found["alpha_hill_without_outliers"] != found["alpha_hill"]
    assert found["alpha_hill_z"] == pytest.approx(
        (found["alpha_hill"] - found["alpha_hill_null"]) / found["alpha_hill_null_sd"]
    )
    assert 0 < found["alpha_ks_p_value"] <= 1
    assert {each["rival"] for each in found["likelihood_ratios"]} == {
        "lognormal", "exponential", "truncated_power_law",
    }  # fmt: skip


def test_every_route_to_a_matrix_gives_the_same_numbers(folder):
    np.save("wide.npy", np.load("noise.npy").T)
    np.save("scaled.npy", 1e-9 * np.load("noise.npy"))
    np.save("order.npy", np.asfortranarray(np.load("noise.npy")))
    one, *others = run(["noise.npy", "wide.npy", "scaled.npy", "order.npy", "table.csv"], **FAST)
    for other in others:
        for key in ("alpha_hill", "alpha_ks", "bulk_deviation", "alpha_hill_z"):
            assert other.as_json()[key] == pytest.approx(one.as_json()[key], rel=1e-5)
        assert other.report.phase == one.report.phase == "random-like"


def test_kernels_by_both_rules_are_the_reshaped_arrays(folder):
    kernel = np.load("net.npz")["conv.weight"].astype(np.float64)
    unfolded, *slices = run("net.npz", layers=["conv*"], **FAST)
    top = np.linalg.norm(kernel.reshape(24, -1), 2)
    assert unfolded.as_json()["top_values"][0] == pytest.approx(top, rel=1e-6)
    assert len(slices) == 6
    third = next(each for each in slices if each.layer == "conv.weight[2,1]")
    assert third.as_json()["top_values"][0] == pytest.approx(np.linalg.norm(kernel[:, :, 2, 1], 2), rel=1e-6)
    assert [each.rule for each in run("net.npz", layers=["conv*"], kernels="unfolded", **FAST)] == [
        "unfolded"
    ]
    assert len(run("net.npz", layers=["conv*"], kernels="slices", **FAST)) == 6


def test_vectors_are_left_out_and_said_and_integers_too(folder, capsys):
    found = run("net.npz", layers=["fc*", "counts"], **FAST)
    assert found.left_out == ("fc.bias",)
    assert [each.layer for each in found] == ["fc.weight", "counts"]
    assert found[1].notes[0] == "entries of int64 taken as float64"
    said = called(capsys, "verify.measure", "net.npz", "--layers", "fc*", *QUICK).stdout
    assert "left out, no matrices: 1 (fc.bias)" in said


def test_before_says_what_moved(folder, capsys):
    (moved,) = run("spiked.npy", before="noise.npy", **FAST)
    A, B = np.load("spiked.npy"), np.load("noise.npy")
    assert moved.moved.relative_change == pytest.approx(np.linalg.norm(A - B) / np.linalg.norm(B))
    assert moved.moved.top_change == pytest.approx(np.linalg.norm(A - B, 2), rel=1e-5)
    left = np.linalg.svd(A)[0][:, 0] @ np.linalg.svd(B)[0][:, 0]
    assert moved.moved.left_overlaps[0] == pytest.approx(left**2, abs=1e-4)
    assert moved.moved.change_right > 0.8 > moved.moved.left_overlaps[0]
    (same,) = run("noise.npy", before="noise.npy", **FAST)
    assert same.moved.relative_change == 0.0
    assert same.moved.left_overlaps[0] == pytest.approx(1.0)
    said = called(capsys, "verify.measure", "spiked.npy", "--before", "noise.npy", *QUICK).stdout
    assert "moved by" in said
    (missing,) = run("noise.npy", before="net.npz", **FAST)
    assert "no array of this name and shape" in missing.notes[-1]


def test_the_top_alone(folder):
    (found,) = run("spiked.npy", top_only=True)
    assert found.report is None
    assert found.top.values[0] == pytest.approx(np.linalg.norm(np.load("spiked.npy"), 2), rel=1e-6)
    assert found.top.beyond_white == 1
    assert found.as_json()["phase"] is None
    assert run("noise.npy", top_only=True)[0].top.beyond_white == 0


def test_a_matrix_too_large_is_refused_with_its_sizes_and_measured_by_its_top(folder, capsys):
    limit = ["--memory-limit", "200K"]
    done = called(capsys, "verify.measure", "noise.npy", *limit)
    assert_one_line(done, "120 x 80")
    assert "--top-only" in done.stderr
    assert called(capsys, "verify.measure", "noise.npy", *limit, "--top-only").returncode == 0


def test_a_pattern_that_nothing_matches_lists_the_names(folder, capsys):
    done = called(capsys, "verify.measure", "net.npz", "--layers", "cnov*")
    assert_one_line(done, "'cnov*' matches none of: ")
    for name in ("conv.weight", "fc.weight", "fc.bias", "counts"):
        assert name in done.stderr


def test_a_frame_has_a_row_per_matrix_and_two_runs_the_same_bytes(folder, capsys):
    frame = run(["spiked.npy", "net.npz"], **FAST).to_frame()
    assert list(frame["layer"])[:2] == ["spiked", "conv.weight"]
    assert frame["outliers"][0] == 1
    texts = []
    for out in ("one", "two"):
        called(capsys, "verify.measure", "spiked.npy", "--out", out, *QUICK)
        names = ("measurements.json", "table.csv", "table.md", "figures/001-spiked-matrix.svg")
        texts.append([(folder / out / name).read_bytes() for name in names])
    assert texts[0] == texts[1]
    assert json.loads((folder / "one/run.json").read_text())["figures"] == ["001-spiked-matrix"]


def test_the_terminal_has_eighty_columns_for_the_table(folder, capsys):
    said = called(capsys, "verify.measure", "net.npz", "spiked.npy", *QUICK).stdout
    table = said.split("\n\n")[0].splitlines()
    assert len(table) == 11
    assert max(map(len, table)) <= 80
    assert "p iid" in said


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(folder, capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    values = np.random.default_rng(0).standard_normal((40, 30))
    np.savez("two.npz", a_layer_with_a_rather_long_name=values, b=values[:, :20] + 1.0, c=np.ones(3))
    done = called(capsys, "verify.measure", "two.npz", "--bootstrap", "0", "--null-draws", "10")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= columns
    assert "left out, no matrices: 1 (c)" in done.stdout


def test_python_refuses_what_the_shell_does(folder):
    with pytest.raises(UsageError, match="needs at least one file"):
        run([])
    with pytest.raises(UsageError, match="null_draws: must be an integer of at least 10"):
        run("noise.npy", null_draws=3)
