"""Where a formula may be broken into lines: LaTeX -> parts, coarse ones first.

A browser breaks no formula. So a long one is handed to it as several, side by side: rows of an `aligned`, what stands
between wide spaces, the sides of a relation, the terms of a sum, terms in brackets, factors. A part that fits on a line
stays whole; one that does not is broken at the next finer kind of place.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["KINDS", "Part", "parts_of", "width_of"]

KINDS = ("row", "space", "relation", "term", "inner term", "word", "factor")
"""Kinds of places, the coarsest first."""

TOKEN = re.compile(r"\\(?:begin|end)\{\w+\*?\}|\\[A-Za-z]+\*?|\\.|[^\\\s]|\s+")
SPACES = {r"\quad", r"\qquad"}
RELATIONS = {"=", "<", ">"} | {
    "\\" + name for name in ("le", "ge", "ne", "simeq", "approx", "to", "sim", "propto", "Rightarrow", "iff", "equiv",
                             "ll", "gg", "lesssim", "gtrsim", "leq", "geq", "in", "longrightarrow", "coloneqq")
}  # fmt: skip
SIGNS = {"+", "-", r"\pm", r"\mp"}
OPEN = {"(", "[", r"\{", r"\lvert", r"\lVert", r"\langle", r"\lfloor", r"\lceil"}
CLOSE = {")", "]", r"\}", r"\rvert", r"\rVert", r"\rangle", r"\rfloor", r"\rceil"}
SIZED_OPEN = {r"\bigl", r"\Bigl", r"\biggl", r"\Biggl"}
SIZED_CLOSE = {r"\bigr", r"\Bigr", r"\biggr", r"\Biggr"}
FACTORS = {
    r"\frac",
    r"\tfrac",
    r"\dfrac",
    r"\sqrt",
    r"\cdot",
    r"\times",
    r"\sum",
    r"\int",
    r"\operatorname",
} | SIZED_OPEN
NAMES = {
    "\\" + name
    for name in ("log", "exp", "min", "max", "sin", "cos", "arcsin", "arctan", "det", "inf", "sup")
}
THIN = {"{", "}", "^", "_", "&", r"\,", r"\!", r"\;", r"\ ", r"\displaystyle", r"\left", r"\right", r"\bigl", r"\bigr",
        r"\Bigl", r"\Bigr", r"\operatorname", r"\mathrm", r"\mathcal", r"\mathbb", r"\mathsf", r"\text", r"\bar",
        r"\tilde", r"\hat", r"\sqrt", r"\frac", r"\tfrac"}  # fmt: skip
ALIGNED = re.compile(r"^\s*\\begin\{aligned\}(.*)\\end\{aligned\}(.*)$", re.S)
TEXT = re.compile(r"\\text\{([^{}$]*)\}")
ENDS = re.compile(r"^(?:\\ |\\q?quad\b|\s)+|(?:\\ |\\q?quad\b|\s)+$")
AROUND = re.compile(
    r"(?:\\ )+\s*(=|{0})|(=|{0})\s*(?:\\ )+".format(
        "|".join(re.escape(each) + r"\b" for each in sorted(RELATIONS) if each[0] == "\\")
    )
)
SHORT = 9.0  # em: nothing shorter is broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a formula: LaTeX of its own, or finer parts; `space` is what stands before it: "wide", "narrow", ""."""

    latex: str = ""
    parts: "tuple[Part, ...]" = ()
    kind: str = ""
    space: str = ""

    def leaves(self) -> "Iterator[Part]":
        """What is not broken further, in order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def parts_of(latex: str) -> Part:
    """The tree of a formula's parts; a short formula is one."""
    latex = AROUND.sub(lambda found: f" {found[1] or found[2]} ", TEXT.sub(_words, latex.strip()))
    rows = ALIGNED.match(latex)
    if rows is None:
        return _part(latex, 1)
    cut = _cut(rows[1].strip(), lambda at: at.token == r"\\")
    texts = [ENDS.sub("", text.removeprefix(r"\\").replace("&", "")) for text in cut]
    texts[-1] += rows[2]
    return Part(kind="row", parts=tuple(_part(text, 1) for text in texts))


def _words(found: re.Match[str]) -> str:
    """Words of a text in the formula, each for itself."""
    words = found[1].split(" ")
    return "".join(rf"\text{{{word} }}" for word in words[:-1]) + rf"\text{{{words[-1]}}}"


def _part(latex: str, kind: int, *, space: str = "") -> Part:
    """A piece, broken at places of a kind or finer where it is not short."""
    while kind < len(KINDS) and width_of(latex) > SHORT:
        texts = _cut(latex, PLACES[KINDS[kind]])
        if len(texts) > 1:
            return Part(
                kind=KINDS[kind],
                parts=tuple(_finer(text, before, kind) for before, text in pairwise(["", *texts])),
                space=space,
            )
        kind += 1
    return Part(latex=latex, space=space)


