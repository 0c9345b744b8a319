"""Every table at tiny sizes: its numbers against plain computations of our own, and the command around it."""

import json
import math
import shutil

import numpy as np
import pytest
from support.small_appendix import OPTIONS, SCOPE, bytes_of_a_run, shrink

import theory
from sim.backend import get_backend
from sim.draw import Draw
from sim.network.two_layer import first_gradient
from verify.appendix.designs import mean_field_problem, scaled, scope_cell
from verify.appendix.files import write_table
from verify.appendix.typesetting.latex_table import latex_text
from verify.appendix.typesetting.typeset import typeset
from verify.errors import HelpShownError, UsageError
from verify.predictions.curves import ridge_curve
from verify.predictions.step import largest_gd_eta, loss_ratio_of, ridge_of
from verify.presentation.table import Measured
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.problem.update import Update, gd
from verify.tables import command as tables
from verify.tables import predictions as tables_predictions


@pytest.fixture(autouse=True)
def small(monkeypatch):
    shrink(monkeypatch)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


def frame(id: str, store, **more):
    return tables.run([id], store=store, **OPTIONS | more)[id].frame


def row_of(table, **keys):
    for name, value in keys.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def weights_after(seed: int, eta: float):
    """W_0 and W_1 of one plain sign step, by numpy alone."""
    draw = Draw(setting=default_problem().setting(scope_cell(SCOPE)), seed=seed, stream=0, dtype="float32")
    gradient = first_gradient(draw, backend=get_backend("numpy"))
    W = np.asarray(gradient.W, np.float64)
    return draw, W, W - eta * np.sign(np.asarray(gradient.G, np.float64))


def test_two_runs_of_every_table_have_the_same_bytes(tmp_path):
    """The second from the records of the first; .ci/run compares every file of both commands in their quick form."""
    (computed, first), (again, second) = (
        bytes_of_a_run(tables._appendix(), write_table, tmp_path / name, tmp_path / "store", OPTIONS)
        for name in "ab"
    )
    assert computed > again == 0
    assert len(first) == 4 * len(tables._appendix().items)
    assert first == second


def test_norms_are_the_frobenius_identity_and_a_spectral_norm(store):
    table = frame("table-2", store)
    assert list(table["sqrt_Nd"]) == pytest.approx([math.sqrt(30 * 20), math.sqrt(60 * 40)])
    for _, row in table.iterrows():
        assert row["frobenius_ratio_eps_0"].mean == pytest.approx(1.0, abs=1e-12)
        assert 0.5 < row["operator_ratio_eps_0"].mean < 1.0
        assert row["operator_norm_one_run"] < row["frobenius_norm_one_run"] <= row["sqrt_Nd"]
        assert abs(row["operator_ratio_eps_0_deviation"]) < 5.0
        assert row["operator_ratio_eps_0_predicted"] == pytest.approx(0.8244, abs=0.02)  # at n/d = 2


def test_one_step_is_what_a_plain_step_gives(store):
    eta = scaled("adam", 1.0, scope_cell(SCOPE))
    row = row_of(frame("one-step", store), optimiser="FB-Adam", eta=eta)
    similar, gaps = [], []
    for seed in (0, 1):
        draw, _, W = weights_after(seed, eta)
        _, values, right = np.linalg.svd(W)
        similar.append(abs(right[0] @ draw.teacher_direction()))
        gaps.append(values[0] / values[1])
    assert row["sim"].mean == pytest.approx(np.mean(similar), rel=1e-3)
    assert row["gap"].mean == pytest.approx(np.mean(gaps), rel=1e-3)
    assert row["sim"].error == pytest.approx(np.std(similar, ddof=1) / math.sqrt(2), rel=1e-2)
    assert row["sim"].mean != pytest.approx(np.mean(similar[::-1][:1]), rel=1e-3)  # one run is not the mean


def test_no_step_is_the_null_of_every_column(store):
    table = frame("one-step", store)
    still, tiny = (
        row_of(table, optimiser="none"),
        row_of(table, optimiser="GD", eta=scaled("gd", 0.01, scope_cell(SCOPE))),
    )
    assert still["relative_training_loss"].mean == pytest.approx(1.0, abs=1e-6)
    assert still["k_out"].mean == 0.0
    assert still["alpha_ks"] == still["alpha_ks_start"]
    assert tiny["alpha_hill"].mean == pytest.approx(still["alpha_hill"].mean, rel=1e-3)
    large = row_of(table, optimiser="FB-Adam", eta=scaled("adam", 2000.0, scope_cell(SCOPE)))
    assert large["test_loss_paper"].mean > still["test_loss_paper"].mean  # and a large step is no null
    assert abs(large["alpha_hill"].mean - large["alpha_hill_null"]) > 5 * large["alpha_hill"].error


