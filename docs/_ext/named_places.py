"""A file, a module, a page or a claim that a page names in code becomes a link to where it is described.

`theory/losses/parabola.py` and `theory.losses.parabola` lead to the module's page, `docs/statistics.md` or
`derivations/edges.md` to that page, `T4.1.2` to the recorded verdict. What has no page stays as it is.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode
from wide_tables import claim_anchor

__all__ = ["place_of"]

MODULE = re.compile(r"(?:theory|sim|verify)(?:[./]\w+)+")
PAGE = re.compile(r"(?:docs/)?([\w/-]+)\.md")
VERDICTS = "verdicts"


@cache
def recorded_claims(data: Path) -> frozenset[str]:
    """Ids of the claims that the page of verdicts shows."""
    file = data / "verdicts-full.json"
    return frozenset(each["claim"] for each in json.loads(file.read_text(encoding="utf-8")))


def place_of(text: str, pages: set[str], claims: frozenset[str]) -> tuple[str, str] | None:
    """The page, and the anchor on it, of what a text names; None where it names nothing that has one."""
    if text in claims:
        return VERDICTS, claim_anchor(text)
    page = PAGE.fullmatch(text)
    if page:
        return next(((name, "") for name in (page[1], f"derivations/{page[1]}") if name in pages), None)
    if MODULE.fullmatch(text):
        name = f"api/generated/{text.removesuffix('.py').replace('/', '.')}"
        return (name, "") if name in pages else None
    return None


class NamedPlaces(SphinxPostTransform):
    """Literals of the pages, those of the API left out: its docstrings link by themselves."""

    default_priority = 920  # before tables are measured, after references are resolved

    def run(self, **kwargs: Any) -> None:
        """Every literal that is in no link and in no heading."""
        here = self.env.docname
        if here.startswith("api/generated/"):
            return
        claims, pages = recorded_claims(Path(self.env.srcdir) / "data"), set(self.env.found_docs)
        for literal in list(self.document.findall(nodes.literal)):
            found = place_of(literal.astext(), pages, claims)
            if found is None or found[0] == here or isinstance(literal.parent, nodes.reference | nodes.title):
                continue
            link = make_refnode(self.app.builder, here, found[0], found[1], literal.deepcopy())
            literal.replace_self(link)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_post_transform(NamedPlaces)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
