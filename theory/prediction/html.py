"""A prediction as a notebook shows it: the table of `prediction_text` in HTML, meanings and notes below their numbers."""

from collections.abc import Sequence
from html import escape

from theory.prediction.catalogue import SECTIONS
from theory.prediction.digits import value_text
from theory.prediction.quantity import Quantity
from theory.prediction.text import ERROR_WORDS

__all__ = ["prediction_html"]

LEFT = 'style="text-align: left"'
KEPT = 'style="white-space: nowrap"'  # a value and its error, a label of an equation: never in two lines


def prediction_html(title: str, flags: Sequence[str], quantities: Sequence[Quantity]) -> str:
    """The table: one column per eta where a section depends on it; numbered notes say what is outside its validity."""
    notes: dict[str, int] = {}
    etas = list(dict.fromkeys(quantity.eta for quantity in quantities if quantity.eta is not None))
    width = max(len(etas), 1)
    rows = []
    for section in SECTIONS:
        found = [quantity for quantity in quantities if quantity.section == section]
        if found:
            rows += [_heading(section, etas if found[0].eta is not None else [], width)]
            rows += _rows(found, etas, width, notes)
    words = [ERROR_WORDS.replace("+-", "±")] if any(quantity.sd > 0.0 for quantity in quantities) else []
    said = "".join(f"<br>{escape(line)}" for line in (*flags, *words))
    below = "".join(f"<li>{escape(reason)}</li>" for reason in notes)
    return (
        f"<div><p>{escape(title)}{said}</p>\n<table>\n" + "\n".join(rows) + "\n</table>"
        + (f"\n<p>Outside the derivation's validity, or not predicted:</p><ol>{below}</ol>" if notes else "")
        + "</div>"
    )  # fmt: skip


def _heading(section: str, etas: Sequence[float | None], width: int) -> str:
    columns = "".join(f"<th>eta = {eta:g}</th>" for eta in etas) or f'<th colspan="{width}"></th>'
    return f"<tr><th {LEFT}>{escape(section)}</th>{columns}<th></th></tr>"


def _rows(found: Sequence[Quantity], etas: Sequence[float], width: int, notes: dict[str, int]) -> list[str]:
    by_key: dict[tuple[str, str], list[Quantity]] = {}
    for quantity in sorted(found, key=lambda quantity: quantity.features == "released"):
        by_key.setdefault((quantity.name, quantity.features), []).append(quantity)
    lines = []
    for (name, features), group in by_key.items():
        label = f"{name} ({features})" if features else name
        if group[0].eta is None:
            cells = f'<td colspan="{width}" {KEPT}>{_marked(group[0], notes)}</td>'
        else:
            at = {quantity.eta: quantity for quantity in group}
            cells = "".join(f"<td {KEPT}>{_marked(at[eta], notes) if eta in at else ''}</td>" for eta in etas)
        meaning = f"{escape(group[0].meaning)} <span {KEPT}>({escape(group[0].equation)})</span>"
        lines.append(f"<tr><td {LEFT}>{escape(label)}</td>{cells}<td {LEFT}>{meaning}</td></tr>")
    return lines


def _marked(quantity: Quantity, notes: dict[str, int]) -> str:
    text = escape(value_text(quantity.value, quantity.sd).replace("+-", "±"))
    reasons = quantity.flag.split("; ") if quantity.flag else []
    numbers = sorted(notes.setdefault(reason, len(notes) + 1) for reason in reasons)
    return f"{text}&nbsp;<sup>{','.join(map(str, numbers))}</sup>" if numbers else text