def test_predictions_of_gd_end_where_a_preactivation_moves_by_half_its_spread():
    problem, cell = mean_field_problem(), Cell(n=2000, N=1500, d=1000)
    limit = largest_gd_eta(problem, cell)
    assert limit == pytest.approx(712.0, abs=1.0)
    for eta, predicted in ((0.99 * limit, True), (1.01 * limit, False), (1500.0, False)):
        losses = [ridge_of(problem, cell, gd(eta), "test", features) for features in ("paper", "released")]
        assert [math.isfinite(x) for x in (*losses, loss_ratio_of(problem, cell, gd(eta)))] == [predicted] * 3
    # what a parabola to the break-even alone would print: 0.495, where five seeds measured 0.6254(43)
    curve = ridge_curve(problem, cell, Update(optimiser="gd"), "paper", (10.0, 2000.0), 3)
    assert curve.eta[-1] == pytest.approx(limit)


def test_features_choose_the_scaling(store):
    both, one = frame("one-step", store), frame("one-step", store, features="released")
    assert "test_loss_paper" in both.columns
    assert not [name for name in one.columns if name.endswith("_paper")]
    assert list(one["test_loss_released"]) == list(both["test_loss_released"])


def test_mean_field_and_other_n_have_a_row_per_eta(store):
    table = frame("mean-field", store)
    assert list(table["optimiser"]).count("GD") == 4
    assert any(abs(eta - 40**-0.5) < 1e-3 for eta in table["eta"])
    other = frame("n-dependence", store)
    assert {"sim_n_20", "sim_n_160", "test_loss_paper_n_160_predicted"} <= set(other.columns)
    few, many = (
        row_of(other, optimiser="FB-Adam", eta=scaled("adam", 1.0, scope_cell(SCOPE)))[
            f"test_loss_released_n_{n}"
        ].mean
        for n in (20, 160)
    )
    assert many < few  # more samples, a better test loss


def test_predictions_are_judged_by_their_stated_error(store, monkeypatch):
    table = frame("predictions", store)
    assert len(table) > 50
    assert {"c", "sim(W_1, beta)", "norm of G_0"} <= set(table["quantity"])
    c = row_of(table, quantity="c", where="limit")
    assert c["predicted"] == pytest.approx(0.8244, abs=1e-3)
    assert abs(c["percent"]) < 10.0
    assert set(table["within"]) <= {"yes", "no", "undecided", "-"}
    kept = [word in ("yes", "undecided") for word in table["within"]]
    assert sum(kept) > 0.6 * len(table)
    coarse = [
        one for one, word in zip(table["measured"], table["within"], strict=True) if word == "undecided"
    ]
    assert coarse  # two seeds at d = 40 decide little
    assert min(one.error for one in coarse) > 0.0
    honest = tables_predictions.predicted_rows

    def lying(*args, **more):
        from dataclasses import replace

        return tuple(replace(row, value=1.2 * row.value) for row in honest(*args, **more))

    monkeypatch.setattr(tables_predictions, "predicted_rows", lying)
    wrong = frame("predictions", store)  # the known lie: everything 20 % too high
    assert row_of(wrong, quantity="c", where="limit")["within"] == "no"
    assert row_of(wrong, quantity="c", where="limit")["percent"] < -10.0
    assert sum(word != "no" for word in wrong["within"]) < sum(kept)


def test_activations_have_a_signal_of_their_own():
    table = frame("activations", None)
    assert len(table) == 10
    tanh, relu = row_of(table, student="tanh"), row_of(table, student="relu")
    assert tanh["c_softplus"] == pytest.approx(0.82437, abs=1e-4)
    assert (tanh["assumptions"], relu["assumptions"]) == ("kept", "outside")
    assert tanh["eta_c_adam_softplus"] < relu["eta_c_adam_softplus"]


def test_a_critical_eta_stands_beside_its_deviation():
    """That of `theory.predict`, at the table's own sizes; none of the two columns is empty."""
    table = frame("activations", None)
    tanh = row_of(table, student="tanh")
    cell = scope_cell(SCOPE)
    record = theory.predict(n=cell.n, N=cell.N, d=cell.d, optimiser="adam")
    assert tanh["eta_c_adam_softplus"] == pytest.approx(record["critical_eta"].value, rel=1e-9)
    assert tanh["eta_c_adam_deviation_softplus"] == pytest.approx(record["critical_eta"].sd, rel=1e-9)
    for optimiser in ("adam", "gd"):
        shares = table[f"eta_c_{optimiser}_deviation_softplus"] / table[f"eta_c_{optimiser}_softplus"]
        assert ((shares > 0.001) & (shares < 0.5)).sum() >= 8


