"""A file is one idea and a function a part of it: both have a longest length, signature and docstring included."""

import ast
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("theory", "sim", "verify", "benchmarks", "docs")
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
    for place in PLACES:
        for path in (ROOT / place).rglob("*.py"):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return tmp_path


def test_no_file_and_no_function_is_too_long(copy):
    assert len(list(copy.rglob("*.py"))) > 400  # a look that misses the folders would see nothing and pass
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
