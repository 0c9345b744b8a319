"""Compiled loops: the bits of NumPy's passes, in kernels and in whole runs, and only where a run is long enough."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.functions import compiled
from sim.functions.activations import NAMES, named
from sim.functions.compiled import compiled_loops, loops_for
from sim.optimisers.adam import AdamState, adam_rows
from sim.optimisers.compiled import rows_with
from sim.optimisers.update import Update
from sim.runs.training import Rule, start_state, trained
from sim.setting import Setting

pytest.importorskip("numba", reason="compiled loops need numba")
DTYPES = ("float32", "float64")


def moments(dtype: str) -> tuple[np.ndarray, AdamState]:
    """A gradient and moments with zeros among them, where D would be 0/0."""
    G, M, V = np.random.default_rng(0).standard_normal((3, 40, 31)).astype(dtype)
    V *= V
    G[:, 3] = M[:, 3] = V[:, 3] = 0.0
    return G, AdamState(step=3, M=M, V=V)


def moved(rows, dtype: str, **options) -> list[bytes]:
    G, state = moments(dtype)
    D = np.full_like(G[5:], np.nan)
    rows(state, G, slice(5, 40), D, **options)
    return [array.tobytes() for array in (D, state.M, state.V)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("eps", [0.0, 1e-8, 1e-46])
@pytest.mark.parametrize("adam", ["corrected", "uncorrected"])
def test_adam_is_numpys_bit_by_bit(adam, eps, dtype):
    loops = rows_with(compiled_loops(), adam_rows)
    assert loops is not adam_rows
    assert moved(loops, dtype, adam=adam, eps=eps) == moved(adam_rows, dtype, adam=adam, eps=eps)


def test_a_moment_rounded_otherwise_is_noticed():
    def once_more(state, G, rows, D, **options):
        adam_rows(state, G, rows, D, **options)
        D[0, 0] = np.nextafter(D[0, 0], np.float32(2.0))

    plain = {"adam": "corrected", "eps": 1e-8}
    assert moved(once_more, "float32", **plain) != moved(adam_rows, "float32", **plain)


def end_of(student: str, dtype: str, *, threads: int = 1, optimiser: str = "adam") -> tuple[bytes, tuple]:
    setting = Setting(n=70, N=50, d=20, student=named(student))
    draw, backend = Draw(setting=setting, seed=0, dtype=dtype), get_backend("numpy", threads=threads)
    rule = Rule(update=Update(optimiser=optimiser, eta=0.1))
    *_, last = trained(draw, rule, start_state(draw, backend=backend), until=5, backend=backend)
    return last.state.W.tobytes(), last.state.losses


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("student", NAMES)
def test_a_run_with_loops_is_the_run_without(monkeypatch, student, dtype):
    plain = end_of(student, dtype)
    monkeypatch.setattr(compiled, "PAYS", 0)
    assert end_of(student, dtype) == plain


@pytest.mark.parametrize("optimiser", ["adam", "gd"])
def test_with_threads_too(monkeypatch, optimiser):
    plain = end_of("tanh", "float32", threads=2, optimiser=optimiser)
    monkeypatch.setattr(compiled, "PAYS", 0)
    assert end_of("tanh", "float32", threads=2, optimiser=optimiser) == plain


@pytest.mark.parametrize(
    ("kernel", "student"), [("adam", "tanh"), ("tanh_slopes", "tanh"), ("slopes", "erf")]
)
def test_the_loops_are_what_a_long_run_goes_through(monkeypatch, kernel, student):
    """A loop that does nothing changes the run."""
    plain = end_of(student, "float32")
    idle = replace(compiled_loops(), **{kernel: lambda *_: None})
    monkeypatch.setattr(compiled, "PAYS", 0)
    monkeypatch.setattr(compiled, "compiled_loops", lambda: idle)
    assert end_of(student, "float32") != plain


def test_a_short_run_and_a_machine_without_numba_do_without(monkeypatch):
    assert loops_for(compiled.PAYS // 10 - 1, 10) is None
    assert loops_for(compiled.PAYS // 10 + 1, 10) is not None
    monkeypatch.setitem(sys.modules, "numba", None)
    compiled_loops.cache_clear()
    assert loops_for(compiled.PAYS, 10) is None
    compiled_loops.cache_clear()
