"""What verify.spike found, in a sentence."""

import math
from collections.abc import Sequence

from verify.presentation.table import Column, Measured

__all__ = ["spike_sentence"]


def spike_sentence(table: Sequence[Column]) -> str:
    """From which eta on a singular value leaves the bulk, where s_1 then is, and what was predicted."""
    rows = {column.name: [_mean(entry) for entry in column.entries] for column in table}
    etas, tops = rows["eta"], rows["s_1"]
    critical = etas[0] / rows["eta_over_threshold"][0]
    out = [index for index, count in enumerate(rows["outliers"]) if count >= 0.5]
    if out:
        first = out[0]
        threshold = f" (predicted: above eta_c = {critical:.3g})" if math.isfinite(critical) else ""
        return (
            f"a singular value leaves the bulk from eta = {etas[first]:g} on{threshold}: s_1 = {tops[first]:.4g} there, "
            f"predicted {rows['predicted'][first]:.4g}, the bulk's edge {rows['edge'][first]:.4g}"
        )
    if any(math.isfinite(count) for count in rows["outliers"]):
        below = f" (predicted: above eta_c = {critical:.3g})" if math.isfinite(critical) else ""
        return f"at these eta no singular value leaves the bulk{below}"
    last = f" to {tops[-1]:.4g} at eta = {etas[-1]:g}" if len(etas) > 1 else ""
    return f"s_1 of W_1 is {tops[0]:.4g} at eta = {etas[0]:g}{last}"


def _mean(entry: Measured | float | str) -> float:
    return entry.mean if isinstance(entry, Measured) else float(entry)
