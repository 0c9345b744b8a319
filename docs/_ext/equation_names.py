"""An equation's label in running text, as (sign-4) or gradient-12, becomes a link that shows its number.

Docstrings and pages name equations by their labels, which stay when equations are added; readers see their numbers, 4
and 12 here, wherever on its page an equation stands: "eq. (4)" in a docstring is the equation that shows (4).
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

LABEL = re.compile(r"(?P<open>\()?\b(?P<label>[a-z][\w-]*-\d+[a-z]?)\b(?P<close>\))?")
LEFT_ALONE = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.reference, nodes.raw)


class EquationNames(SphinxPostTransform):
    """Replaces what is the label of an equation somewhere in the documentation, and nothing else."""

    default_priority = 900

    def run(self, **kwargs: Any) -> None:
        """Every text of the page outside of code, formulas and links."""
        for text in list(self.document.findall(nodes.Text)):
            if not _inside(text, LEFT_ALONE):
                parts = self._parts(text.astext())
                if len(parts) > 1:
                    text.parent.replace(text, parts)

    def _parts(self, text: str) -> list[nodes.Node]:
        equations = self.env.domains.math_domain.equations
        parts: list[nodes.Node] = []
        end = 0
        for found in LABEL.finditer(text):
            if found["label"] not in equations:
                continue
            page, number = equations[found["label"]]
            parts.append(nodes.Text(text[end : found.start()]))
            alone = bool(found["open"]) == bool(
                found["close"]
            )  # else it is first or last in a bracket of several
            elsewhere = page != self.env.docname and not self.env.docname.startswith(
                "api/"
            )  # docstrings name the page
            name = found["label"] if elsewhere else str(number)
            shown = nodes.Text(f"({name})" if alone else name)
            target = nodes.make_id("equation-" + found["label"])
            link = make_refnode(self.app.builder, self.env.docname, page, target, shown)
            parts += (
                [link] if alone else [nodes.Text(found["open"] or ""), link, nodes.Text(found["close"] or "")]
            )
            end = found.end()
        return [*parts, nodes.Text(text[end:])]


def number_by_label(app: Sphinx, doctree: nodes.document) -> None:
    """An equation's number is that of its label, not of its place on the page."""
    equations = app.env.domains.math_domain.equations
    for block in doctree.findall(nodes.math_block):
        label = block.get("label") or ""
        found = re.fullmatch(r"[a-z][\w-]*-(\d+)", label)
        if found and label in equations:
            block["number"] = int(found[1])
            equations[label] = (equations[label][0], int(found[1]))


def _inside(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    """Whether a node or anything around it is of one of the kinds."""
    while node is not None:
        if isinstance(node, kinds):
            return True
        node = node.parent
    return False


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform and the numbering."""
    app.connect("doctree-read", number_by_label)
    app.add_post_transform(EquationNames)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
