"""LaTeX in the pages -> MathML Core in the HTML: no script, no network; LaTeX that cannot be converted is a warning.

`math_core` converts; it refuses what it does not know instead of passing it on. Equation numbers are Sphinx's (per
page, by label), so environments that number for themselves are turned into their starred forms. A long formula becomes
several `math` elements (`formula_parts`), nested so that a line ends at the coarsest place that will do.
"""

import html
import re
from typing import Any

from docutils import nodes
from formula_parts import Part, parts_of
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)

# Commands in use in this field that MathML Core draws unevenly or under another name.
MACROS = {"widetilde": r"\tilde{#1}", "widecheck": r"\check{#1}"}
STOP = re.compile(r"[.,;:!?)\]’]+")
NUMBERED = re.compile(r"(\\(?:begin|end)\{(?:align|equation|gather|multline|alignat|flalign))\}")
# The bracket of \Bigr)^2: a browser draws it small when it is the base itself, and at its size within a box.
SIZED_BASE = re.compile(r"<(msup|msub|msubsup)>(<mo minsize=[^>]*>[^<]*</mo>)")
CONVERTER = LatexToMathML(fancy_error=False, macros=MACROS)


def to_mathml(latex: str, *, display: bool) -> str:
    """MathML of one formula.

    Raises
    ------
    ValueError
        What the converter says about the place that it cannot read.
    """
    try:
        found = CONVERTER.convert_with_local_state(NUMBERED.sub(r"\1*}", latex.strip()), displaystyle=display)
        return SIZED_BASE.sub(r"<\1><mpadded>\2</mpadded>", found)
    except LatexError as error:
        raise ValueError(" ".join(str(error).split())) from None


def broken_mathml(latex: str, *, display: bool) -> str:
    """HTML of one formula, with places where a line may end.

    Raises
    ------
    ValueError
        As `to_mathml`.
    """
    return _html(parts_of(latex), display=display)


def _html(part: Part, *, display: bool) -> str:
    """A leaf as one element; a broken part as a box whose lines are filled with its parts."""
    gap = f'<span class="math-{part.space}"> </span>' if part.space else ""
    if not part.parts:
        found = to_mathml(part.latex, display=display)
        return gap + found.replace('<math display="block">', '<math displaystyle="true">')
    inner = "<wbr>".join(_html(each, display=display) for each in part.parts)
    if part.kind == "row":
        inner = "<br>".join(_html(each, display=display) for each in part.parts)
    return f'{gap}<span class="math-part">{inner}</span>'


def _converted(self: Any, node: nodes.Element, *, display: bool) -> str:
    latex = node.astext()
    try:
        return broken_mathml(latex, display=display)
    except ValueError as error:
        logger.warning(
            "LaTeX without a MathML form: %s in %r", error, latex.strip(), location=node, type="mathml"
        )
        return f"<code>{html.escape(latex)}</code>"


class EndOfFormula(SphinxPostTransform):
    """The stop or comma after a formula stays on its line: it becomes the formula's."""

    default_priority = 960  # when nothing else cuts texts any more

    def run(self, **kwargs: Any) -> None:
        """Every formula in running text."""
        for node in list(self.document.findall(nodes.math)):
            after = node.next_node(nodes.Text, descend=False, siblings=True)
            found = STOP.match(after.astext()) if after is not None else None
            if found and node.parent.index(after) == node.parent.index(node) + 1:
                node["end"] = found[0]
                after.parent.replace(after, nodes.Text(after.astext()[found.end() :]))


def visit_inline(self: Any, node: nodes.math) -> None:
    """$...$, the last part of it together with the stop that follows."""
    found = _converted(self, node, display=False)
    before, last, after = (
        found.rpartition("<math")[0],
        *found[found.rfind("<math") :].partition("</math>")[::2],
    )
    if node.get("end") and last:
        found = f'{before}<span class="math-end">{last}</math>{html.escape(node["end"])}</span>{after}'
    self.body.append(found)
    raise nodes.SkipNode


def visit_block(self: Any, node: nodes.math_block) -> None:
    """$$...$$, with its number at the right where it has a label."""
    self.body.append(self.starttag(node, "div", CLASS="math-block"))
    self.body.append(f'<div class="math-formula">{_converted(self, node, display=True)}</div>')
    if node["number"]:
        number = html.escape(str(node["number"]))
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer; conf.py chooses it by html_math_renderer."""
    app.add_post_transform(EndOfFormula)
    app.add_html_math_renderer(
        "mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_block, None)
    )
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
