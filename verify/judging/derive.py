"""The verdict that the fields of one entry of verdicts.json imply, read from them alone: how a reader can check one.

No judge and no statistics take part, so that neither can be wrong in the same way twice (docs/reading-a-verdict.md).
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from verify.judging.finding import Role
from verify.statistics.verdict import Verdict

__all__ = ["derived_verdict"]

Fields = Mapping[str, Any]


def derived_verdict(fields: Fields) -> Verdict:
    """What the numbers say, and at most inconclusive where a lie was not refuted.

    Parameters
    ----------
    fields : mapping
        One entry of verdicts.json as it was read; its own `verdict` is not looked at.
    """
    found = _joint([_of_the_estimate(fields), *map(_of_a_further_number, fields["also"])])
    lies = [control["verdict"] for control in fields["controls"]]
    caught = bool(lies) and all(verdict == Verdict.REFUTED for verdict in lies)
    return Verdict.INCONCLUSIVE if found is Verdict.SUPPORTED and not caught else found


def _joint(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return next(each for each in (Verdict.REFUTED, Verdict.INCONCLUSIVE, Verdict.SUPPORTED) if each in found)


def _of_a_further_number(fields: Fields) -> Verdict:
    """What an entry of `also` can do: one that only refutes, or only bars, has else nothing against the claim."""
    found = _of_the_estimate(fields)
    if fields["role"] == Role.DECIDES:
        return found
    if found is not Verdict.REFUTED:
        return Verdict.SUPPORTED
    return Verdict.REFUTED if fields["role"] == Role.REFUTES else Verdict.INCONCLUSIVE


def _of_the_estimate(fields: Fields) -> Verdict:
    if fields["tolerance"] is not None:
        return _of_the_worst_run(fields)
    interval, judged = fields["interval"], _judged(fields)
    if interval is None or judged is None:
        return Verdict.INCONCLUSIVE
    if not isinstance(judged, Mapping):
        return _of_an_interval(interval, _room(fields, judged))
    return _joint(
        _of_an_interval(interval[name], _room(fields, each)) if name in interval else Verdict.INCONCLUSIVE
        for name, each in judged.items()
    )


def _judged(fields: Fields) -> Any:
    """What the paper states where it states a number, else the prediction; anything where there are bounds."""
    if tuple(fields["bounds"]) != (None, None):
        return math.nan
    stated = fields.get("stated")
    return fields["predicted"] if stated is None else stated


def _room(fields: Fields, judged: float) -> tuple[float, float]:
    """Where the truth must lie for the claim to hold."""
    low, high = fields["bounds"]
    if low is not None or high is not None:
        return -math.inf if low is None else low, math.inf if high is None else high
    reach = fields["margin"] * (abs(judged) if fields.get("relative") else 1.0)
    return judged - reach, judged + reach


def _of_an_interval(interval: tuple[float, float], room: tuple[float, float]) -> Verdict:
    if room[0] <= interval[0] and interval[1] <= room[1]:
        return Verdict.SUPPORTED
    apart = interval[1] < room[0] or room[1] < interval[0]
    return Verdict.REFUTED if apart else Verdict.INCONCLUSIVE


def _of_the_worst_run(fields: Fields) -> Verdict:
    """Every run agrees to within the tolerance if the one that agrees least does."""
    estimate, tolerance = fields["estimate"], fields["tolerance"]
    if estimate is None:
        return Verdict.INCONCLUSIVE
    low, high = fields["bounds"]
    if low is None and high is None:
        judged = _judged(fields)
        agrees = abs(estimate - judged) <= tolerance
    else:
        agrees = (low is None or estimate >= low - tolerance) and (
            high is None or estimate <= high + tolerance
        )
    return Verdict.SUPPORTED if agrees else Verdict.REFUTED
