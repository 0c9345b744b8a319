"""Sizes at which the appendix is built in tests: everything real, nothing slow."""

import pytest

from verify.appendix import sweeps
from verify.appendix.item import Scope

SCOPE = Scope(quick=True, seeds=2, test_samples=200)
OPTIONS = {"quick": True, "seeds": 2, "test_samples": 200}


def shrink(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick sizes of every sweep, much smaller."""
    monkeypatch.setattr(sweeps, "SIZES", {True: (80, 60, 40), False: (120, 90, 60)})
    monkeypatch.setattr(sweeps, "N_SIZES", {True: ((20, 60, 40), (160, 60, 40))})
    monkeypatch.setattr(sweeps, "SCALES", {True: (1, 2)})
    monkeypatch.setattr(sweeps, "RAY_BASE", {True: (40, 30, 20)})
    monkeypatch.setattr(sweeps, "GRID", (1e-2, 1.0, 2000.0))
