"""What a table or a figure of the appendix is: what it needs to be run, and how its content is made from that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from verify.appendix.ids import ELSEWHERE
from verify.errors import UsageError, known_names, quoted
from verify.running.design import Design, Readings, readings_of_design
from verify.running.request import Request
from verify.running.store import Record

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = [
    "FULL_SEEDS",
    "QUICK_SEEDS",
    "Content",
    "Item",
    "Material",
    "Need",
    "TablePanel",
    "Scope",
    "choose_items",
]

FULL_SEEDS, QUICK_SEEDS = 5, 3  # the paper repeats its sweeps over eta 5 times


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How much is run: sizes of 400 and less (quick) or the paper's, how many seeds, how many test samples.

    Attributes
    ----------
    seeds : int or None
        None is the item's own number.
    features : tuple of {"paper", "released"}
        Scalings of the second stage's features that are shown.
    """

    quick: bool = False
    seeds: int | None = None
    test_samples: int = 5000
    first_seed: int = 0
    features: tuple[str, ...] = ("paper", "released")

    def repeats(self, full: int = FULL_SEEDS, quick: int = QUICK_SEEDS) -> int:
        """Seeds of an item whose own numbers are `full` and `quick`."""
        return self.seeds or (quick if self.quick else full)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Runs that an item needs: a design, at so many seeds from the scope's first on."""

    design: Design
    seeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What was run for the chosen items, all together."""

    scope: Scope
    records: Mapping[Request, Record] = field(default_factory=dict, repr=False)

    def seeds(self, count: int) -> tuple[int, ...]:
        """The first `count` seeds."""
        return tuple(range(self.scope.first_seed, self.scope.first_seed + count))

    def readings(self, design: Design, seeds: int) -> list[Readings]:
        """What was measured of a design that was among the item's needs: one entry per cell and seed.

        Raises
        ------
        KeyError
            The design, or so many seeds of it, was not among the needs.
        """
        return readings_of_design(design, self.seeds(seeds), self.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePanel:
    """Columns of a table that are set together; a wide table has several, each under the same key columns."""

    title: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is shown.

    Attributes
    ----------
    frame : DataFrame
        Exactly what is shown, under machine-readable names of columns. Entries of a table may be `Measured`.
    caption : str
        Plain text, with symbols written as in code (`verify.appendix.typesetting.symbols` sets them).
    draw : callable (Figure) -> None, optional
        Draws the frame; a table has none.
    size : (width, height) in inches
    notes : tuple of str
        Lines below the table, plain text.
    headings : mapping
        Name of a column -> its heading in plain text; default the name itself.
    panels : tuple of Panel
        How a table's columns are split; empty: all in one.
    keys : tuple of str
        Columns that every panel repeats.
    formats : mapping
        Name of a column -> a format specification (as "+.1f"), or "=OTHER": as many decimals as column OTHER shows.
    recorded : mapping
        Where numbers that were not made now come from: their command, commit and so on.
    """

    frame: "pd.DataFrame"
    caption: str
    draw: "Callable[[Figure], None] | None" = None
    size: tuple[float, float] = (3.4, 2.6)
    notes: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    panels: tuple[TablePanel, ...] = ()
    keys: tuple[str, ...] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    recorded: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> "pd.DataFrame":
        """The frame."""
        return self.frame

    def __repr__(self) -> str:
        what = "table" if self.draw is None else "figure"
        rows, columns = self.frame.shape
        return f"<Content of a {what}: {rows} rows, {columns} columns; {self.caption[:60].rstrip()}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One table or figure.

    Attributes
    ----------
    id, title : str
    source : str
        Where it stands in the paper ("Figure 3"), or "ours".
    settings : str
        One sentence: sizes, eta, reading.
    needs : callable (Scope) -> sequence of Need
        Empty for pure theory.
    build : callable (Scope, Material) -> Content
    """

    id: str
    title: str
    source: str
    settings: str
    needs: Callable[[Scope], Sequence[Need]]
    build: Callable[[Scope, Material], Content]

    def as_json(self) -> dict[str, Any]:
        """What it is, as plain data."""
        return {"id": self.id, "title": self.title, "source": self.source, "settings": self.settings}


def _elsewhere(wanted: str, known: Sequence[str]) -> str:
    """Which of the two commands has an id that this one has not."""
    others = (command for command, ids in ELSEWHERE.items() if wanted in set(ids) - set(known))
    return "".join(f", which {command} has" for command in others)


def choose_items(items: Sequence[Item], ids: Sequence[str]) -> tuple[Item, ...]:
    """The items with these ids, each once and in the registry's order; all of them where none is named.

    Raises
    ------
    UsageError
        An unknown id; the known ones are listed, the nearest first.
    """
    known = [item.id for item in items]
    for wanted in ids:
        if wanted not in known:
            listed = known_names(wanted, known) or "none"
            raise UsageError(f"unknown id {quoted(wanted)}{_elsewhere(wanted, known)}; known: {listed}")
    return tuple(item for item in items if not ids or item.id in ids)
