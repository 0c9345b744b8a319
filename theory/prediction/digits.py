"""A predicted value with its standard deviation as people read it."""

import math

__all__ = ["value_text"]


def value_text(value: float, sd: float) -> str:
    """The value to five digits; with a standard deviation to the place of its second digit, and that."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else f"{value:g}"
    if not (math.isfinite(sd) and sd > 0.0):
        return f"{value:.5g}"
    decimals = 1 - math.floor(math.log10(sd))
    if decimals < 0 or decimals > 12 or abs(value) < 1e-4:
        return f"{value:.5g} +- {sd:.2g}"
    return f"{value:.{decimals}f} +- {sd:.{decimals}f}"
