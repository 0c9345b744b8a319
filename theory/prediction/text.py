"""A prediction as a table for people: sections, value +- standard deviation, flags as numbered notes."""

from collections.abc import Sequence

from theory.prediction.catalogue import SECTIONS
from theory.prediction.digits import value_text
from theory.prediction.quantity import Quantity

__all__ = ["prediction_text"]


def prediction_text(title: str, flags: Sequence[str], quantities: Sequence[Quantity]) -> str:
    """The table: one line per quantity that does not depend on eta, then one column per eta."""
    notes: dict[str, int] = {}
    lines = [title, *(f"  {flag}" for flag in flags)]
    for section in SECTIONS:
        found = [quantity for quantity in quantities if quantity.section == section]
        if found:
            draw = _columns if found[0].eta is not None else _lines
            lines += ["", section, *draw(found, notes)]
    if notes:
        lines += ["", "outside the derivation's validity, or not predicted:"]
        lines += [f"  [{number}] {reason}" for reason, number in notes.items()]
    return "\n".join(lines)


def _marked(quantity: Quantity, notes: dict[str, int]) -> str:
    """The value with the numbers of its notes; new reasons are added to `notes`."""
    text = value_text(quantity.value, quantity.sd)
    reasons = quantity.flag.split("; ") if quantity.flag else []
    numbers = sorted(notes.setdefault(reason, len(notes) + 1) for reason in reasons)
    return f"{text} [{','.join(map(str, numbers))}]" if numbers else text


def _lines(found: list[Quantity], notes: dict[str, int]) -> list[str]:
    rows = [(q.name, _marked(q, notes), f"{q.meaning} ({q.equation})") for q in found]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"  {name:<{widths[0]}}  {value:<{widths[1]}}  {meaning}" for name, value, meaning in rows]


def _columns(found: list[Quantity], notes: dict[str, int]) -> list[str]:
    etas = list(dict.fromkeys(quantity.eta for quantity in found))
    cells: dict[tuple[str, str], dict[float | None, str]] = {}
    meanings: dict[tuple[str, str], str] = {}
    for quantity in found:
        key = (quantity.name, quantity.features)
        cells.setdefault(key, {})[quantity.eta] = _marked(quantity, notes)
        meanings[key] = f"{quantity.meaning} ({quantity.equation})"
    order = sorted(cells, key=lambda key: key[1] == "released")  # stable: one scaling after the other
    rows = [["eta", *(f"{eta:g}" for eta in etas), ""]]
    for name, features in order:
        label = f"{name} ({features})" if features else name
        texts = [cells[name, features].get(eta, "") for eta in etas]
        rows.append([label, *texts, meanings[name, features]])
    widths = [max(len(row[column]) for row in rows) for column in range(len(etas) + 1)]
    return [
        ("  " + "  ".join(f"{text:<{width}}" for text, width in zip(row, [*widths, 0], strict=True))).rstrip()
        for row in rows
    ]
