"""The appendix as tests build it: everything real, at sizes at which nothing is slow."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from verify.appendix import designs as sweeps
from verify.appendix.appendix import Appendix, scope_of
from verify.appendix.command import contents_of
from verify.appendix.files import provenance_of
from verify.appendix.item import Scope
from verify.commands.options import options_of
from verify.figures import esd as figures_esd
from verify.figures import sweep as figures_sweep
from verify.predictions import curves as figures_predicted

SCOPE = Scope(quick=True, seeds=2, test_samples=200)
OPTIONS: dict[str, Any] = {"quick": True, "seeds": 2, "test_samples": 200}
FIGURES: dict[str, Any] = {"quick": True, "seeds": 2, "test_samples": 50, "threads": 1}


def shrink_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick sizes of every figure at 80 and less, histograms and curves of a few points."""
    monkeypatch.setitem(sweeps.SIZES, True, (80, 60, 40))
    monkeypatch.setitem(sweeps.N_SIZES, True, ((30, 45, 30), (60, 45, 30), (80, 45, 30)))
    monkeypatch.setitem(sweeps.RAY_BASE, True, (40, 30, 20))
    monkeypatch.setitem(figures_sweep.POINTS, True, 3)
    monkeypatch.setitem(figures_esd.BINS, True, 20)
    monkeypatch.setattr(figures_predicted, "POINTS", 12)


def shrink(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick sizes of every sweep, much smaller."""
    monkeypatch.setattr(sweeps, "SIZES", {True: (80, 60, 40), False: (120, 90, 60)})
    monkeypatch.setattr(sweeps, "N_SIZES", {True: ((20, 60, 40), (160, 60, 40))})
    monkeypatch.setattr(sweeps, "SCALES", {True: (1, 2)})
    monkeypatch.setattr(sweeps, "RAY_BASE", {True: (40, 30, 20)})
    monkeypatch.setattr(sweeps, "GRID", (1e-2, 1.0, 2000.0))


def bytes_of_a_run(
    appendix: Appendix, write: Callable[..., object], folder: Path, store: Path, options: dict[str, Any]
) -> tuple[int, dict[str, bytes]]:
    """How many runs were simulated for every item of a command, and its files."""
    built = contents_of(appendix, options_of(appendix.spec, options | {"store": store}))
    scope = scope_of(options)
    folder.mkdir()
    for item in appendix.items:
        words: dict[str, Any] = {"command": f"{appendix.spec.short_name} {item.id}", "options": {}}
        write(folder, built.contents[item.id], provenance_of(item, scope, item.needs(scope), **words))
    return built.computed, {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
