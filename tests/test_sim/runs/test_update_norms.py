"""Norms of first updates beside the first step's readings of the same draw."""

import numpy as np

from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.update import Update
from sim.runs.first_step import OBSERVABLES, measure_first_step
from sim.runs.update_norms import update_norms
from sim.setting import Setting

UPDATES = [Update(optimiser="adam", eta=0.3), Update(optimiser="gd", eta=40.0)]


def test_what_both_kinds_of_run_name_alike_is_the_same_number():
    draw = Draw(setting=Setting(n=70, N=36, d=24), seed=7, dtype="float64", threads=1)
    backend = get_backend("numpy", threads=1)
    norms = update_norms(draw, UPDATES, backend=backend)
    first = measure_first_step(draw, UPDATES, OBSERVABLES, backend=backend, test_samples=40)
    for one, step in zip(norms, first.steps, strict=True):
        found = {name: value for name, (value, _) in one.observables.items()}
        other = {reading.observable: reading.value for reading in (*first.gradient, *step.readings)}
        shared = found.keys() & other.keys()
        assert "initial_loss" in shared
        np.testing.assert_allclose(
            [found[name] for name in shared], [other[name] for name in shared], rtol=1e-9
        )
        for name in ("operator_norm", "frobenius_norm"):
            np.testing.assert_allclose(found[name], other[f"update_{name}"], rtol=1e-9)
