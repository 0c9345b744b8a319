"""records.csv: the step is the request's, updates made; the second stage's columns are filled where they mean something."""

import csv
import io

from verify.commands.files import records_csv
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.second_stage import SecondStage
from verify.problem.update import adam
from verify.running.request import Request
from verify.running.runs import Run
from verify.running.store import Record


def test_the_step_is_the_requests():
    runs = []
    for step, group, update in ((0, "gradient", None), (1, "top", adam(0.1))):
        request = Request(
            problem=make_problem(), cell=Cell(n=10, N=5, d=3), seed=0, group=group, update=update, step=step
        )
        record = Record(key=request.key(), observables={"x": (1.0, None)})
        runs.append(Run(request=request, record=record, update=update))
    rows = list(csv.DictReader(io.StringIO(records_csv(runs))))
    assert [(row["step"], row["eta"], row["optimiser"]) for row in rows] == [
        ("0", "", ""),
        ("1", "0.1", "adam"),
    ]


def test_the_second_stage_has_its_columns():
    """They stood empty, and the scaling of the features in the observable's name."""
    stage = SecondStage(ridge=0.5, test_samples=70)
    runs = []
    for group, observables in (
        ("ridge", {"test_loss[paper]": (1.0, None), "test_loss[released]": (2.0, None)}),
        ("top", {"sim": (3.0, 0.1)}),
    ):
        request = Request(
            problem=make_problem(),
            cell=Cell(n=10, N=5, d=3),
            seed=0,
            group=group,
            update=adam(0.1),
            second_stage=stage,
        )
        record = Record(key=request.key(), observables=observables)
        runs.append(Run(request=request, record=record, update=request.update))
    rows = list(csv.DictReader(io.StringIO(records_csv(runs))))
    named = ("observable", "features", "ridge", "test_samples", "value", "bound")
    assert [tuple(row[name] for name in named) for row in rows] == [
        ("test_loss", "paper", "0.5", "70", "1.0", ""),
        ("test_loss", "released", "0.5", "70", "2.0", ""),
        ("sim", "", "", "", "3.0", "0.1"),
    ]
