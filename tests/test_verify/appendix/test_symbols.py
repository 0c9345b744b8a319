"""Plain text into LaTeX and Markdown: known symbols as mathematics, everything else literally."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.appendix.typesetting.latex_table import latex_text
from verify.appendix.typesetting.symbols import latex, markdown
from verify.appendix.typesetting.typeset import TEX_MISSING, typeset
from verify.tables.columns import ItemColumn, content_of

HOSTILE = "_%&#{}~^\\$"
needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex: LaTeX is not compiled")


def test_symbols_are_set_and_words_are_not():
    assert latex("||D_0||_2 / sqrt(N d)") == r"$\|D_0\|_2$ / $\sqrt{Nd}$"
    assert latex("theta, beta_x, meta") == r"theta, beta\_x, meta"  # eta inside a word is no symbol
    assert markdown("s_1/s_2 and s_1") == "$s_1/s_2$ and $s_1$"
    assert latex("n") == "$n$"
    assert latex("n samples") == "n samples"


def test_every_special_character_is_escaped():
    text = latex(HOSTILE)
    for raw in ("_", "%", "&", "#", "{", "}", "$"):
        assert f"\\{raw}" in text
    assert r"\textbackslash{}" in text
    assert r"\textasciitilde{}" in text
    assert r"\textasciicircum{}" in text


@given(st.text(max_size=60))
def test_escaped_text_has_balanced_braces_and_no_bare_special(text):
    found = latex(text)
    plain = found
    for escaped in (r"\_", r"\%", r"\&", r"\#", r"\{", r"\}", r"\$"):
        plain = plain.replace(escaped, "")
    assert plain.count("{") == plain.count("}")
    assert not set(plain) & set("%&#~")
    assert found.isascii()


@given(st.text(alphabet="ab|`*_<$\\[", max_size=30))
def test_a_cell_of_markdown_cannot_end_its_column(text):
    found = markdown(text)
    assert all(found[i - 1] == "\\" for i, letter in enumerate(found) if letter == "|")


def hostile_table(entry: str):
    columns = [
        ItemColumn(name="what", heading=f"what {HOSTILE}", entries=(entry, "plain")),
        ItemColumn(name="value", heading="c_%", entries=(1.5, None), form=".2f"),
    ]
    return content_of(columns, f"A caption with {HOSTILE} and ||D_0||_2", f"A note: {HOSTILE}, “quoted” é 漢")


@needs_tex
def test_a_hostile_caption_compiles(tmp_path):
    text = latex_text(hostile_table(f"a {HOSTILE} b"), label="x", comment=[HOSTILE, "line\nbreak"])
    assert typeset(tmp_path, {"x": text}) is None
    assert (tmp_path / "tables.pdf").read_bytes().startswith(b"%PDF")


@needs_tex
def test_what_does_not_compile_is_said_and_leaves_no_file(tmp_path):
    said = typeset(tmp_path, {"x": r"\undefinedcommand"})
    assert said is not None
    assert "pdflatex failed (! Undefined control sequence" in said
    assert not list(tmp_path.iterdir())


def test_without_tex_one_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert typeset(tmp_path, {}) == TEX_MISSING
    assert not (tmp_path / "tables.pdf").exists()
