"""Numbers and verdicts as people read them."""

import math
from collections.abc import Sequence

__all__ = ["aligned", "number", "time_text", "with_error"]


def number(value: float | None, digits: int = 4) -> str:
    """A number to `digits` significant digits; `-` where there is none."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:#.{digits}g}".rstrip(".")


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
    """Rows as columns, the first left-aligned, the rest right-aligned; the first row is the heading."""
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
