"""CONTRIBUTING.md: every file that it names is there, and it names what CI, the hooks and the pages on additions are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PATHS = re.compile(
    r"(?<![\w/.-])((?:docs|tests|benchmarks|verify|theory|sim|\.ci)/[\w/.*-]*|[\w-]+\.(?:md|cfg|txt))"
)


def missing(text):
    """Paths in a text that name nothing in the repository; a star stands for anything, NAME for a name."""
    found = {path.rstrip(".").replace("NAME", "*") for path in PATHS.findall(text)}
    return sorted(path for path in found if not list(ROOT.glob(path.rstrip("/"))))


def test_every_file_that_it_names_is_there():
    assert len(PATHS.findall(TEXT)) > 30
    assert missing(TEXT) == []
    assert missing("see `docs/gone.md` and tests/test_house/") == ["docs/gone.md"]


def test_it_names_the_pages_on_additions_and_the_whole_of_ci():
    for page in (ROOT / "docs").glob("adding-*.md"):
        assert f"docs/{page.name}" in TEXT
    for words in (
        "bash .ci/run",
        "pre-commit install",
        "-m slow",
        "constraints-oldest.txt",
        "benchmarks/NAME.py",
    ):
        assert words in TEXT


def unknown_pages(sources):
    """ "file: page" for every page that a source cites (docs/.., or with an equation or a section) and docs/ has not."""
    pages = {path.name for path in (ROOT / "docs").rglob("*.md")}
    cited = re.compile(r"\bdocs/(?:[\w-]+/)*([\w-]+\.md)|([\w-]+\.md)(?=,? (?:eqs?\.|sections?)\s)")
    return sorted(
        f"{name}: {page}"
        for name, text in sources.items()
        for page in map("".join, cited.findall(text))
        if page not in pages
    )


def test_every_page_that_a_source_names_is_there():
    files = [
        path for folder in ("theory", "sim", "verify", "benchmarks") for path in (ROOT / folder).rglob("*.py")
    ]
    sources = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}
    assert sum("gradient.md" in text for text in sources.values()) > 5
    assert unknown_pages(sources) == []
    assert unknown_pages({"x.py": "docs/derivations/gradient.md; gone.md eq. (1)"}) == ["x.py: gone.md"]
    assert unknown_pages({"x.py": "gone.md, section 5"}) == unknown_pages({"x.py": "docs/gone.md"})
