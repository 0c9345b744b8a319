"""The gallery's page: captions begin with one bold sentence, the rest is folded."""

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"
PARTS = re.split(r"\n(?=\(figure-)", (DOCS / "gallery.md").read_text(encoding="utf-8"))[1:]


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("build_gallery", DOCS / "build_gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.split(")")[0])
def test_a_caption_begins_with_a_bold_sentence_and_the_rest_is_folded(part):
    bold = re.findall(r"^\*\*(.+)\*\*$", part, re.M)
    assert len(bold) == 1
    assert bold[0].endswith(".")
    assert bold[0].count("$") % 2 == 0
    shown = part[: part.index("<details")]
    assert len(shown) < 700
    folded = part[part.index("<details") : part.index("</details>")]
    assert "python -m verify.figures" in folded


@pytest.mark.parametrize(
    ("caption", "first", "rest"),
    [
        ("At 0.5 it bends. More. Yet more.", "At 0.5 it bends.", "More. Yet more."),
        ("Of $a. b$ it is. More.", "Of $a. b$ it is.", "More."),
        ("All of it.", "All of it.", ""),
    ],
)
def test_sentences(build, caption, first, rest):
    assert build.sentences(caption) == (first, rest)


def test_the_page_is_what_the_script_writes(build):
    figure = {
        "id": "fig-2", "title": "T", "source": "ours", "caption": "One. Two.", "settings": "S.", "notes": ["N."],
    }  # fmt: skip
    part = build.section(figure)
    assert "**One.**" in part
    assert part.index("<details") < part.index("Two.") < part.index("</details>") < part.index("{download}")
