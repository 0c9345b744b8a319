"""What verify.scaling found, in a sentence; and what a ray alone cannot tell."""

from collections.abc import Mapping, Sequence
from typing import Any

from verify.judging.finding import Finding
from verify.problem.cells import Cell
from verify.scaling.table import NormsRow

__all__ = ["ray_sentence", "scaling_sentence"]

ALIKE = 0.02  # of c: cells whose constants differ by no more are said to have one
SQRT_ND = {"n": 0.0, "N": 0.5, "d": 0.5}


def scaling_sentence(rows: Sequence[NormsRow], findings: Sequence[Finding]) -> str:
    """The law with its constant where it is supported, else the norm of the largest cell beside the prediction."""
    law = next((finding for finding in findings if finding.claim == "T4.1.2"), None)
    if law is not None and str(law.verdict) == "supported" and law.predicted == SQRT_ND:
        return f"the operator norm grows like sqrt(N d) with {_constants(rows)}"
    largest = max(rows, key=lambda row: row.root)
    norm, root = largest.operator, largest.root
    letter = "G_0" if largest.is_gradient else "D_0"
    if largest.is_gradient:
        return f"||{letter}||_2 is {_beside(norm.mean * root, norm.predicted * root)} at {largest.cell.label}"
    return f"||{letter}||_2/sqrt(N d) is {_beside(norm.mean, norm.predicted)} at {largest.cell.label}"


def _beside(measured: float, predicted: float) -> str:
    return f"{measured:.3g} (predicted {predicted:.3g})" if predicted == predicted else f"{measured:.3g}"


def _constants(rows: Sequence[NormsRow]) -> str:
    """`c = 0.82`, or the range that n/d gives."""
    by_share = sorted(
        ((row.cell.n / row.cell.d, row.operator.mean) for row in rows), key=lambda pair: pair[0]
    )
    values = [mean for _, mean in by_share]
    if max(values) - min(values) <= ALIKE:
        return f"c = {sum(values) / len(values):.2f}"
    (low, first), (high, last) = by_share[0], by_share[-1]
    return f"c from {first:.2f} (n/d = {low:g}) to {last:.2f} (n/d = {high:g})"


def ray_sentence(cells: Sequence[Cell], options: Mapping[str, Any]) -> str:
    """What the paper's ray alone cannot tell, in a sentence; empty where no ray was run."""
    if not any(cell.design == "ray" for cell in cells):
        return ""
    n, N, d = options["base"]
    return (
        f"On the ray (n, N, d) = k ({n}, {N}, {d}) sqrt(N d), N, d, n and N + d are one law up to a constant, so no line "
        "through its points can support sqrt(N d) against them; only the cells off the ray can."
    )
