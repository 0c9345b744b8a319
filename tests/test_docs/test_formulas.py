"""Formulas of the pages: each is broken into parts that a small window has room for, and nothing of it is lost."""

import re
from importlib import import_module

import pytest

ROOM = 17.0  # em: what a window of 360 pixels leaves beside an equation's number


def formulas(docs):
    """Page and LaTeX of every formula outside of code."""
    found = []
    for path in [*docs.glob("*.md"), *(docs / "derivations").glob("*.md")]:
        text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.S)
        for match in re.finditer(r"\$\$(.+?)\$\$|(?<![\\$\w])\$([^$\n]+?)\$(?!\d)", text, re.S):
            found.append((path.name, match[1] or match[2], bool(match[1])))
    return found


def too_wide(found):
    """Formulas with a part that no small window has room for."""
    parts = import_module("formula_parts")
    return [
        (page, leaf.latex)
        for page, latex, _ in found
        for leaf in parts.parts_of(latex).leaves()
        if parts.width_of(leaf.latex) > ROOM
    ]


def test_no_part_of_a_formula_is_wider_than_a_small_window(extensions):
    found = formulas(extensions)
    assert len(found) > 3000
    assert too_wide(found) == []


def test_a_long_fraction_is_noticed_and_a_long_sum_is_broken():
    terms = "+".join(f"a_{{{k}}}b_{{{k}}}" for k in range(12))
    assert too_wide([("page", rf"x = \frac{{{terms}}}{{2}}", True)]) != []
    assert too_wide([("page", f"x = {terms}", True)]) == []


def bare(latex):
    """What a formula consists of: without spaces, alignment, and braces that stand for nothing."""
    latex = re.sub(r"\\text\{([^{}$]*)\}", lambda found: found[1].replace(" ", ""), latex)
    return re.sub(r"\\(?:begin|end)\{aligned\}|\\\\|\\q?quad|\\ |\{\}|&|\s", "", latex)


def test_the_parts_are_the_formula(extensions):
    parts = import_module("formula_parts")
    for page, latex, _ in formulas(extensions):
        together = "".join(leaf.latex for leaf in parts.parts_of(latex).leaves())
        assert bare(together) == bare(latex), page


@pytest.mark.parametrize(
    ("latex", "kind", "leaves"),
    [
        ("x = 1", "", ["x = 1"]),
        (r"a = b_1 + b_2 + b_3 + b_4,\qquad c = d_1 + d_2", "space", None),
        (
            r"f(x)-g(x) = -\sum_k a_k\,b_k\,c_k\,d_k e_k",
            "relation",
            ["f(x)-g(x)", r"{}= -\sum_k a_k\,b_k\,c_k\,d_k e_k"],
        ),
        (r"\begin{aligned} a &= 1,\\ b &= 2 \end{aligned}", "row", ["a = 1,", "b = 2"]),
        (r"x = \left(a + b + c + d + e + f + g + h + i\right)", "relation", ["x", None]),
    ],
)
def test_a_formula_is_broken_at_the_coarsest_place(latex, kind, leaves):
    part = import_module("formula_parts").parts_of(latex)
    assert part.kind == kind
    for found, expected in zip(part.leaves(), leaves or [], strict=bool(leaves)):
        assert expected is None or found.latex.strip() == expected


def test_a_sign_that_joins_nothing_begins_no_part():
    parts = import_module("formula_parts")
    latex = r"e^{-x}(-a_1 a_2 a_3 a_4 a_5 a_6 a_7 a_8 a_9 b_1 b_2 b_3 b_4 b_5 b_6)"
    assert [leaf.latex for leaf in parts.parts_of(latex).leaves()] == [latex]


def test_parts_are_elements_of_their_own_and_the_stop_stays_with_the_last():
    pytest.importorskip("math_core", reason="comes with the extra docs")
    mathml = import_module("mathml")
    html = mathml.broken_mathml(r"f(x)-g(x) = -\sum_k a_k\,b_k\,c_k\,d_k e_k", display=True)
    assert html.count("<math ") == 2
    assert html.count("<wbr>") == 1
    assert 'display="block"' not in html
    short = mathml.broken_mathml("x = 1", display=False)
    assert short.count("<math>") == 1
    assert "math-part" not in short
