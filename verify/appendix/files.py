"""The files of tables and figures, each whole or absent, each with its provenance beside it (and inside pictures)."""

import io
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.appendix.item import Content, Item, Need, Scope
from verify.appendix.typesetting.latex_table import latex_text
from verify.appendix.typesetting.tabular import csv_text, markdown_text
from verify.files.atomic import write_bytes, write_text
from verify.files.provenance import git_commit, version

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "FIGURE_ENDINGS",
    "PICTURES",
    "TABLE_ENDINGS",
    "Provenance",
    "laid_out",
    "provenance_of",
    "write_figure",
    "write_table",
]

PICTURES = ("svg", "png", "pdf")
TABLE_ENDINGS, FIGURE_ENDINGS = ("csv", "md", "tex", "json"), (*PICTURES, "csv", "json")
LIBRARIES = ("numpy", "scipy", "pandas", "matplotlib")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where one output comes from: nothing in it changes between two runs of the same command at the same commit."""

    item: Mapping[str, Any]
    command: str
    options: Mapping[str, Any]
    cells: tuple[tuple[int, int, int], ...]
    seeds: tuple[int, ...]
    versions: Mapping[str, str]
    commit: str | None

    def as_json(self, more: Mapping[str, Any] | None = None) -> str:
        """The file beside the output, with what else it should say."""
        document = {
            **self.item, "command": self.command, "options": dict(self.options), "cells": [list(c) for c in self.cells],
            "seeds": list(self.seeds), "versions": dict(self.versions), "commit": self.commit, **(more or {}),
        }  # fmt: skip
        return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"

    def line(self) -> str:
        """The same in one line, for a picture's metadata and a comment in LaTeX."""
        seeds = f"seeds {self.seeds[0]}-{self.seeds[-1]}" if self.seeds else "no runs"
        libraries = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{self.command}; {seeds}; {libraries}; commit {self.commit or 'unknown'}"


def provenance_of(
    item: Item, scope: Scope, needs: Sequence[Need], *, command: str, options: Mapping[str, Any]
) -> Provenance:
    """Of one item; `command` is the one that makes it again."""
    from importlib.metadata import version as installed

    most = max((need.seeds for need in needs), default=0)
    cells = {cell.sizes: None for need in needs for cell in need.design.cells}
    return Provenance(
        item=item.as_json(),
        command=command,
        options=options,
        cells=tuple(cells),
        seeds=tuple(range(scope.first_seed, scope.first_seed + most)),
        versions={"bulkspike": version(), **{name: installed(name) for name in LIBRARIES}},
        commit=git_commit(),
    )


def write_table(out: Path, content: Content, provenance: Provenance) -> list[str]:
    """ID.csv, ID.md, ID.tex and ID.json; the names written."""
    name = provenance.item["id"]
    recorded = [f"recorded: {key} {value}" for key, value in content.recorded.items()]
    more = {"recorded": dict(content.recorded)} if content.recorded else {}
    write_text(out / f"{name}.csv", csv_text(content.frame))
    write_text(out / f"{name}.md", markdown_text(content))
    write_text(out / f"{name}.tex", latex_text(content, label=name, comment=[provenance.line(), *recorded]))
    write_text(out / f"{name}.json", provenance.as_json(more))
    return [f"{name}.{ending}" for ending in TABLE_ENDINGS]


def write_figure(
    out: Path, content: Content, provenance: Provenance, complaints: list[str] | None = None
) -> list[str]:
    """ID.svg, ID.png, ID.pdf, ID.csv and ID.json; the names written. Lines on missing fonts go to `complaints`."""
    if content.draw is None:
        raise ValueError(f"{provenance.item['id']}: a figure must draw something")
    from verify.presentation.style import figure_style

    name = provenance.item["id"]
    with figure_style(), _font_warnings(complaints):
        figure = laid_out(content)
        for ending in PICTURES:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=ending, metadata=_metadata(ending, provenance))
            write_bytes(out / f"{name}.{ending}", buffer.getvalue())
    write_text(out / f"{name}.csv", csv_text(content.frame))
    words = {"caption": content.caption, "notes": list(content.notes)}
    write_text(out / f"{name}.json", provenance.as_json(words))
    return [f"{name}.{ending}" for ending in FIGURE_ENDINGS]


def laid_out(content: Content) -> "Figure":
    """The figure, drawn in the style that is set, everything in its place."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=content.size, layout="constrained")
    assert content.draw is not None
    content.draw(figure)
    # the layout once, it costs as much as a picture; where axes keep their shape it settles in a second pass only
    for _ in range(1 if all(axes.get_aspect() == "auto" for axes in figure.axes) else 2):
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def _metadata(ending: str, provenance: Provenance) -> dict[str, Any]:
    """The provenance under the names that each format has; no date, so that the same figure has the same bytes."""
    title = f"{provenance.item['id']}: {provenance.item['title']}"
    line, creator = provenance.line(), f"bulkspike {provenance.versions['bulkspike']}"
    names: dict[str, dict[str, Any]] = {
        "svg": {"Title": title, "Description": line, "Creator": creator, "Date": None},
        "png": {"Title": title, "Description": line, "Software": creator},
        "pdf": {"Title": title, "Subject": line, "Creator": creator, "CreationDate": None},
    }
    return names[ending]


@contextmanager
def _font_warnings(complaints: list[str] | None) -> Iterator[None]:
    """What matplotlib says of fonts that it does not find, once each; it goes on with another font."""
    logger = logging.getLogger("matplotlib.font_manager")
    seen: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    handler, propagate = Keep(level=logging.WARNING), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
        if complaints is not None:
            complaints += [line for line in dict.fromkeys(seen) if line not in complaints]
