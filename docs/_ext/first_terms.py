"""A term of the glossary is linked where a page first uses it."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

__all__ = ["FORMS", "first_use"]

FORMS = {
    "FB-Adam": r"FB-Adam", "GD": r"GD", "ESD": r"ESDs?", "KTA": r"KTA", "bulk": r"bulk", "spike": r"spikes?",
    "claim": r"[Cc]laims?", "lie": r"(?:(?<= a )lie|(?<=the )lie|(?<=no )lies|(?<=its )lies|known lies|Lies)(?! on)",
    "ray": r"\bray", "verdict": r"[Vv]erdicts?", "margin": r"[Mm]argins?",
    "power": r"(?<!the )(?<!a )(?<!nearby )[Pp]ower(?! of)(?!-)",
    "null": r"null", "cell": r"[Cc]ells?", "released": r"released (?:code|features|loss(?:es)?)", "store": r"(?<=the )store",
    "repeat": r"(?<=one )repeat|repeats(?= are)",
}  # fmt: skip
"""Term -> how it stands in a sentence, where it means what the glossary says."""

LEFT_ALONE = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.reference, nodes.raw, nodes.title,
              nodes.term, nodes.caption, nodes.table)  # fmt: skip
SKIPPED = ("glossary", "changelog", "bibliography", "genindex")


def first_use(term: str, text: str) -> re.Match[str] | None:
    """Where a text uses a term first."""
    return re.search(rf"(?<![\w-])(?:{FORMS[term]})(?![\w-])", text)


class FirstTerms(SphinxPostTransform):
    """Running text of the pages, in their order."""

    default_priority = 930

    def run(self, **kwargs: Any) -> None:
        """Link each term once, unless the page links it already."""
        here = self.env.docname
        if here in SKIPPED or here.startswith("api/"):
            return
        objects = self.env.domains.standard_domain.objects
        places = {term: objects["term", term] for term in FORMS if ("term", term) in objects}
        linked = {
            ref.get("refuri", "").partition("#term-")[2] for ref in self.document.findall(nodes.reference)
        }
        left = {term: place for term, place in places.items() if place[1].removeprefix("term-") not in linked}
        for text in list(self.document.findall(nodes.Text)):
            if left and not _inside(text):
                self._link(text, left)

    def _link(self, text: nodes.Text, left: dict[str, tuple[str, str]]) -> None:
        """Links for the terms that a text uses first; they are struck off what is left."""
        words, parts, end = text.astext(), list[nodes.Node](), 0
        uses = {term: first_use(term, words) for term in left}
        for term, found in sorted(((t, u) for t, u in uses.items() if u), key=lambda each: each[1].start()):
            if found.start() < end:
                continue
            page, anchor = left.pop(term)
            link = make_refnode(self.app.builder, self.env.docname, page, anchor, nodes.Text(found[0]), term)
            link["classes"].append("first-term")
            parts += [nodes.Text(words[end : found.start()]), link]
            end = found.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(words[end:])])


def _inside(node: nodes.Node) -> bool:
    """Whether a node stands where no term is linked."""
    while node is not None:
        if isinstance(node, LEFT_ALONE):
            return True
        node = node.parent
    return False


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_post_transform(FirstTerms)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
