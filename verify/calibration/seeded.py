"""The seeded bugs: twenty written by hand, twenty drawn from every one-place mutation that the quick catalogue runs."""

import ast
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from verify.calibration.handwritten import HANDWRITTEN
from verify.calibration.mutations import Mutation, function_lines

__all__ = [
    "BUGS",
    "Bug",
    "BugError",
    "applied",
    "surroundings",
    "equivalents",
    "nth_in_function",
    "seeded_bugs",
]

BUGS = 20  # drawn ones that are not equivalent


class BugError(ValueError):
    """A bug does not fit the sources: its function has been rewritten, and it must be stated anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """One change in one function.

    Attributes
    ----------
    id : str
        `H01`.. of the hand-written, `D01`.. of the drawn.
    what : str
        In words, or the sort of the mutation.
    file, function : str
        As `sim/network/two_layer.py` and `gradient`, or `Class.method`.
    before, after : str
        The text changed; `before` is its `nth` occurrence in the function, from 0.
    """

    id: str
    what: str
    file: str
    function: str
    before: str
    after: str
    nth: int = 0

    @property
    def package(self) -> str:
        """`sim` or `theory`."""
        return self.file.partition("/")[0]


def seeded_bugs() -> tuple[Bug, ...]:
    """All of them, the hand-written first."""
    written = [
        Bug(id=f"H{index:02d}", what=what, file=file, function=function, before=before, after=after)
        for index, (what, file, function, before, after) in enumerate(HANDWRITTEN, start=1)
    ]
    left_out = equivalents()
    drawn = [entry for index, entry in enumerate(_drawn(), start=1) if index not in left_out]
    return (*written, *drawn[:BUGS])


@lru_cache(maxsize=1)
def _drawn() -> tuple[Bug, ...]:
    """In the order of the draw; an entry's number is its place in it, whether or not earlier ones are equivalent.

    Where a file has been moved since, moved.json says where it stands; where a function has been rewritten, restated.json
    says what its bug has become.
    """
    document = json.loads((files("verify.calibration") / "drawn.json").read_text(encoding="utf-8"))
    moved = json.loads((files("verify.calibration") / "moved.json").read_text(encoding="utf-8"))
    for entry in document["drawn"]:
        entry["file"] = moved.get(entry["file"], entry["file"])
    for place, change in json.loads(
        (files("verify.calibration") / "restated.json").read_text(encoding="utf-8")
    ).items():
        document["drawn"][int(place) - 1] |= change["now"]
    return tuple(
        Bug(
            id=f"D{index:02d}", what=entry["sort"], file=entry["file"], function=entry["function"],
            before=entry["before"], after=entry["after"], nth=entry["nth"],
        )
        for index, entry in enumerate(document["drawn"], start=1)
    )  # fmt: skip


@lru_cache(maxsize=1)
def equivalents() -> dict[int, str]:
    """Places in the draw of mutations that change nothing, with the reason; each is replaced by the next one drawn."""
    entries = json.loads((files("verify.calibration") / "equivalent.json").read_text(encoding="utf-8"))
    return {int(place): reason for place, reason in entries.items()}


def _segment(source: str, function: str) -> tuple[int, int]:
    """Where a function's text begins and ends."""
    try:
        first, last = function_lines(source, function)
    except LookupError as error:
        raise BugError(str(error)) from None
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts[first - 1], starts[last]


def nth_in_function(mutation: Mutation, source: str) -> int:
    """Which occurrence of its `before` in its function a mutation changes."""
    start, _ = _segment(source, mutation.function)
    count, at = 0, source.find(mutation.before, start)
    while 0 <= at < mutation.start:
        count, at = count + 1, source.find(mutation.before, at + 1)
    return count


def applied(bug: Bug, source: str) -> str:
    """The source with the bug in it.

    Raises
    ------
    BugError
        Where the function or the text is not there, or the result is the same program or none.
    """
    at = _place(bug, source)
    changed = source[:at] + bug.after + source[at + len(bug.before) :]
    try:
        same = ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source))
    except SyntaxError as error:
        raise BugError(f"{bug.id}: {bug.file} is no program with it ({error.msg})") from None
    if same:
        raise BugError(f"{bug.id}: {bug.file} is the same program with it")
    return changed


def _place(bug: Bug, source: str) -> int:
    """Where the changed text begins."""
    start, stop = _segment(source, bug.function)
    at = start - 1
    for _ in range(bug.nth + 1):
        at = source.find(bug.before, at + 1)
        if not 0 <= at < stop:
            raise BugError(f"{bug.id}: {bug.before!r} is not in {bug.function} of {bug.file}")
    return at


def surroundings(bug: Bug, source: str, room: int = 24) -> tuple[str, str]:
    """The changed text before and after; a change of a few characters with its line's neighbouring text."""
    if len(bug.before) >= room // 2:
        return bug.before, bug.after
    at = _place(bug, source)
    stop = at + len(bug.before)
    left = source[source.rfind("\n", 0, at) + 1 : at][-room:]
    right = source[stop : source.find("\n", stop)][:room]
    return f"{left}{bug.before}{right}", f"{left}{bug.after}{right}"
