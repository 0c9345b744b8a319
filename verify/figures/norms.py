"""Norms of the first update: Figure 8, and how Adam's eps bends its law."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from verify.appendix.designs import ADAM_EPS, design, norms, scope_cell, torch_adam
from verify.appendix.drawing.panels import Axis, Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.figures.judgements import JUDGED, RATE
from verify.presentation.numbers import number as text_of
from verify.presentation.style import COLOURS, COLUMN, PAGE
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.problem.problem import Problem
from verify.running.design import Design, Readings
from verify.statistics import Interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ITEMS", "mean_ratio", "norm_ratios"]

NORMS = {"frobenius_norm": "||D_0||_F", "operator_norm": "||D_0||_2"}
TEX = {"frobenius_norm": r"$\Vert D_0\Vert_F$", "operator_norm": r"$\Vert D_0\Vert_2$"}
MARGIN = 0.03  # of the exponents in fig-8, as in verify.scaling
CLOSE = 0.05  # a share by which runs may miss the curve of eps-drift
LINE = 24
PREDICTED = {name: f"predicted {text}" for name, text in NORMS.items()}
LOOKS = {
    NORMS["frobenius_norm"]: Look(kind="points", marker="s", colour=COLOURS["frobenius"], order=3,
                                   legend=TEX["frobenius_norm"]),
    NORMS["operator_norm"]: Look(kind="points", marker="o", colour=COLOURS["operator"], order=3,
                                  legend=TEX["operator_norm"]),
    "||D_0||_F, eps scaled": Look(kind="points", marker="s", colour=COLOURS["frobenius"], hollow=True, order=3,
                                  legend=""),
    "||D_0||_2, eps scaled": Look(kind="points", marker="o", colour=COLOURS["operator"], hollow=True, order=3,
                                  legend=""),
    PREDICTED["frobenius_norm"]: Look(kind="line", legend="predicted", width=0.9),
    PREDICTED["operator_norm"]: Look(kind="line", legend="predicted", width=0.9),
    "no eps": Look(kind="horizontal", dash=":", width=0.8, colour="0.5", legend=r"$\epsilon=0$", order=1),
}  # fmt: skip


def norm_ratios(problem: Problem, cell: Cell, eps: float) -> dict[str, float]:
    """Both norms over sqrt(N d) as predicted."""
    from theory.update.adam_eps import adam_norm_ratios

    whole, top = adam_norm_ratios(problem.signal_noise(cell, {"readout_sum": 0.0}), eps)
    return {"frobenius_norm": float(whole), "operator_norm": float(top)}


def mean_ratio(readings: Sequence[Readings], cell: Cell, name: str, eps: float) -> tuple[float, float]:
    """Mean over seeds and standard error of a norm over sqrt(N d)."""
    values = np.array([r.value(name, torch_adam(None, eps)) for r in readings if r.cell == cell])
    values /= math.sqrt(cell.N * cell.d)
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(values.size))


def _figure_8_frame(of: Design, readings: Sequence[Readings]) -> "pd.DataFrame":
    root = np.array([math.sqrt(cell.N * cell.d) for cell in of.cells])
    line = np.array([0.0, 1.05 * root[-1]])
    predicted = [norm_ratios(of.problem, cell, ADAM_EPS) for cell in of.cells]
    base = of.cells[0]
    between = [Cell(n=round(base.n * k), N=round(base.N * k), d=round(base.d * k))
               for k in np.linspace(0.1, 1.05 * root[-1] / root[0], LINE)]  # fmt: skip
    curve = [norm_ratios(of.problem, cell, ADAM_EPS) for cell in between]
    x = np.array([math.sqrt(cell.N * cell.d) for cell in between])
    parts = []
    for name, series in NORMS.items():
        mean, error = np.array([mean_ratio(readings, cell, name, ADAM_EPS) for cell in of.cells]).T
        expected = np.array([each[name] for each in predicted])
        parts.append(series_rows("norms", series, root, mean * root, error=error * root))
        parts.append(series_rows("norms", PREDICTED[name], x, np.array([each[name] for each in curve]) * x))
        parts.append(series_rows("ratio", series, root, mean / expected, error=error / expected))
    parts.append(series_rows("ratio", PREDICTED["operator_norm"], line, 1.0))
    return frame_of(parts)


def _figure_8(scope: Scope, material: Material) -> Content:
    of = norms(scope)
    readings = material.readings(of, scope.repeats())
    frame = _figure_8_frame(of, readings)
    beside = dict(zip(NORMS.values(), (-1.5, 1.5), strict=True))  # at one x each would hide the other's bar
    looks = LOOKS | {
        name: replace(LOOKS[name], shift=shift, shift_in="ratio") for name, shift in beside.items()
    }
    panels = [
        Panel(name="norms", title="(a) norms", x=Axis(label=r"$\sqrt{Nd}$", limits=(0, None)),
              y=Axis(label="norm", limits=(0, None)), legend="upper left"),
        Panel(name="ratio", title="(b) the same over their predictions", x=Axis(label=r"$\sqrt{Nd}$", limits=(0, None)),
              y=Axis(label="measured / predicted")),
    ]  # fmt: skip
    return Content(
        frame=frame,
        caption=_figure_8_caption(frame, of, scope.repeats(), exponents_of(of, readings)),
        draw=partial(_draw, frame=frame, panels=panels, looks=looks),
        size=(PAGE, 2.7),
        notes=("FB-Adam with torch's eps = 1e-8, bias-corrected. The exponents: one fit over the sizes, which are drawn "
               "independently, with weights d and one pooled scale.",),
    )  # fmt: skip


def exponents_of(of: Design, readings: Sequence[Readings]) -> dict[str, Interval]:
    """The exponent of sqrt(N d) in both norms, with simultaneous intervals at `RATE`."""
    from verify.statistics import exponent_fit

    root = [math.sqrt(cell.N * cell.d) for cell in of.cells]
    spread = [cell.d**-0.5 for cell in of.cells]
    found = {}
    for name, series in NORMS.items():
        z = [
            [math.log(r.value(name, torch_adam(None))) for r in readings if r.cell == cell]
            for cell in of.cells
        ]
        fit = exponent_fit(z, {"root": root}, spread=spread, error_rate=RATE / len(NORMS))
        found[series] = fit.exponents["root"]
    return found


def _figure_8_caption(
    frame: "pd.DataFrame", of: Design, seeds: int, exponents: Mapping[str, Interval]
) -> str:
    from verify.statistics import joint_verdict, value_verdict

    off = []
    for series in NORMS.values():
        here = frame[(frame["panel"] == "ratio") & (frame["series"] == series)]
        off.append(float(np.abs(here["y"] - 1.0).max()))
    words = " and ".join(
        f"{name} grows like sqrt(N d) to the power {each.estimate:.4f} (interval {each.low:.4f} to {each.high:.4f})"
        for name, each in exponents.items()
    )
    linear = joint_verdict(value_verdict(each, predicted=1.0, margin=MARGIN) for each in exponents.values())
    return (
        f"Both norms of the first update against sqrt(N d) on {len(of.cells)} sizes of the paper's ray, "
        f"{of.cells[0].label} to {of.cells[-1].label}, mean and standard error of {seeds} seeds. {words}, at an error rate "
        f"of {RATE:g}; both norms stay within {100 * max(off):.2g} % of their predictions. The paper's claim that both are "
        f"linear in sqrt(N d), to {MARGIN:g} in the exponent, {JUDGED[linear]}.{_bent(exponents, of)} "
        "On this ray N, d, n and N + d are the same "
        "law up to a constant: figure design shows what tells them apart."
    )


def _bent(exponents: Mapping[str, Interval], of: Design) -> str:
    """Which intervals leave 1 out, and the exponent that Adam's eps predicts there."""
    parts = []
    for name, series in NORMS.items():
        if exponents[series].contains(1.0):
            continue
        ends = [norm_ratios(of.problem, cell, ADAM_EPS)[name] for cell in (of.cells[0], of.cells[-1])]
        roots = [math.sqrt(cell.N * cell.d) for cell in (of.cells[0], of.cells[-1])]
        slope = 1.0 + math.log(ends[1] / ends[0]) / math.log(roots[1] / roots[0])
        said = "within" if exponents[series].contains(slope) else "outside"
        parts.append(f"{series}'s interval leaves out 1; from the first to the last size Adam's eps bends the prediction to "
                     f"{slope:.4f}, which is {said} it")  # fmt: skip
    return f" {'; '.join(parts)} (figure eps-drift)." if parts else ""


