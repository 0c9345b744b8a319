"""What a finding was judged by, in a few letters: `> 0.95`, `37.13 +- 4.5 %`, `0.980 to 1.020`, `1 to 6.3e-06`."""

from collections.abc import Mapping
from typing import Any

from verify.presentation.numbers import percent, to_its_error

Finding = Any  # verify.judging.finding.Finding, which shows itself by this file
AlsoJudged = Any  # of the same file
Bounds = tuple[float | None, float | None]

ROUNDING = 1e-14  # what a prediction of 0 is computed as

__all__ = [
    "bounds_text",
    "further_text",
    "judged_text",
    "judgement_text",
    "paper_and_theory",
    "predicted_text",
]


def judged_text(finding: Finding) -> str:
    """What the interval, or every run, had to respect."""
    if finding.tolerance is not None:
        return _of_every_run(finding.bounds, finding.stated, finding.predicted, finding.tolerance)
    if finding.bounds != (None, None):
        return bounds_text(finding.bounds)
    judged = finding.predicted if finding.stated is None else finding.stated
    if judged is None:
        return "-"
    reach = percent(finding.margin) if finding.relative else f"{finding.margin:.3g}"
    return f"{_several(judged)} +- {reach}"


def bounds_text(bounds: Bounds) -> str:
    """`> 0.95`, `< -0.0031`, or `0.95 to 1.05`."""
    low, high = bounds
    if low is not None and high is not None:
        error = (high - low) / 20.0
        return f"{to_its_error(low, error)} to {to_its_error(high, error)}"
    return f"> {low:.4g}" if low is not None else f"< {high:.4g}"


def _of_every_run(bounds: Bounds, stated: float | None, predicted: object, tolerance: float) -> str:
    rounding = f" to {tolerance:.2g}" if tolerance else " exactly"
    if bounds != (None, None):
        return f"{bounds_text(bounds)} in every run{rounding if tolerance else ''}"
    judged = predicted if stated is None else stated
    return f"{judged:.4g}{rounding}" if isinstance(judged, float) else "-"


def predicted_text(finding: Finding) -> str:
    """The prediction where it is another number than what was judged; empty else."""
    found = finding.predicted
    judged = (finding.stated,) if finding.stated is not None else finding.bounds
    if found is None or judged == (None, None) or found in judged:
        return ""
    return _several(found)


def _several(value: float | Mapping[str, float]) -> str:
    """A number, or several by name."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {item:.3g}" for name, item in value.items())
    return f"{value:.4g}" if abs(value) > ROUNDING else "0"


def judgement_text(finding: Finding) -> str:
    """What was judged, and by whose word: `predicted 37.13 +- 4.5 %`, `stated < -0.0031; theory 0.139`."""
    judged, theory = judged_text(finding), predicted_text(finding)
    if finding.stated is not None:
        return f"stated {judged}" + (f"; theory {theory}" if theory else "")
    if finding.bounds != (None, None):
        return judged + (f"; predicted {theory}" if theory else "")
    return f"predicted {judged}" if judged != "-" else ""


def further_text(judged: AlsoJudged) -> str:
    """A further number that was judged, as a line: what it is, its interval, and what that had to respect."""
    allowed = (
        _of_every_run(judged.bounds, None, judged.predicted, judged.tolerance)
        if judged.tolerance is not None
        else bounds_text(judged.bounds)
        if judged.bounds != (None, None)
        else f"{judged.predicted:.4g} +- {judged.margin:.3g}"
    )
    if judged.interval is None:
        return (
            f"{judged.what}: {_several(judged.estimate) if judged.estimate is not None else '-'} ({allowed})"
        )
    half = (judged.interval[1] - judged.interval[0]) / 2.0
    ends = ", ".join(to_its_error(end, half) for end in judged.interval)
    return f"{judged.what}: {to_its_error(judged.estimate, half)} in [{ends}] ({allowed})"


def paper_and_theory(finding: Finding) -> tuple[str, str]:
    """What the paper says and what theory has, `-` where there is nothing; one of them is what was judged.

    A claim whose source is a derivation alone is theory's, whatever its kind. A number without bounds is the paper's only
    where its source names no derivation; the exponents of a law that has one are both's.
    """
    judged, theory = judged_text(finding), predicted_text(finding)
    if finding.source.startswith("docs/"):
        return "-", judged
    if finding.stated is not None or finding.bounds != (None, None):
        return judged, theory or "-"
    if "docs/" not in finding.source:
        return judged, "-"
    return (judged if isinstance(finding.predicted, Mapping) else "-"), judged
