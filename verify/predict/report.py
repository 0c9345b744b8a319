"""A prediction as text, CSV, Markdown and JSON."""

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.optimisers.table import optimiser_named
from verify.presentation.writers import markdown_table

if TYPE_CHECKING:
    from theory.prediction.record import ProblemPrediction

__all__ = []

PROBLEM = (
    "n", "N", "d", "parametrisation", "teacher_direction", "noise", "offset", "optimiser", "adam", "eps", "ridge",
)  # fmt: skip


def facts_of(prediction: "ProblemPrediction") -> dict[str, Any]:
    """The problem as plain data; what means nothing to its optimiser is None there."""
    facts = {name: getattr(prediction, name) for name in PROBLEM}
    meant = [constant.name for constant in optimiser_named(prediction.optimiser).constants]
    facts |= {name: None for name in ("adam", "eps") if name not in meant}
    return facts | {"student": prediction.student.name, "teacher": prediction.teacher.name}


def predictions_json(found: Sequence["ProblemPrediction"]) -> str:
    """The predictions as JSON; what is no finite number is null, infinity the text "inf"."""
    document = [
        {
            "problem": facts_of(prediction),
            "flags": list(prediction.flags),
            "quantities": [
                {
                    "name": quantity.name,
                    "eta": quantity.eta,
                    "features": quantity.features or None,
                    "value": _plain(quantity.value),
                    "sd": _plain(quantity.sd),
                    "flag": quantity.flag,
                    "equation": quantity.equation,
                    "meaning": quantity.meaning,
                    "section": quantity.section,
                }
                for quantity in prediction
            ],
        }
        for prediction in found
    ]
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def table_csv(found: Sequence["ProblemPrediction"]) -> str:
    """All quantities of all problems, one row each."""
    import pandas as pd

    frames = []
    for prediction in found:
        frame = prediction.to_frame()
        for place, (name, value) in enumerate(facts_of(prediction).items()):
            frame.insert(place, name, value)
        frames.append(frame)
    return pd.concat(frames).to_csv(index=False, lineterminator="\n")


def table_markdown(found: Sequence["ProblemPrediction"]) -> str:
    """One table per problem; notes below it."""

    return "\n".join(
        f"## {prediction.problem_text()}\n\n"
        + "".join(f"{flag}\n\n" for flag in prediction.flags)
        + _markdown_rows(prediction)
        for prediction in found
    )


def _markdown_rows(prediction: "ProblemPrediction") -> str:
    from theory.prediction.digits import value_text

    notes: dict[str, int] = {}
    rows = []
    for quantity in prediction:
        reasons = quantity.flag.split("; ") if quantity.flag else []
        numbers = ", ".join(str(notes.setdefault(reason, len(notes) + 1)) for reason in reasons)
        name = f"{quantity.name} ({quantity.features})" if quantity.features else quantity.name
        eta = "" if quantity.eta is None else f"{quantity.eta:g}"
        value = value_text(quantity.value, quantity.sd).replace("+-", "±")
        meaning = quantity.meaning.replace("*", "\\*")
        rows.append((f"`{name}`", eta, value, numbers, meaning, quantity.equation))
    table = markdown_table(("quantity", "η", "predicted", "note", "meaning", "equation"), rows, "lrrlll")
    below = [f"{number}. {reason}" for reason, number in notes.items()]
    return "\n".join([table, *(["", *below] if below else []), ""])
