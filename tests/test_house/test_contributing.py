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
