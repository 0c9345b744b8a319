"""Findings read back from verdicts.json, so that what is recorded is shown by the same words as what is judged."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from verify.judging.finding import UNBOUNDED, AlsoJudged, Bounds, Control, Finding, Role
from verify.statistics.verdict import Verdict

__all__ = ["finding_of"]

KNOWN = frozenset(field.name for field in fields(Finding))


def finding_of(entry: Mapping[str, Any]) -> Finding:
    """The finding that one entry of verdicts.json is; an entry without the later fields has their defaults."""
    plain = {name: value for name, value in entry.items() if name in KNOWN}
    return Finding(
        **plain
        | {
            "verdict": Verdict(entry["verdict"]),
            "interval": _ends(entry["interval"]),
            "bounds": _bounds(entry.get("bounds")),
            "controls": tuple(
                Control(lie=one["lie"], verdict=Verdict(one["verdict"])) for one in entry["controls"]
            ),
            "also": tuple(_also(one) for one in entry.get("also", ())),
        }
    )


def _also(entry: Mapping[str, Any]) -> AlsoJudged:
    known = {
        "role": Role(entry["role"]),
        "interval": _ends(entry["interval"]),
        "bounds": _bounds(entry["bounds"]),
    }
    return AlsoJudged(**{**entry, **known})


def _ends(value: Any) -> Any:
    """A pair, or a pair by name."""
    if isinstance(value, Mapping):
        return {name: tuple(pair) for name, pair in value.items()}
    return None if value is None else tuple(value)


def _bounds(value: Any) -> Bounds:
    return UNBOUNDED if value is None else (value[0], value[1])