def _finer(text: str, before: str, kind: int) -> Part:
    """One of several pieces, and what comes before it; a space between them becomes the pages' own."""
    bare = ENDS.sub("", text)
    space = "narrow" if text.startswith(r"\ ") or before.rstrip().endswith(",") else ""
    space = "wide" if text.startswith((r"\quad", r"\qquad")) else space
    first = TOKEN.match(bare)
    infix = not space and first is not None and first[0] in RELATIONS | SIGNS | {r"\cdot", r"\times"}
    return _part("{}" + bare if infix else bare, kind + 1, space=space)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A token at the outermost level of braces: what it is, what comes before, how many brackets are open."""

    token: str
    before: str
    brackets: int


def _cut(latex: str, breaks: Callable[["Place"], bool]) -> list[str]:
    """The formula before and after every token where it may be broken."""
    ends = [start for start, place in _places(latex) if start and breaks(place)]
    texts = [latex[a:b] for a, b in zip([0, *ends], [*ends, len(latex)], strict=True)]
    return [text for text in texts if ENDS.sub("", text) not in ("", "{}")]


def _places(latex: str) -> Iterator[tuple[int, Place]]:
    """Tokens outside of braces, of \\left .. \\right and of environments, by where they begin."""
    depth = brackets = 0
    before, sized = "", ""
    for found in TOKEN.finditer(latex):
        token = found[0]
        if token.isspace():
            continue
        closing = token == "}" or token == r"\right" or token.startswith(r"\end{")
        depth -= closing
        if depth == 0 and not closing:
            yield found.start(), Place(token=token, before=before, brackets=brackets)
        depth += token == "{" or token == r"\left" or token.startswith(r"\begin{")
        if depth == 0:
            brackets += (token in SIZED_OPEN or token in OPEN) - (token in SIZED_CLOSE or token in CLOSE)
            if sized and (token in OPEN or token in CLOSE):  # counted by its size already
                brackets -= (token in OPEN) - (token in CLOSE)
            sized = token if token in SIZED_OPEN | SIZED_CLOSE else ""
        before = token


def _is_infix(place: Place) -> bool:
    """Whether a sign joins two terms."""
    return place.before not in {
        "",
        "^",
        "_",
        ",",
        "&",
        r"\\",
        *RELATIONS,
        *SIGNS,
        *OPEN,
        *SPACES,
        *SIZED_OPEN,
        r"\cdot",
        r"\ ",
    }


def _is_factor(place: Place) -> bool:
    whole = place.before in {"}", r"\,", r"\!", *CLOSE} or (place.before.isalnum() and place.before != "d")
    return place.token in FACTORS and whole and place.before not in NAMES


PLACES = {
    "space": lambda place: place.token in SPACES,
    "relation": lambda place: place.token in RELATIONS and place.brackets == 0 and _is_infix(place),
    "term": lambda place: place.token in SIGNS and place.brackets == 0 and _is_infix(place),
    "inner term": lambda place: (
        (place.token in SIGNS | RELATIONS and _is_infix(place)) or place.before == "," or place.token == r"\ "
    ),
    "word": lambda place: place.before == "}" and place.token == r"\text",
    "factor": _is_factor,
}


def width_of(latex: str) -> float:
    """About how wide a formula is, in em: what stands beside each other, fractions as their wider side."""
    text = re.sub(r"\\(?:text|operatorname|mathrm)\{([^{}]*)\}", lambda found: found[1], latex)
    return _width(TOKEN.findall(text))


def _width(tokens: list[str]) -> float:
    total, place = 0.0, 0
    while place < len(tokens):
        token = tokens[place]
        if token in (r"\frac", r"\tfrac", r"\dfrac"):
            top, place = _argument(tokens, place + 1)
            bottom, place = _argument(tokens, place)
            total += (0.75 if token == r"\tfrac" else 1.0) * max(_width(top), _width(bottom)) + 0.2
            continue
        if token in ("^", "_"):
            script, place = _argument(tokens, place + 1)
            total += 0.7 * _width(script)
            continue
        total += _token_width(token)
        place += 1
    return total


def _argument(tokens: list[str], place: int) -> tuple[list[str], int]:
    """A braced group or a single token, and where it ends."""
    while place < len(tokens) and tokens[place].isspace():
        place += 1
    if place >= len(tokens) or tokens[place] != "{":
        return tokens[place : place + 1], place + 1
    depth, first = 0, place + 1
    while place < len(tokens):
        depth += (tokens[place] == "{") - (tokens[place] == "}")
        place += 1
        if depth == 0:
            break
    return tokens[first : place - 1], place


def _token_width(token: str) -> float:
    if token.isspace() or token in THIN:
        return 0.0
    if token in RELATIONS or token in SIGNS:
        return 1.2
    if token in SPACES:
        return 2.0 if token == r"\qquad" else 1.0
    if token in NAMES:
        return 0.5 * (len(token) - 1)
    return 0.3 if token in ",.;:()[]|'" else 0.55
