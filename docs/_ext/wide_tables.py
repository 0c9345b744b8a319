"""Tables that fit every window: where one is too wide for its place, each row becomes a block, heads beside its cells.

No script measures anything. How wide a table has to be is estimated from its words when the pages are built, and its class
says below which width of the column its rows become blocks (docs/_static/bulkspike.css). Cells carry a copy of their
head for that; it is not shown otherwise. A cell that says a verdict gets its colour, a row of claims an anchor.
"""

import re
from collections.abc import Sequence
from typing import Any

from docutils import nodes
from formula_parts import parts_of, width_of
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

__all__ = ["STEPS", "claim_anchor", "step_of"]

PAIR = 2  # columns that need no heads in their blocks: a name and what is said of it
STEPS = (24, 34, 48, 64, 80)
"""Widths of the column, in em, at which a class of tables changes: those that have the rules in the style sheet."""

VERDICTS = ("supported", "refuted", "inconclusive")
PADDING, LETTER, CODE = 1.1, 0.48, 0.56  # em: of a cell's two sides, of a letter, of a letter of code
LINES = 4  # that a cell of text may take before its column is too narrow


def claim_anchor(name: str) -> str:
    """Where a claim's verdict stands on its page."""
    return "claim-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def step_of(need: float) -> int:
    """The class of a table that needs so many em; 0 where every window has them."""
    fitting = [step for step in STEPS if need <= step]
    return 0 if need <= 19.0 else (fitting[0] if fitting else STEPS[-1])


class WideTables(SphinxPostTransform):
    """Classes, heads in cells, colours and anchors."""

    default_priority = 950  # when links and numbers of equations are what they will be

    def run(self, **kwargs: Any) -> None:
        """Every table of the page."""
        for table in list(self.document.findall(nodes.table)):
            rows = _rows(table, nodes.tbody)
            for cell in (cell for row in rows for cell in row):
                if cell.astext().strip() in VERDICTS:
                    cell["classes"].append(f"verdict-{cell.astext().strip()}")
            heads = _rows(table, nodes.thead)
            if not rows:
                continue
            if heads:
                _anchor(heads[0], rows)
            step = step_of(need_of([*heads, *rows]))
            if step:
                table["classes"] += ["blocks", f"blocks-{step}"]
                if heads and len(heads[-1]) > PAIR:
                    _label(heads[-1], rows)


def _rows(table: nodes.table, part: type[nodes.Element]) -> list[list[nodes.entry]]:
    return [
        [cell for cell in row if isinstance(cell, nodes.entry)]
        for body in table.findall(part)
        for row in body.findall(nodes.row)
    ]


def _anchor(head: Sequence[nodes.entry], rows: Sequence[Sequence[nodes.entry]]) -> None:
    """Rows of claims that have a verdict, by their ids."""
    titles = [cell.astext() for cell in head]
    if titles[0] == "Claim" and "Seeds" in titles:
        for row in rows:
            assert row[0].parent is not None
            row[0].parent["ids"].append(claim_anchor(row[0].astext()))


def _label(head: Sequence[nodes.entry], rows: Sequence[Sequence[nodes.entry]]) -> None:
    """A copy of its head in every cell, but for a row's first that is no number: it is the block's own head."""
    for row in rows:
        named = not re.match(r"[+−\-(]?\d", row[0].astext())
        for title, cell in list(zip(head, row, strict=False))[named:]:
            label = nodes.inline(classes=["cell-head"])
            for part in title.children:
                label += [each.deepcopy() for each in part.children]
            if cell.children and isinstance(cell.children[0], nodes.paragraph):
                cell.children[0].insert(0, label)
            else:
                cell.insert(0, nodes.paragraph("", "", label))


def need_of(rows: Sequence[Sequence[nodes.entry]]) -> float:
    """About how many em a table needs: its longest words, and no cell of more than a few lines."""
    columns = list(zip(*rows, strict=False))
    return sum(
        PADDING + max(_need(cell, last=column is columns[-1]) for cell in column) for column in columns
    )


def _need(cell: nodes.entry, *, last: bool) -> float:
    """The widest of a cell's unbreakable pieces, or its share of a few lines; code breaks in the last column alone."""
    pieces, total = [0.0], 0.0
    for leaf in cell.findall(lambda node: isinstance(node, nodes.Text | nodes.math)):
        if isinstance(leaf, nodes.math):
            widths = [width_of(part.latex) for part in parts_of(leaf.astext()).leaves()]
        elif isinstance(leaf.parent, nodes.math):
            continue
        else:
            code = isinstance(leaf.parent, nodes.literal)
            words = [leaf.astext()] if code and not last else leaf.astext().split()
            widths = [(CODE if code else LETTER) * len(word) + 0.25 for word in words]
        pieces += widths
        total += sum(widths)
    return max(max(pieces), min(total, 60.0) / LINES)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_post_transform(WideTables)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
