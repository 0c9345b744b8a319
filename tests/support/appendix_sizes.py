"""Sizes at which the appendix is built in tests: everything real, nothing slow."""

import pytest

from verify.appendix import designs as sweeps
from verify.appendix.item import Scope
from verify.figures import sweep as figures_sweep
from verify.predictions import curves as figures_predicted

SCOPE = Scope(quick=True, seeds=2, test_samples=200)
OPTIONS = {"quick": True, "seeds": 2, "test_samples": 200}


FIGURES = {"quick": True, "seeds": 2, "test_samples": 50, "threads": 1}


def shrink_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick sizes of every figure at 80 and less, curves of a few points."""
    monkeypatch.setitem(sweeps.SIZES, True, (80, 60, 40))
    monkeypatch.setitem(sweeps.N_SIZES, True, ((30, 45, 30), (60, 45, 30), (80, 45, 30)))
    monkeypatch.setitem(sweeps.RAY_BASE, True, (40, 30, 20))
    monkeypatch.setitem(figures_sweep.POINTS, True, 3)
    monkeypatch.setattr(figures_predicted, "POINTS", 12)


def shrink(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick sizes of every sweep, much smaller."""
    monkeypatch.setattr(sweeps, "SIZES", {True: (80, 60, 40), False: (120, 90, 60)})
    monkeypatch.setattr(sweeps, "N_SIZES", {True: ((20, 60, 40), (160, 60, 40))})
    monkeypatch.setattr(sweeps, "SCALES", {True: (1, 2)})
    monkeypatch.setattr(sweeps, "RAY_BASE", {True: (40, 30, 20)})
    monkeypatch.setattr(sweeps, "GRID", (1e-2, 1.0, 2000.0))
