"""The optimiser of docs/adding-an-optimiser.md in this process: in the table as long as a test lasts, unknown to theory."""

import importlib.util
import sys

import pytest

from sim.optimisers import table
from support.additions import page

__all__ = ["NAME", "add_toy"]

NAME = "normalised-gd"


def add_toy(monkeypatch: pytest.MonkeyPatch) -> str:
    """Put it into the table; its name."""
    example = page("adding-an-optimiser").files["sim/optimisers/normalised_gd.py"]
    spec = importlib.util.spec_from_file_location("sim.optimisers.normalised_gd", example)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, spec.name, module)
    monkeypatch.setitem(table.MODULES, NAME, "normalised_gd")
    return NAME
