"""A prediction as a table for people: sections, value +- standard deviation, flags as numbered notes."""

import textwrap
from collections.abc import Iterator, Sequence

from theory.prediction.catalogue import SECTIONS
from theory.prediction.digits import value_text
from theory.prediction.quantity import Quantity

__all__ = ["ERROR_WORDS", "UNBROKEN", "prediction_text"]

ERROR_WORDS = "a +- b: b is the standard deviation of one run"
UNBROKEN = 10**9  # a width at which no line is broken
ROOM = 30  # letters: a meaning that has less beside its value stands below it


def prediction_text(
    title: str, flags: Sequence[str], quantities: Sequence[Quantity], width: int = UNBROKEN
) -> str:
    """The table: one line per quantity that does not depend on eta, then one column per eta.

    Parameters
    ----------
    width : int
        Of a line: what is longer is broken between words, columns that do not fit stand below the rest.
    """
    notes: dict[str, int] = {}
    lines = [*_broken(title, width), *(line for flag in flags for line in _broken(flag, width, 2))]
    lines += _broken(ERROR_WORDS, width, 2) if any(quantity.sd > 0.0 for quantity in quantities) else []
    for section in SECTIONS:
        found = [quantity for quantity in quantities if quantity.section == section]
        if found:
            draw = _columns if found[0].eta is not None else _lines
            lines += ["", section, *draw(found, notes, width)]
    if notes:
        lines += ["", "outside the derivation's validity, or not predicted:"]
        for reason, number in notes.items():
            lines += _broken(f"[{number}] {reason}", width, 2, 4)
    return "\n".join(lines)


def _broken(text: str, width: int, indent: int = 0, hang: int = 2) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + hang), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _marked(quantity: Quantity, notes: dict[str, int]) -> str:
    """The value with the numbers of its notes; new reasons are added to `notes`."""
    text = value_text(quantity.value, quantity.sd)
    reasons = quantity.flag.split("; ") if quantity.flag else []
    numbers = sorted(notes.setdefault(reason, len(notes) + 1) for reason in reasons)
    return f"{text} [{','.join(map(str, numbers))}]" if numbers else text


def _lines(found: list[Quantity], notes: dict[str, int], width: int) -> list[str]:
    rows = [[q.name, _marked(q, notes), f"{q.meaning} ({q.equation})"] for q in found]
    return _table(rows, width)


def _columns(found: list[Quantity], notes: dict[str, int], width: int) -> list[str]:
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
    lines: list[str] = []
    for first, last in _parts(rows, width):
        # every part names its rows; what they mean stands in the first one
        part = [[row[0], *row[first:last], row[-1] if first == 1 else ""] for row in rows]
        lines += [*([""] if lines else []), *_table(part, width)]
    return lines


def _parts(rows: Sequence[Sequence[str]], width: int) -> Iterator[tuple[int, int]]:
    """Ranges of columns, without the first and the last, that fit beside the first."""
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(len(rows[0]) - 1)]
    first = 1
    for column in range(2, len(widths)):
        if widths[0] + sum(widths[first : column + 1]) > width:
            yield first, column
            first = column
    yield first, len(widths)


def _table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Left-aligned columns; the last, of words, is broken within its own width, or stands below where it has none."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    taken = sum(widths) + 2 * len(widths) + 2
    beside, lines = width - taken >= ROOM, []
    for row in rows:
        head = "  " + "  ".join(f"{text:<{size}}" for text, size in zip(row[:-1], widths, strict=True))
        words = _broken(row[-1], width - (taken if beside else 6), hang=0)
        if beside:
            lines += [f"{head}  {words[0] if words else ''}".rstrip()]
            lines += [" " * taken + line for line in words[1:]]
        else:
            lines += [head.rstrip(), *(" " * 6 + line for line in words)]
    return lines