def _draw(
    figure: "Figure", frame: "pd.DataFrame", panels: Sequence[Panel], looks: Mapping[str, Look]
) -> None:
    draw_panels(figure, frame, panels, looks, columns=len(panels))


RATIOS = (2.0, 1.5)  # n/d and N/d of the paper
DRIFT = (50.0, 1e6)
EMULATED = (1e4, 3e4, 1e5, 3e5, 1e6)


def _stand_in(scope: Scope) -> Cell:
    """The size at which larger d are imitated: eps enters by its ratio to the entries, which shrink like d^-3/2."""
    cell = scope_cell(scope)
    return cell if scope.quick else Cell(n=cell.n // 2, N=cell.N // 2, d=cell.d // 2)


def _scaled_eps(scope: Scope, d: float) -> float:
    return float(f"{ADAM_EPS * (d / _stand_in(scope).d) ** 1.5:.4g}")


def _imitation(scope: Scope) -> Design:
    updates = [torch_adam(None, _scaled_eps(scope, d)) for d in EMULATED]
    return design(scope, default_problem(), (_stand_in(scope),), ("update-norms",), updates)


def _drift_needs(scope: Scope) -> list[Need]:
    return [
        Need(design=norms(scope), seeds=scope.repeats()),
        Need(design=_imitation(scope), seeds=scope.repeats()),
    ]


def _drift_frame(scope: Scope, material: Material) -> "pd.DataFrame":
    of, seeds = norms(scope), scope.repeats()
    readings, others = material.readings(of, seeds), material.readings(_imitation(scope), seeds)
    d = np.geomspace(*DRIFT, 60)
    sizes = [Cell(n=round(RATIOS[0] * x), N=round(RATIOS[1] * x), d=round(x)) for x in d]
    predicted = [norm_ratios(of.problem, cell, ADAM_EPS) for cell in sizes]
    parts = []
    for name, series in NORMS.items():
        mean, error = np.array([mean_ratio(readings, cell, name, ADAM_EPS) for cell in of.cells]).T
        parts.append(series_rows("drift", series, np.array([cell.d for cell in of.cells]), mean, error=error))
        found = [mean_ratio(others, _stand_in(scope), name, _scaled_eps(scope, x)) for x in EMULATED]
        mean, error = np.array(found).T
        parts.append(series_rows("drift", f"{series}, eps scaled", np.array(EMULATED), mean, error=error))
        parts.append(series_rows("drift", PREDICTED[name], d, np.array([each[name] for each in predicted])))
        parts.append(series_rows("drift", "no eps", y=norm_ratios(of.problem, sizes[-1], 0.0)[name]))
    return frame_of(parts)


def _drift(scope: Scope, material: Material) -> Content:
    frame = _drift_frame(scope, material)
    stand_in = _stand_in(scope).d
    looks = LOOKS | {
        f"{text}, eps scaled": replace(
            LOOKS[f"{text}, eps scaled"], legend=rf"{TEX[name]}, $d={stand_in}$, $\epsilon$ scaled"
        )
        for name, text in NORMS.items()
    }
    panel = Panel(
        name="drift", x=Axis(label="$d$", scale="log"),
        y=Axis(label=r"norm / $\sqrt{Nd}$", limits=(0.0, 1.08)), legend="lower left",
    )  # fmt: skip
    return Content(
        frame=frame,
        caption=_drift_caption(frame, stand_in),
        draw=partial(_draw, frame=frame, panels=[panel], looks=looks),
        size=(COLUMN, 2.7),
    )  # fmt: skip


def _drift_caption(frame: "pd.DataFrame", stand_in: int) -> str:
    last = {name: frame[frame["series"] == text]["y"].iloc[-1] for name, text in PREDICTED.items()}
    off = []
    for name, text in NORMS.items():
        rows = frame[frame["series"] == f"{text}, eps scaled"]
        curve = frame[frame["series"] == PREDICTED[name]]
        expected = np.interp(np.log(rows["x"]), np.log(curve["x"]), curve["y"])
        off.append(float(np.abs(rows["y"] / expected - 1.0).max()))
    found = (
        "the runs bear out that Theorem 4.1's law has a finite range for this Adam"
        if max(off) < CLOSE
        else f"that is more than {CLOSE:.0%}, and the runs do not bear the curve out"
    )
    return (
        "Norms of the first FB-Adam update over sqrt(N d) against d at the paper's ratios, eps = 1e-8. Filled marks are "
        f"runs at their own d; open ones are runs at d = {stand_in} with eps raised so that it is to an entry of G_0 what "
        f"1e-8 is at that d. At d = 1e6 the predicted ratios are down to {text_of(float(last['frobenius_norm']), 3)} and "
        f"{text_of(float(last['operator_norm']), 3)}; the open marks lie within {100 * max(off):.2g} % of the curve: "
        f"{found}."
    )


def _ray_needs(scope: Scope) -> list[Need]:
    return [Need(design=norms(scope), seeds=scope.repeats())]


ITEMS: tuple[Item, ...] = (
    Item(id="fig-8", title="Norms of the first update against sqrt(N d)", source="Figure 8",
         settings="FB-Adam, (n, N, d) = k (1000, 750, 500), k = 1 to 8.", needs=_ray_needs, build=_figure_8),
    Item(id="eps-drift", title="How Adam's eps bends the law", source="ours",
         settings="eps = 1e-8 at the paper's ratios, d up to 1e6.", needs=_drift_needs, build=_drift),
)  # fmt: skip
