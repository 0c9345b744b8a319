"""`verdicts`: every claim of the catalogue as it was judged when the repository's verdicts were recorded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.errors import UsageError
from verify.judging.judgement_text import paper_and_theory
from verify.judging.read_back import finding_of
from verify.judging.shown import measured_text
from verify.tables.columns import ItemColumn, content_of

__all__ = ["ITEMS", "build", "needs", "recorded_path", "recorded_verdicts"]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "data"
FILES = {False: "verdicts-full.json", True: "verdicts-quick.json"}  # docs/record_verdicts.py writes them
COMMANDS = {False: "python -m verify", True: "python -m verify --quick"}
JUDGED, CLAIMED = "verdicts", "what is claimed"
ORDER = ("supported", "refuted", "inconclusive")


def needs(scope: Scope) -> tuple[Need, ...]:
    """Nothing is run: judging the catalogue takes longer than all the other tables."""
    return ()


def recorded_path(quick: bool) -> Path:
    """Where the recorded verdicts of the quick or the full catalogue lie; only a source tree has them.

    Where the full catalogue's are not recorded, those of the quick one.
    """
    full = FOLDER / FILES[False]
    return full if not quick and full.is_file() else FOLDER / FILES[True]


def recorded_verdicts(path: Path) -> list[dict[str, Any]]:
    """The findings in a verdicts.json.

    Raises
    ------
    UsageError
        The file is no list of findings.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(one["claim"], str) and one["verdict"] in ORDER for one in found):
            raise ValueError("an entry is no finding")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"verdicts: {str(path)!r} holds no recorded verdicts ({type(error).__name__})"
        ) from None
    return list(found)


def build(scope: Scope, material: Material) -> Content:
    """One row per claim, in the catalogue's order."""
    path = recorded_path(scope.quick)
    small = path.name == FILES[True]
    found = recorded_verdicts(path) if path.is_file() else []
    columns = [
        ItemColumn(name="claim", heading="claim", entries=tuple(one["claim"] for one in found)),
        *(
            ItemColumn(
                name=name, heading=heading, entries=tuple(_entry(one, name) for one in found), panel=panel
            )
            for name, heading, panel in (
                ("verdict", "verdict", JUDGED),
                ("paper", "the paper says", JUDGED),
                ("theory", "theory has", JUDGED),
                ("measured", "measured", JUDGED),
                ("repeats", "seeds", JUDGED),
                ("lies", "lies refuted", JUDGED),
                ("statement", "statement", CLAIMED),
                ("reading", "reading", CLAIMED),
                ("source", "source", CLAIMED),
            )
        ),
    ]
    shown_now = content_of(
        columns, _caption(found, small), *_notes(path, small, instead=small and not scope.quick)
    )
    return replace(shown_now, recorded=_origin(path, found))


def _origin(path: Path, found: Sequence[Mapping[str, Any]]) -> dict[str, str | int]:
    """Command, most seeds of a claim, and what the file beside the verdicts says of their run: commit and when."""
    if not path.is_file():
        return {}
    beside = path.with_name(f"{path.stem}-run.json")
    try:
        run = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
        facts = {key: str(run[key]) for key in ("commit", "finished") if key in run}
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"verdicts: {str(beside)!r} cannot be read ({type(error).__name__})") from None
    seeds = [one["repeats"] for one in found if isinstance(one.get("repeats"), int)]
    return {"command": COMMANDS[path.name == FILES[True]], "most_seeds": max(seeds, default=0), **facts}


def _caption(found: Sequence[Mapping[str, Any]], quick: bool) -> str:
    if not found:
        return "Verdicts on the claims: none are recorded here"
    counts = ", ".join(f"{sum(one['verdict'] == word for one in found)} {word}" for word in ORDER)
    return f"Verdicts on the {len(found)} claims{' at small sizes' if quick else ''}: {counts}"


def _notes(path: Path, quick: bool, *, instead: bool) -> tuple[str, ...]:
    if not path.is_file():
        return (f"Recorded verdicts come with the source tree only; {COMMANDS[quick]} judges every claim.",)
    fallback = (
        "The full catalogue's verdicts are not recorded here: these are the quick one's, at small sizes.",
    )
    return (
        *(fallback if instead else ()),
        f"Recorded in docs/data/{path.name}, not judged now: {COMMANDS[quick]} judges every claim, and with --check and "
        "that file says which verdicts have changed. docs/reading-a-verdict.md says how to read one.",
    )


def _entry(finding: Mapping[str, Any], name: str) -> str:
    """One entry as people read it."""
    if name == "lies":
        caught = sum(control["verdict"] == "refuted" for control in finding["controls"])
        return f"{caught} of {len(finding['controls'])}"
    if name in ("paper", "theory", "measured"):
        found = finding_of(finding)
        paper, theory = paper_and_theory(found)
        return {"paper": paper, "theory": theory, "measured": measured_text(found) or "-"}[name]
    return str(finding.get(name) or "-")


ITEMS = (
    Item(
        id="verdicts",
        title="The verdict on every claim of the catalogue",
        source="Sections 4, B to D and F.1, claim by claim",
        settings="as recorded in the repository by python -m verify (quick: --quick); nothing is run",
        needs=needs,
        build=build,
    ),
)
