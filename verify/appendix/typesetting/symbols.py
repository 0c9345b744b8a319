"""Plain text into LaTeX and Markdown: every special character escaped, known symbols set as mathematics.

Captions, notes and headings are written once, as in code ("||D_0||_2 / sqrt(N d)"); whatever is not a known symbol
is taken literally, so that a caption cannot break the document it is set in.
"""

import re
from collections.abc import Callable

__all__ = ["latex", "markdown"]

SYMBOLS = {
    "||G_0 - A||_2": r"\lVert G_0-A\rVert_2",
    "||D_0||_F^2": r"\lVert D_0\rVert_F^2",
    "||eta D_0||_F": r"\lVert\eta D_0\rVert_F",
    "||eta D_0||_2": r"\lVert\eta D_0\rVert_2",
    "||sign(X)||_2": r"\lVert\mathrm{sign}(X)\rVert_2",
    "|A_ij|": r"\lvert A_{ij}\rvert",
    "sqrt(log N/d)": r"\sqrt{\log N/d}",
    "E[1/2 + atan(kappa_i)/pi]": r"\mathsf{E}[1/2+\arctan(\kappa_i)/\pi]",
    "sqrt d": r"\sqrt d",
    "d^-1/2": r"d^{-1/2}",
    "sqrt N": r"\sqrt N",
    "s_1^2": r"s_1^2",
    "c^2": r"c^2",
    "sigma'": r"\sigma'",
    "W_0^T a": r"W_0^Ta",
    "||D_0||_F": r"\lVert D_0\rVert_F",
    "||D_0||_2": r"\lVert D_0\rVert_2",
    "||G_0||_F": r"\lVert G_0\rVert_F",
    "||G_0||_2": r"\lVert G_0\rVert_2",
    "||W_0||_F": r"\lVert W_0\rVert_F",
    "||W_0||_2": r"\lVert W_0\rVert_2",
    "sqrt(N d)": r"\sqrt{Nd}",
    "1/sqrt d": r"1/\sqrt d",
    "Theta(1/sqrt d)": r"\Theta(1/\sqrt d)",
    "Theta(N)": r"\Theta(N)",
    "a_i": r"a_i",
    "L(eta)/L(0)": r"L(\eta)/L(0)",
    "sim(W_1, beta)": r"\mathrm{sim}(W_1,\beta)",
    "(n, N, d)": r"(n,N,d)",
    "A = sum a_i/sqrt N": r"A=\sum_i a_i/\sqrt N",
    "-1 <= A <= 1": r"-1\leq A\leq 1",
    "A = 0": "A=0",
    "sigma - E sigma": r"\sigma-\mathsf{E}\,\sigma",
    "E sigma": r"\mathsf{E}\,\sigma",
    "sign(G_0)": r"\mathrm{sign}(G_0)",
    "k_out": r"k_{\mathrm{out}}",
    "O_U(1,1)": r"O_U(1,1)",
    "O_V(1,1)": r"O_V(1,1)",
    "W^T W": r"W^TW",
    "p0": r"p_0",
    "eta_c": r"\eta_c",
    "eta": r"\eta",
    "eps": r"\epsilon",
    "mu_1": r"\mu_1",
    "s_1/s_2": r"s_1/s_2",
    "s_1": r"s_1",
    "s_2": r"s_2",
    "W_0": r"W_0",
    "W_1": r"W_1",
    "D_0": r"D_0",
    "M_0": r"M_0",
    "G_0": r"G_0",
    "n/d": r"n/d",
    "N/d": r"N/d",
    "alpha": r"\alpha",
    "beta": r"\beta",
    "kappa": r"\kappa",
    "tau": r"\tau",
}
LATEX_SPECIAL = {
    "\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "{": r"\{", "}": r"\}", "$": r"\$",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$",
    "|": "$|$", '"': "{''}", "`": r"\textasciigrave{}",
}  # fmt: skip
MARKDOWN_SPECIAL = "\\`*_{}[]<>#|$~"
_ONE = "|".join(re.escape(symbol) for symbol in sorted(SYMBOLS, key=len, reverse=True))
_PATTERN = re.compile(rf"(?<![\w\\^])({_ONE})(?![\w^])")


LETTERS = ("k", "n", "N", "d", "c")  # symbols where they stand alone, as in a heading


def latex(text: str) -> str:
    """The text as LaTeX that needs no package and no font encoding."""
    return (
        _with_symbols(text, _latex_literal).replace(r"\lVert ", r"\|").replace(r"\rVert", r"\|")
    )  # without amsmath


def markdown(text: str) -> str:
    """The text as Markdown with dollar mathematics; safe inside a table's cell."""
    return _with_symbols(text, _markdown_literal)


def _with_symbols(text: str, literal: Callable[[str], str]) -> str:
    if text in LETTERS:
        return f"${text}$"
    parts = _PATTERN.split(" ".join(text.split()))
    return "".join(f"${SYMBOLS[part]}$" if index % 2 else literal(part) for index, part in enumerate(parts))


def _latex_literal(text: str) -> str:
    """Escaped; what is no ASCII is written as its name would be read, so that any engine sets it."""
    return "".join(
        LATEX_SPECIAL.get(letter, letter if letter.isascii() else _named(letter)) for letter in text
    )


def _named(letter: str) -> str:
    import unicodedata

    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return LATEX_SPECIAL.get(plain, plain) if plain else f"[U+{ord(letter):04X}]"


def _markdown_literal(text: str) -> str:
    return "".join("\\" + letter if letter in MARKDOWN_SPECIAL else letter for letter in text)
