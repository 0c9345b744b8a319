"""records.csv: its step is that of the request, updates made."""

import csv
import io

from verify.commands.files import records_csv
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
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
