"""Numbers and verdicts as people read them."""

import math
from collections.abc import Sequence

__all__ = ["aligned", "interval_text", "number", "percent", "time_text", "to_its_error", "with_error"]


def number(value: float | None, digits: int = 4) -> str:
    """A number to `digits` significant digits; `-` where there is none."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:#.{digits}g}".rstrip(".")


def to_its_error(value: float | None, error: float, digits: int = 4) -> str:
    """A number to two digits of its error; to `digits` of its own where there is no error."""
    if value is None or not math.isfinite(value):
        return "-"
    if not (math.isfinite(error) and error > 0):
        return number(value, digits)
    decimals = 1 - math.floor(math.log10(error))
    size = abs(value)
    if 0 < size < 1e-4 or size >= 1e7:
        return f"{value:.{max(math.floor(math.log10(size)) + decimals, 1)}e}"
    return f"{value:.{max(decimals, 0)}f}"


def interval_text(low: float, high: float) -> str:
    """An interval to two digits of half its width, so that its ends are told apart: [0.998370, 0.998434]."""
    half = (high - low) / 2.0
    return f"[{to_its_error(low, half)}, {to_its_error(high, half)}]"


def percent(share: float) -> str:
    """A share in per cent to two digits: 4.5 %, 0.032 %."""
    return f"{float(f'{100.0 * share:.2g}'):g} %"


def with_error(value: float, error: float | None) -> str:
    """value(standard error in units of the last digits), as 0.8244(31); the plain value without an error."""
    if error is None or not math.isfinite(value) or not math.isfinite(error) or error <= 0:
        return number(value, 7 if error == 0 else 4)
    decimals = max(0, 1 - math.floor(math.log10(error)))
    shown = round(error * 10**decimals)
    if shown == 100 and decimals > 0:  # 0.00996 is 0.010: two digits of it are 10 one place further up
        decimals, shown = decimals - 1, 10
    return f"{value:.{decimals}f}({shown})"


def aligned(rows: Sequence[Sequence[str]], *, indent: str = "  ") -> str:
    """Rows as columns, the first left-aligned, the rest right-aligned; the first row is the heading, of one line or two."""
    names = [name.split("\n") for name in rows[0]]
    height = max(map(len, names))
    above = [[*([""] * (height - len(name))), *name] for name in names]
    rows = [*zip(*above, strict=True), *rows[1:]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [
            cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)
        ]
        lines.append(indent + "  ".join(cells).rstrip())
    return "\n".join(lines)


def time_text(seconds: float) -> str:
    """An estimate of a time, for people."""
    return f"{max(round(seconds), 1)} s" if seconds < 90 else f"{seconds / 60:.1f} min"
