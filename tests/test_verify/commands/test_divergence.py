"""A gradient that is not finite is a value: nan rows, an inconclusive verdict, exit 3, no error, in every command."""

import csv
import json

import numpy as np
import pytest
from support.commands import called

from sim.backend import get_backend
from sim.draw import Draw
from sim.functions.activations import named
from sim.measures.triplet import top_triplet
from sim.network.two_layer import first_gradient
from sim.runs.first_step import measure_first_step
from sim.setting import Setting
from verify.measurements import norms, overlap_images, spectra, spike_rows
from verify.problem.update import Update

HUGE = "hermite:0,2e38"  # labels beyond float32 once they are squared
BACKEND = get_backend("numpy", threads=1)
ONE = (Update(optimiser="adam", eta=0.1), Update(optimiser="gd", eta=1.0))


def diverged():
    setting = Setting(n=300, N=12, d=8, student=named("tanh"), teacher=named(HUGE))
    draw = Draw(setting=setting, seed=0, dtype="float32")
    gradient = first_gradient(draw, backend=BACKEND)
    assert not np.isfinite(gradient.G).all()
    return draw, gradient


@pytest.mark.parametrize(
    ("command", "sizes"),
    [
        ("verify.spike", ["300,70,40"]),
        ("verify.overlap", ["300,70,40"]),
        ("verify.rank_one", ["300,70,40", "300,70,50", "300,70,60"]),
        ("verify.scaling", ["300,70,40"]),
    ],
)
def test_commands_say_inconclusive(command, sizes, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    done = called(
        capsys,
        command,
        "--sizes",
        *sizes,
        "--teacher",
        HUGE,
        "--seeds",
        "2",
        "--threads",
        "1",
        "--out",
        "out",
    )
    assert done.returncode == 3
    assert "unexpected" not in done.stderr
    verdicts = json.loads((tmp_path / "out" / "verdicts.json").read_text())
    assert verdicts
    assert {verdict["verdict"] for verdict in verdicts} == {"inconclusive"}
    with (tmp_path / "out" / "records.csv").open() as file:
        assert any(row["value"] == "nan" for row in csv.DictReader(file))


def test_the_triplet_of_what_diverged_is_nan():
    draw, gradient = diverged()
    found = top_triplet(gradient.G, draw, "gradient", backend=BACKEND)
    assert np.isnan(found.values).all()
    assert not found.converged
    assert (found.failure_probability, found.left.shape, found.right.shape) == (1.0, (12, 1), (8, 1))


def test_every_reading_of_the_gradient_and_its_update_is_nan_or_finite():
    draw, _ = diverged()
    step = measure_first_step(draw, ONE, backend=BACKEND, test_samples=50)
    readings = {reading.observable: reading.value for reading in step.gradient}
    assert np.isnan(readings["gradient_operator_norm"])
    assert np.isnan(readings["rank_one_distance_residual"])
    assert np.isnan(readings["sign_agreement_residual"])


@pytest.mark.parametrize(
    "measure",
    [
        lambda *run: spectra.leading_values(*run, updates=ONE),
        lambda *run: spectra.spectra(*run, updates=ONE),
        lambda *run: spectra.gaps(*run, updates=ONE),
        lambda *run: spectra.overlap_maxima(*run, updates=ONE),
        lambda *run: overlap_images.overlap_images(*run, updates=ONE[:1]),
        lambda *run: spike_rows.spike_rows(*run, eta=0.1),
        spectra.outside_eta,
        norms.turning_eta,
        norms.norms_beside_weights,
    ],
)
def test_every_measurement_is_nan_where_the_run_diverged(measure):
    draw, gradient = diverged()
    with np.errstate(invalid="ignore"):
        found = measure(draw, gradient, BACKEND)
    assert any(np.isnan(value) for value in found.values())
