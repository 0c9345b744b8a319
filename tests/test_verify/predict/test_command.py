"""`verify predict`: what it prints and writes, that it refuses in one line, and that it names what is measured."""

import csv
import io
import json

import pytest
from support import commands

import verify.predict
from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.update import Update
from sim.runs.first_step import measure_first_step
from sim.setting import Setting
from theory.prediction.prediction import predict
from verify.errors import UsageError
from verify.predict.command import run

SIZES = ["--sizes", "400,300,200"]


def command(*argv, capsys):
    done = commands.called(capsys, "verify.predict", *argv)
    return done.returncode, done.stdout, done.stderr


def test_table_on_stdout_and_no_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, out, err = command(*SIZES, "100,80,60", "--eta", "0.1,1", capsys=capsys)
    assert (code, err) == (0, "")
    assert out.count("Prediction for ") == 2
    assert out.strip() == "\n\n".join(
        record.to_text(80) for record in run(sizes=[(400, 300, 200), (100, 80, 60)], eta=[0.1, 1.0])
    )
    assert list(tmp_path.iterdir()) == []


def test_default_is_the_papers_size(capsys):
    _, out, _ = command(capsys=capsys)
    assert out.startswith("Prediction for n = 2000, N = 1500, d = 1000;")
    assert "after the step" not in out


def test_offset_of_a_student_with_a_mean(capsys):
    """Negative and in scientific notation; said in every form of the output, and it moves the prediction."""
    options = [*SIZES, "--student", "relu", "--offset", "-1.5e0"]
    code, out, err = command(*options, capsys=capsys)
    assert (code, err) == (0, "")
    assert "offset -1.5;" in out
    _, out, _ = command(*options, "--json", capsys=capsys)
    [found] = json.loads(out)
    assert found["problem"]["offset"] == -1.5
    record = predict(n=400, N=300, d=200, student="relu", offset=-1.5)
    values = {entry["name"]: entry["value"] for entry in found["quantities"]}
    assert values["initial_loss"] == record["initial_loss"].value
    plain = predict(n=400, N=300, d=200, student="relu")
    assert abs(values["initial_loss"] / plain["initial_loss"].value - 1.0) > 0.2


def test_json_holds_what_the_theory_says(capsys):
    code, out, err = command(
        *SIZES, "--eta", "0.1", "--student", "erf", "--eps", "1e-8", "--json", capsys=capsys
    )
    assert (code, err) == (0, "")
    [found] = json.loads(out)
    record = predict(n=400, N=300, d=200, student="erf", eps=1e-8, eta=0.1)
    assert found["problem"]["eps"] == 1e-8
    assert len(found["quantities"]) == len(record)
    for entry, quantity in zip(found["quantities"], record, strict=True):
        assert entry["name"] == quantity.name
        assert entry["value"] == (None if quantity.value != quantity.value else quantity.value)
        assert entry["flag"] == quantity.flag
    other = predict(n=400, N=300, d=200, eta=0.1)["sign_norm_ratio"].value  # another student would be seen
    assert other != next(q["value"] for q in found["quantities"] if q["name"] == "sign_norm_ratio")


def test_json_has_no_nan_and_no_infinity(capsys):
    _, out, _ = command(*SIZES, "--student", "hermite:0,1e-4,0,0.5", "--json", "--eta", "0", capsys=capsys)
    [found] = json.loads(out, parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    values = {entry["name"]: entry["value"] for entry in found["quantities"]}
    assert values["critical_eta"] == "inf"
    assert values["second_singular_value"] is None


def test_files_only_when_asked(tmp_path, capsys):
    code, out, _ = command(
        *SIZES, "100,80,60", "--eta", "0.1", "--out", str(tmp_path / "here"), capsys=capsys
    )
    assert code == 0
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"table.csv", "table.md"}
    rows = list(csv.DictReader(io.StringIO((tmp_path / "here" / "table.csv").read_text())))
    records = run(sizes=[(400, 300, 200), (100, 80, 60)], eta=[0.1])
    assert len(rows) == sum(map(len, records))
    [row] = [r for r in rows if (r["d"], r["name"]) == ("200", "critical_eta")]
    assert float(row["value"]) == records[0]["critical_eta"].value
    assert row["student"] == "tanh"
    text = (tmp_path / "here" / "table.md").read_text()
    assert text.count("\n## ") + text.startswith("## ") == 2
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("|")}
    assert widths == {7}
    assert "here" in out


def test_gradient_descent_has_no_adam_in_its_problem(capsys):
    _, out, _ = command(*SIZES, "--optimiser", "gd", "--eta", "100", "--json", capsys=capsys)
    [found] = json.loads(out)
    assert found["problem"]["adam"] is None
    assert "gd_stability_limit" in {entry["name"] for entry in found["quantities"]}


