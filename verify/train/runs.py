"""What a training run gave: readings by step, the loss before every step, where it ended."""

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.presentation.numbers import number
from verify.presentation.writers import html_table
from verify.problem.cells import Cell
from verify.problem.training import Training
from verify.problem.update import Update
from verify.running.kept import Kept
from verify.running.request import Request
from verify.running.runs import Run
from verify.running.store import Store
from verify.train.spectra import NULL_DRAWS, numbers_of, report_of_values

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from sim.runs.training import TrainingState
    from verify.spectra.outliers import KnownEdge
    from verify.spectra.spectrum_report import SpectrumReport

__all__ = ["PassingStore", "TrainingRun", "TrainingRuns", "state_file_of", "state_in"]

SHOWN = ("training_loss", "top_singular_value", "sim", "alpha_hill", "relative_distance")


class PassingStore(Store):
    """A store in a directory of its own, which goes when nothing refers to it any more."""

    def __init__(self) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="bulkspike-")))
        weakref.finalize(self, shutil.rmtree, self.directory, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """One run.

    Attributes
    ----------
    cell, seed, update, training
        Which.
    steps : tuple of int
        Those that were measured.
    readings : mapping
        (step, observable) to its value.
    losses : tuple of float
        Training loss before each step, L(W_0), L(W_1) ..; fewer than the last of `steps` where the run diverged.
    diverged : bool
        Whether it ended with weights that are not finite.
    runs : tuple of Run
        The records behind the readings.
    null_draws : int
        Matrices of pure noise that a spectrum is held against where no other number is given.
    """

    cell: Cell
    seed: int
    update: Update
    training: Training
    steps: tuple[int, ...]
    readings: Mapping[tuple[int, str], float] = field(repr=False)
    losses: tuple[float, ...] = field(repr=False)
    diverged: bool
    runs: tuple[Run, ...] = field(repr=False)
    null_draws: int = NULL_DRAWS
    _reports: "dict[tuple[object, ...], SpectrumReport | None]" = field(
        default_factory=dict, repr=False, compare=False
    )
    _store: Store = field(repr=False)

    def value(self, observable: str, *, step: int) -> float:
        """One number; a KeyError names what was measured."""
        if (step, observable) not in self.readings:
            known = sorted({name for at, name in self.readings if at == step})
            what = ", ".join(known) if known else f"steps {', '.join(map(str, self.steps))}"
            raise KeyError(f"{observable!r} at step {step} is not among what was measured: {what}")
        return self.readings[step, observable]

    def singular_values(self, *, step: int) -> "NDArray[np.float64]":
        """Those of W_t, descending; nan where the run has diverged."""
        import numpy as np

        names = [f"s_{k}" for k in range(1, min(self.cell.N, self.cell.d) + 1)]
        if step in self.steps and (step, names[0]) not in self.readings:
            return np.full(len(names), np.nan)
        return np.array([self.value(name, step=step) for name in names])

    def spectrum(
        self,
        step: int,
        *,
        null_draws: int | None = None,
        replicates: int = 0,
        edge: "KnownEdge | None" = None,
    ) -> "SpectrumReport | None":
        """The spectrum of W_t against its nulls: exponents, outliers, bulk, phase; None where the run has diverged.

        Parameters
        ----------
        step : int
            One that was measured.
        null_draws : int, optional
            Matrices of pure noise that it is held against; 0 leaves nulls, z and phase open. None: the run's own number.
        replicates : int
            Of each power law's bootstrap, which takes eigenvalues for independent; 0 leaves it out.
        edge : theory.random_matrices.edges.Edge, optional
            Of W_t's own bulk, where it is known (fresh neurons' largest value, say); None estimates it from the values.

        Notes
        -----
        Remembered: table, figure and frame ask for the same reports.
        """
        draws = self.null_draws if null_draws is None else null_draws
        asked = (step, draws, replicates, edge)
        if asked not in self._reports:
            self._reports[asked] = report_of_values(
                self.singular_values(step=step), shape=(self.cell.N, self.cell.d), dtype=self.runs[0].request.dtype,
                null_draws=draws, replicates=replicates, edge=edge,
            )  # fmt: skip
        return self._reports[asked]

    def final_state(self) -> "TrainingState":
        """Where the run stands in the store: W, a, the optimiser's moments, every loss.

        Raises
        ------
        LookupError
            The store has it no more.
        """
        state = state_in(self._store, self.runs[-1].request)
        if state is None:
            raise LookupError(f"the store {self._store.directory} has the run's state no more")
        return state

    @property
    def title(self) -> str:
        """Which run, in a line."""
        return f"{self.cell.label}, seed {self.seed}, {self.update.title}, eta {self.update.eta:g}"


def state_in(store: Store, request: Request) -> "TrainingState | None":
    """Where a request's run stands in the store."""
    from sim.backend import get_backend
    from sim.draw import Draw
    from verify.running.kinds.training import stored_state

    draw = Draw(
        setting=request.problem.setting(request.cell), seed=request.seed, stream=request.stream, dtype=request.dtype
    )  # fmt: skip
    return stored_state(request, draw, get_backend("numpy"), Kept(store=store))


def state_file_of(run: TrainingRun) -> bytes:
    """The run's final state as `--state` takes it."""
    from sim.backend import get_backend
    from sim.draw import Draw
    from sim.runs.state import state_bytes
    from verify.running.kinds.training import run_of

    request = run.runs[-1].request
    draw = Draw(
        setting=request.problem.setting(request.cell), seed=request.seed, stream=request.stream, dtype=request.dtype
    )  # fmt: skip
    return state_bytes(run.final_state(), run_of(request, draw)[1], backend=get_backend("numpy"))


class TrainingRuns(list[TrainingRun]):
    """Runs in the order of sizes, seeds and learning rates: a list, which a notebook shows as a table."""

    def noise(self) -> "SpectrumReport | None":
        """A report whose nulls are those of the first size; None where all its runs have diverged at once."""
        reports = (run.spectrum(step) for run in self if run.cell == self[0].cell for step in run.steps)
        return next((report for report in reports if report is not None), None)

    def to_frame(self) -> "pd.DataFrame":
        """One row per run, step and observable, nulls and z of both exponents too.

        The loss before every step is `stage_one_loss`; what a diverged run has no more is left out.
        """
        import pandas as pd

        rows = [
            {
                "n": run.cell.n, "N": run.cell.N, "d": run.cell.d, "seed": run.seed, **run.update.key(),
                "step": step, "observable": name, "value": value,
            }
            for run in self
            for (step, name), value in [
                *run.readings.items(),
                *(((step, name), each) for step in run.steps for name, each in numbers_of(run.spectrum(step)).items()),
                *(((step, "stage_one_loss"), loss) for step, loss in enumerate(run.losses)),
            ]
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        return "\n".join(
            f"{run.title}, step {run.steps[-1]}: "
            + ", ".join(f"{name} {number(run.value(name, step=run.steps[-1]))}" for name in SHOWN)
            for run in self
        )

    def __getitem__(self, index: Any) -> Any:
        """One run, or of a slice a list that shows itself as this one does."""
        found = super().__getitem__(index)
        return TrainingRuns(found) if isinstance(index, slice) else found

    def __repr__(self) -> str:
        return f"<TrainingRuns {'; '.join(f'{run.title}, step {run.steps[-1]}' for run in self)}>"

    def _repr_html_(self) -> str:
        rows = [
            [run.title, str(run.steps[-1]), *(number(run.value(name, step=run.steps[-1])) for name in SHOWN)]
            for run in self
        ]
        return f"<div>{html_table(('run', 'step', *SHOWN), rows, 'l' + 'r' * (len(SHOWN) + 1))}</div>"