def run_main(capsys, *argv):
    code = tables.main(argv)
    return code, capsys.readouterr()


def test_the_command_writes_every_form_and_the_same_bytes_twice(tmp_path, store, capsys):
    words = ["table-2", "--quick", "--seeds", "2", "--test-samples", "200", "--store", str(store)]
    bytes_of = []
    for folder in ("a", "b"):
        code, said = run_main(capsys, *words, "--out", str(tmp_path / folder))
        assert code == 0
        assert "records computed" in said.out
        idle = "--test-samples: does nothing to table-2, and is left out of the command there"
        assert said.err == f"verify.tables: {idle}\n"
        changing = ("run.json", "timings.csv")
        files = (tmp_path / folder).iterdir()
        bytes_of.append({path.name: path.read_bytes() for path in files if path.name not in changing})
    assert bytes_of[0] == bytes_of[1]
    assert sorted(bytes_of[0]) == ["table-2.csv", "table-2.json", "table-2.md", "table-2.tex"]
    origin = json.loads(bytes_of[0]["table-2.json"])
    assert origin["command"] == "python -m verify.tables table-2 --quick --seeds 2"
    assert str(tmp_path) not in bytes_of[0]["table-2.json"].decode()
    assert b"python -m verify.tables table-2" in bytes_of[0]["table-2.tex"]


def test_json_is_the_table_and_nothing_else(tmp_path, store, capsys):
    words = ["table-2", "--quick", "--seeds", "2", "--test-samples", "200", "--store", str(store), "--json"]
    _, said = run_main(capsys, *words, "--out", str(tmp_path))
    (document,) = json.loads(said.out)
    assert document["id"] == "table-2"
    assert document["rows"][0]["frobenius_ratio_eps_0"] == pytest.approx(1.0)


def test_lists_name_what_is_needed_and_run_nothing(tmp_path, capsys):
    code, said = run_main(capsys, "--quick", "--list")
    assert code == 0
    assert "one-step: " in said.out
    assert "needs no runs" in said.out
    words = [
        "table-2",
        "--quick",
        "--seeds",
        "2",
        "--dry-run",
        "--store",
        str(tmp_path / "none"),
        "--out",
        str(tmp_path / "o"),
    ]
    _, said = run_main(capsys, *words)
    assert "needs 8 records" in said.out
    assert not list(tmp_path.iterdir())
    _, said = run_main(capsys, *words, "--json")
    assert json.loads(said.out)["records"] == 8


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["one-stepp"], "unknown id 'one-stepp'; known: one-step"),
        (["table-2", "--seeds", "1"], "--seeds: must be at least 2"),
        (["--seed", "3"], "unknown option '--seed'; known: --seeds"),
        (["--features", "eq6"], "--features: unknown name 'eq6'"),
        (["--test-samples", "0"], "--test-samples: must be a positive integer"),
        (["--quick", "table-2", "--no-run"], "--no-run: .* records are not in the store"),
        (["--fresh", "--no-run"], "--no-run: must not go with --fresh"),
        (["--out", "/proc/nowhere", "activations"], "--out: must be a directory that can be written"),
        (["--quick", "one-step", "--memory-limit", "1K"], "--memory-limit: .* needs about .* .by --quick"),
    ],
)
def test_a_mistake_is_one_line(argv, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BULKSPIKE_STORE", raising=False)
    with pytest.raises(UsageError, match=says):
        tables.main(argv)


def test_help_names_the_ids(capsys):
    with pytest.raises(HelpShownError):
        tables.main(["--help"])
    assert "usage: verify.tables [ID ...] [OPTIONS]" in capsys.readouterr().out


def test_divergence_is_a_value_and_one_run_has_no_error_bar():
    from verify.tables.columns import measured_finite

    assert math.isnan(measured_finite([1.0, math.inf]).mean)
    assert measured_finite([2.0]) == Measured(mean=2.0, error=pytest.approx(math.nan, nan_ok=True))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex: the tables' LaTeX is not compiled")
def test_every_table_compiles(store, tmp_path):
    contents = tables.run(store=store, **OPTIONS)
    assert typeset(tmp_path, {id: latex_text(content, label=id) for id, content in contents.items()}) is None
    assert (tmp_path / "tables.pdf").stat().st_size > 10_000