def test_functions_of_ones_own(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine_for_predict.py").write_text(
        "import numpy as np\ndef f(z): return np.tanh(z)\ndef slope(z): return 1 - np.tanh(z)**2\npair = (f, slope)\n"
        "wrong = (f, np.tanh)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for student in ("mine_for_predict:pair", "expr:tanh(z)"):
        _, out, _ = command(*SIZES, "--student", student, "--json", capsys=capsys)
        [found] = json.loads(out)
        values = {entry["name"]: entry["value"] for entry in found["quantities"]}
        tanh = predict(n=400, N=300, d=200)
        for name in ("sign_norm_ratio", "critical_eta", "optimal_eta"):
            assert values[name] == pytest.approx(tanh[name].value, rel=1e-8)
    code, out, err = command("--student", "mine_for_predict:wrong", capsys=capsys)
    assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--sizes", "0,1,1"], "--sizes (n): must be a positive integer; got '0'"),
        (["--sizes", "1,2"], "--sizes: must be three positive integers"),
        (["--sizes", "1.5,2,3"], "--sizes (n)"),
        (["--sizes"], "--sizes"),
        (["--eta", "-1"], "--eta: must be a finite number of at least 0"),
        (["--eta", "nan"], "--eta"),
        (["--eta", "0.1,"], "--eta"),
        (["--eta", "1e300"], "--eta: "),
        (["--noise", "1e300"], "--noise: "),
        (["--eps", "-1e-3"], "got '-1e-3'"),
        (["--offset", "1e13"], "--offset: must be a finite number of at most 1e12 in size"),
        (["--offset", "nan"], "--offset: must be a finite number of at most 1e12 in size"),
        (["--ridge", "0"], "--ridge: must be a finite number above 0"),
        (["--student", "tahn"], "--student: unknown name 'tahn'; known: tanh"),
        (["--student", "expr:exp(z**2)"], "--student"),
        (["--teacher", "expr:import os"], "--teacher"),
        (["--student", "nomodule:f"], "--student: cannot import"),
        (
            ["--student", "hermite:0", "--teacher", "hermite:0", "--noise", "0"],
            "--student: must not be constant",
        ),
        (["--optimiser", "sgd"], "--optimiser: unknown name 'sgd'"),
        (["--seeds", "3"], "unknown option '--seeds'"),
        (["more"], "unexpected argument 'more'"),
        (["--out", "/dev/null/x"], "--out: must be a directory"),
    ],
)
def test_mistakes_are_one_line(argv, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = command(*argv, capsys=capsys)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("verify.predict: error: ")
    assert says in err
    assert list(tmp_path.iterdir()) == []


def test_run_raises_what_the_command_prints():
    with pytest.raises(UsageError, match=r"^sizes \(n\): must be a positive integer; got '0'"):
        run(sizes=[(0, 1, 1)])


def test_in_a_process_of_its_own(tmp_path, capsys):
    done = commands.command("predict", *SIZES, cwd=tmp_path, module="verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Prediction for n = 400")
    assert commands.called(capsys, "verify.predict", *SIZES).stdout == done.stdout
    assert "predict" in commands.called(capsys, "verify", "--help").stdout


def test_help_names_every_option(capsys):
    code, out, _ = command("--help", capsys=capsys)
    assert code == 0
    for name in verify.predict.SPEC.names:
        assert f"--{name.replace('_', '-')}" in out


MEASURED_ONLY = {
    "gradient_zeros", "sign_agreement_label", "rank_one_frobenius_distance_label", "rank_one_median_residual",
    "rank_one_median_label", "nullity", "alpha_hill", "alpha_ks", "ks_distance",
}  # fmt: skip
"""Readings of `sim` without a prediction of the same name: the first is 0, alpha has its null, W_1 has full rank."""


def test_one_observable_one_name():
    """What `sim` measures of a first step is predicted under the same name, or is on the list of what is not."""
    draw = Draw(setting=Setting(n=60, N=50, d=40), seed=0)
    step = measure_first_step(
        draw, [Update(optimiser="adam", eta=0.3)], backend=get_backend("numpy"), test_samples=50
    )
    measured = {reading.observable for reading in (*step.gradient, *step.steps[0].readings)}
    record = predict(n=60, N=50, d=40, eta=0.3)
    assert measured - MEASURED_ONLY == {name for name in measured if record.select(name)}
    assert measured >= MEASURED_ONLY
    assert not record.select("operator_norm_of_nothing")
