"""`c-ratio`: the constant of Theorem 4.1 against n/d for every student, with measured points for some."""

import math
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.appendix.designs import design, torch_adam
from verify.appendix.drawing.panels import Axis, Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.figures.judgements import JUDGED, Seen, verdict_of
from verify.presentation.style import COLOURS, PAGE
from verify.problem.cells import Cell
from verify.problem.problem import Problem, make_problem
from verify.running.design import Readings
from verify.statistics.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ITEMS", "predicted_c"]

ODD = ("linear", "erf", "tanh", "sin")
OTHERS = (
    "silu",
    "softplus",
    "relu",
)  # E sigma is not 0: c depends on A = sum a_i/sqrt N; centred, A drops out
MEASURED_CENTRED, MEASURED_RANDOM = ("tanh", "sin", "centred-relu"), ("relu",)
RATIOS = {False: (0.5, 1.0, 2.0, 4.0, 8.0), True: (0.5, 1.0, 2.0, 4.0)}
SIZES = {False: (750, 500), True: (150, 100)}  # N, d
RANGE = (0.1, 100.0)
CENTRED = "(a) odd students, and others centred\n" r"$\mathsf{E}\,\sigma(z)=0$"
BANDS = "(b) the others as they are\n" r"bands: $|A|\leq 1$, $A=\Sigma_i\,a_i/\sqrt{N}$"
LEAST, SAME = 0.1, 0.1  # a constant that has not vanished; the share by which runs may miss it
COLOUR = {
    "linear": "0.35", "erf": COLOURS["bulk"], "tanh": COLOURS["operator"], "sin": COLOURS["frobenius"],
    "silu": COLOURS["rival"], "softplus": "#E69F00", "relu": COLOURS["other"],
}  # fmt: skip
DASH: dict[str, str | tuple[float, tuple[float, ...]]] = {
    "linear": "-", "erf": "--", "tanh": "-.", "sin": ":", "silu": (0, (6, 1, 1, 1)), "softplus": (0, (3, 1)), "relu": "-",
}  # fmt: skip
OWN = "relu, c at each run's A"
MARKS = {"tanh": "o", "sin": "s", "centred relu": "^", "relu": "^"}


def _looks() -> dict[str, Look]:
    """Curves of odd, centred and other students, and their marks; a student has one colour in both panels."""
    looks = {
        name: Look(kind="line", colour=COLOUR[name.removeprefix("centred ")], dash=DASH[name.removeprefix("centred ")])
        for name in (*ODD, *map(_centred, OTHERS), *OTHERS)
    }  # fmt: skip
    looks |= {
        f"{name} measured": Look(
            kind="points", marker=mark, colour=COLOUR[name.removeprefix("centred ")], legend=f"{name}, runs", order=3
        )
        for name, mark in MARKS.items()
    }  # fmt: skip
    return looks | {OWN: Look(kind="points", marker="_", colour="black", size=7.0, order=4)}


@lru_cache(maxsize=32)
def _problem(student: str) -> Problem:
    return make_problem(student=student)


def predicted_c(student: str, ratio: float, offset: float = 0.0) -> float:
    """The limit of ||D_0||_2/sqrt(N d) at n/d = `ratio`, given A = `offset` where E sigma is not 0."""
    from theory.update.sign import sign_norm_ratio

    cell = Cell(n=round(1e6 * ratio), N=1_500_000, d=1_000_000)
    return float(sign_norm_ratio(_problem(student).signal_noise(cell, {"readout_sum": offset}).kappa))


def _cells(scope: Scope) -> tuple[Cell, ...]:
    N, d = SIZES[scope.quick]
    return tuple(Cell(n=round(ratio * d), N=N, d=d) for ratio in RATIOS[scope.quick])


def _needs(scope: Scope) -> list[Need]:
    return [
        Need(
            design=design(scope, _problem(name), _cells(scope), ("update-norms",), (torch_adam(None, 0.0),)),
            seeds=scope.repeats(),
        )
        for name in (*MEASURED_CENTRED, *MEASURED_RANDOM)
    ]  # fmt: skip


def _ratios(readings: Sequence[Readings], cell: Cell) -> NDArray[np.float64]:
    root = math.sqrt(cell.N * cell.d)
    return np.array([r.value("operator_norm") / root for r in readings if r.cell == cell])


def _frame(scope: Scope, material: Material) -> "pd.DataFrame":
    x = np.geomspace(*RANGE, 41)
    centred, random = "E sigma = 0", "E sigma not 0"
    parts = []
    for name in (*ODD, *OTHERS):
        parts.append(series_rows(centred, _centred(name), x, [predicted_c(_student(name), r) for r in x]))
    for name in OTHERS:
        c = np.array([[predicted_c(name, r, A) for r in x] for A in np.linspace(-1.0, 1.0, 9)])
        parts.append(series_rows(random, name, x, c[4], y_low=c.min(axis=0), y_high=c.max(axis=0)))
    for need, name in zip(_needs(scope), (*MEASURED_CENTRED, *MEASURED_RANDOM), strict=True):
        readings = material.readings(need.design, need.seeds)
        series = f"{name.replace('-', ' ')} measured"
        for cell in need.design.cells:
            found, ratio = _ratios(readings, cell), cell.n / cell.d
            if name in MEASURED_RANDOM:  # every run for itself: it is the runs that differ
                parts.append(series_rows(random, series, np.full(found.size, ratio), found))
                sums = [r.value("readout_sum") for r in readings if r.cell == cell]
                own = [predicted_c(name, ratio, A) for A in sums]
                parts.append(series_rows(random, OWN, np.full(found.size, ratio), own))
            else:
                error = found.std(ddof=1) / math.sqrt(found.size)
                parts.append(series_rows(centred, series, ratio, found.mean(), error=error))
    return frame_of(parts)


