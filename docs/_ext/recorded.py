"""The role ``{recorded}`NAME` ``: a number in a page's prose, computed from the recorded verdicts and tables.

Each name stands for one function below; where a sentence says more than its number (that something is least, or so in
every row), the function refuses records that say otherwise, and the build fails.
"""

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

DATA = Path(__file__).resolve().parents[1] / "data"
VERDICTS = ("verdicts-full.json", "verdicts-quick.json")  # the first that there is
FEW = 0.1  # of a number that stays the same


def claim(name: str, data: Path) -> dict[str, Any]:
    """One recorded finding."""
    file = next(data / each for each in VERDICTS if (data / each).exists())
    found = json.loads(file.read_text(encoding="utf-8"))
    return next(each for each in found if each["claim"] == name)


def rows(table: str, data: Path) -> list[dict[str, str]]:
    """Rows of one recorded table."""
    with (data / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digits(value: float, count: int) -> str:
    """So many significant digits, without an exponent up to a million."""
    return f"{float(f'{value:.{count}g}'):g}" if value < 1e6 else f"{value:.{count}g}"


def percent(value: float) -> str:
    """A share in whole percents."""
    return f"{100 * value:.0f} %"


def sure(said: bool, what: str) -> None:
    """Refuse a sentence that the records contradict."""
    if not said:
        raise ValueError(f"the page says that {what}; the records say otherwise")


def _adam(table: str, data: Path) -> list[dict[str, str]]:
    return [row for row in rows(table, data) if row["optimiser"] == "FB-Adam"]


def _at(table: str, data: Path, eta: float) -> dict[str, str]:
    return next(row for row in _adam(table, data) if math.isclose(float(row["eta"]), eta))


def _still(table: str, data: Path) -> dict[str, str]:
    return next(row for row in rows(table, data) if row["optimiser"] == "none")


def least_eta(table: str, column: str, data: Path) -> str:
    """FB-Adam's eta with the least entry of a column."""
    return f"{float(min(_adam(table, data), key=lambda row: float(row[column]))['eta']):g}"


def steps_ratio(data: Path) -> str:
    """How much larger GD's learning rate has to be for a spike."""
    return digits(claim("S4.1b.ratio", data)["estimate"], 2)


def classical(side: str, data: Path) -> str:
    """By how much the classical overlap is too large near the threshold."""
    found = claim(f"C.1b.{side}.classical", data)
    sure(
        found["stated"] > found["estimate"],
        f"the classical theory predicts too large an overlap on the {side}",
    )
    return percent(found["stated"] / found["estimate"] - 1.0)


def critical_over_optimum(optimiser: str) -> str:
    """The eta at which the spike is predicted, over that of the lowest predicted training loss, at the paper's size."""
    from theory.losses.parabola import first_step_loss, optimal_eta
    from verify.appendix.designs import scope_cell
    from verify.appendix.item import Scope
    from verify.predictions.spike import threshold_of
    from verify.problem.paper import default_problem
    from verify.problem.update import Update

    problem, cell, rule = default_problem(), scope_cell(Scope()), Update(optimiser=optimiser)
    parabola = first_step_loss(problem.signal_noise(cell), optimiser=optimiser)
    return digits(threshold_of(problem, cell, rule) / optimal_eta(parabola), 2)


def falls_to(data: Path) -> str:
    """The largest eta of the grid at which FB-Adam's released test loss lies below its start."""
    start, column = float(_still("one-step", data)["test_loss_released"]), "test_loss_released"
    last = max(float(row["eta"]) for row in _adam("one-step", data) if float(row[column]) < start)
    sure(float(_at("one-step", data, 0.1)[column]) < start, "the released test loss falls with the spike")
    return f"{last:g}"


def constant(power: int, data: Path) -> str:
    """c, or c squared, of table-2, the same in every row."""
    found = [float(row["operator_ratio_eps_0"]) for row in rows("table-2", data)]
    sure(max(found) < (1.0 + FEW) * min(found), "the operator norm's ratio is the same in every row")
    predicted = [float(row["operator_ratio_eps_0_predicted"]) for row in rows("table-2", data)]
    return digits((sum(predicted) / len(predicted)) ** power, 3 if power == 1 else 2)


def first_spike(optimiser: str, data: Path) -> str:
    """The least eta of the grid from which every k_out that is counted is 1 or more in every run."""
    found = [
        (float(row["eta"]), float(row["k_out"]))
        for row in rows("one-step", data)
        if row["optimiser"] == optimiser and row["k_out"]
    ]
    first = min(eta for eta, count in found if count >= 1.0)
    sure(all(count >= 1.0 for eta, count in found if eta >= first), "a spike stays once it is there")
    return f"{first:g}"


def hill(which: str, data: Path) -> str:
    """Hill's exponent: its null, or its mean after FB-Adam steps of 10 and more."""
    if which == "null":
        return digits(float(_still("one-step", data)["alpha_hill_null"]), 3)
    found = [float(row["alpha_hill"]) for row in _adam("one-step", data) if float(row["eta"]) >= 10.0]
    sure(max(found) < (1.0 + FEW) * min(found), "Hill's exponent is the same for FB-Adam with eta >= 10")
    return digits(sum(found) / len(found), 2)


def sim_at(n: int, data: Path) -> str:
    """sim(W_1, beta) after FB-Adam with eta = 1."""
    return digits(float(_at("n-dependence", data, 1.0)[f"sim_n_{n}"]), 2)


def kta_factor(n: int, data: Path) -> str:
    """By how much FB-Adam with eta = 1 raises the released KTA."""
    after, before = (
        float(row[f"kta_released_n_{n}"])
        for row in (_at("n-dependence", data, 1.0), _still("n-dependence", data))
    )
    sure((after < before) == (n == 500), "KTA falls at n = 500 and rises at larger n")
    return digits(after / before, 2)


QUANTITIES: dict[str, Callable[[Path], str]] = {
    "gd-over-adam": steps_ratio,
    "classical-left": lambda data: classical("left", data),
    "classical-right": lambda data: classical("right", data),
    "spike-over-optimum-gd": lambda data: critical_over_optimum("gd"),
    "spike-over-optimum-adam": lambda data: critical_over_optimum("adam"),
    "released-falls-to": falls_to,
    "c": lambda data: constant(1, data),
    "c-squared": lambda data: constant(2, data),
    "first-spike-gd": lambda data: first_spike("GD", data),
    "first-spike-adam": lambda data: first_spike("FB-Adam", data),
    "hill-null": lambda data: hill("null", data),
    "hill-large": lambda data: hill("large", data),
    **{
        f"least-{features}-{n}": (
            lambda data, features=features, n=n: least_eta("n-dependence", f"test_loss_{features}_n_{n}", data)
        )
        for features in ("released", "paper")
        for n in (500, 4000, 8000)
    },
    **{f"sim-{n}": (lambda data, n=n: sim_at(n, data)) for n in (500, 4000, 8000)},
    **{f"kta-{n}": (lambda data, n=n: kta_factor(n, data)) for n in (500, 4000, 8000)},
}  # fmt: skip


class Recorded(SphinxRole):
    """See the module's docstring."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The number as text; an unknown name, or records that contradict the sentence, are warnings."""
        self.env.note_reread()  # it depends on files that Sphinx does not watch
        try:
            return [nodes.Text(QUANTITIES[self.text](DATA))], []
        except (KeyError, ValueError, StopIteration) as error:
            message = self.inliner.reporter.error(f"recorded: {self.text}: {error}", line=self.lineno)
            return [], [message]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role."""
    app.add_role("recorded", Recorded())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
