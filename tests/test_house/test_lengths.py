"""A file is one idea and a function a part of it: both have a longest length, signature and docstring included."""

import ast
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("theory", "sim", "verify", "benchmarks", "docs", "tests")
FILE, FUNCTION = 350, 60  # lines; 300 and 40 are what to aim at


def too_long(root):
    """Files, and "file: function", that are longer than they may be."""
    found = []
    for place in PLACES:
        for path in sorted((root / place).rglob("*.py")):
            text, name = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
            found += [name] if len(text.splitlines()) > FILE else []
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                    found += [f"{name}: {node.name}"] if node.end_lineno - first >= FUNCTION else []
    return found


@pytest.fixture
def copy(tmp_path):
    """One folder of a package alone: what is planted there is what is found."""
    shutil.copytree(
        ROOT / "sim" / "runs", tmp_path / "sim" / "runs", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "sim" / "draw.py", tmp_path / "sim")
    return tmp_path


def test_no_file_and_no_function_is_too_long():
    files = [path for place in PLACES for path in (ROOT / place).rglob("*.py")]
    assert len(files) > 700  # a look that misses the folders would see nothing and pass
    assert too_long(ROOT) == []


def test_one_line_more_is_seen(copy):
    assert too_long(copy) == []
    path = copy / "sim" / "draw.py"
    text = path.read_text(encoding="utf-8")
    for lines, found in ((FUNCTION - 1, []), (FUNCTION, ["sim/draw.py: late"])):
        path.write_text(text + "\n\ndef late():\n" + "    pass\n" * lines, encoding="utf-8")
        assert too_long(copy) == found
    lines = len(text.splitlines())
    for added, found in ((FILE - lines, []), (FILE - lines + 1, ["sim/draw.py"])):
        path.write_text(text + "#\n" * added, encoding="utf-8")
        assert too_long(copy) == found