def _student(name: str) -> str:
    """The student with E sigma = 0 that belongs to a name: an odd one is its own."""
    return name if name in ODD else f"centred-{name}"


def _centred(name: str) -> str:
    """Its series."""
    return _student(name).replace("-", " ")


def _build(scope: Scope, material: Material) -> Content:
    frame = _frame(scope, material)
    y = Axis(label=r"$c=\Vert D_0\Vert_2/\sqrt{Nd}$", limits=(0.0, 1.03))
    x = Axis(label="$n/d$", scale="log", limits=RANGE, ticks=(0.1, 1.0, 10.0, 100.0))
    panels = [
        Panel(name="E sigma = 0", title=CENTRED, x=x, y=y, legend="lower right",
              legend_columns=2),
        Panel(name="E sigma not 0", title=BANDS, x=x, y=Axis(limits=(0.0, 1.03)), legend="lower right"),
    ]  # fmt: skip
    return Content(
        frame=frame,
        caption=_caption(frame, scope),
        draw=partial(_draw, frame=frame, panels=panels),
        size=(PAGE, 3.1),
        notes=(
            "Softplus teacher, noise 0.3, eps = 0. Curves are limits at fixed n/d; they do not depend on N/d.",
            "A centred student is sigma - E sigma. A is a standard normal number at any size: the bands in (b) are what c "
            "is for -1 <= A <= 1, which two draws in three keep to, the lines are at A = 0; a bar "
            "at a run is c at that run's own A.",
        ),
    )


def _caption(frame: "pd.DataFrame", scope: Scope) -> str:
    off, seen = {}, list[Seen]()
    for name in MEASURED_CENTRED:
        short = name.replace("-", " ")
        rows = frame[(frame["panel"] == "E sigma = 0") & (frame["series"] == f"{short} measured")]
        expected = np.array([predicted_c(name, ratio) for ratio in rows["x"]])
        off[short] = float(np.abs(rows["y"].to_numpy() / expected - 1.0).max())
        ratios, errors = rows["y"] / expected, (rows["y_high"] - rows["y"]) / expected
        seen += [
            Seen(mean=mean, error=error, lower=1.0 - SAME, upper=1.0 + SAME)
            for mean, error in zip(ratios, errors, strict=True)
        ]
    curve = frame[(frame["panel"] == "E sigma = 0")]
    at = {name: _value_at(curve, name, 2.0) for name in (*ODD, *map(_centred, OTHERS))}
    relu = frame[
        (frame["panel"] == "E sigma not 0")
        & (frame["series"] == "relu measured")
        & (abs(frame["x"] - 2.0) < 0.2)
    ]
    N, d = SIZES[scope.quick]
    whole = [name for name, value in at.items() if value > 1.0 - 1e-3]
    order = verdict_of(seen, scope.repeats()) if min(at.values()) > LEAST else Verdict.REFUTED
    own, values = (frame[frame["series"] == series]["y"].to_numpy() for series in (OWN, "relu measured"))
    by_draw = float(np.abs(values / own - 1.0).max())
    worst = ", ".join(f"{name} {100 * share:.2g} %" for name, share in off.items())
    return (
        "The constant of Theorem 4.1's operator norm against n/d. At n/d = 2 it is predicted to be "
        f"{min(at.values()):.3f} ({min(at, key=lambda k: at[k])}) to {max(at.values()):.3f} "
        f"({max(at, key=lambda k: at[k])}), below 1 for all students but {', '.join(whole) or 'none'}. That "
        f"||D_0||_2 is of the order of sqrt(N d), within "
        f"{SAME:.0%} of that constant, {JUDGED[order]}. Measured at "
        f"N = {N}, d = {d}, {scope.repeats()} seeds, largest deviations from the limit: {worst}. "
        "Where E sigma is not 0, c is predicted to depend on the draw of the readout through A = sum a_i/sqrt N, which does "
        f"not shrink with d: single runs of relu at n/d = 2 lie between {relu['y'].min():.3f} and {relu['y'].max():.3f}, "
        f"and every run lies within {100 * by_draw:.2g} % of c at its own A"
        + (": the draw explains them." if by_draw < SAME else ", so that more than the draw is at work.")
    )  # fmt: skip


def _value_at(frame: "pd.DataFrame", series: str, x: float) -> float:
    rows = frame[frame["series"] == series]
    return float(np.interp(math.log(x), np.log(rows["x"]), rows["y"]))


def _draw(figure: "Figure", frame: "pd.DataFrame", panels: Sequence[Panel]) -> None:
    draw_panels(figure, frame, panels, _looks(), columns=2)


ITEMS: tuple[Item, ...] = (
    Item(id="c-ratio", title="The constant c against n/d for every student", source="ours",
         settings="All students, softplus teacher; runs of tanh, sin and relu at n/d from 1/2 to 8.",
         needs=_needs, build=_build),
)  # fmt: skip
