"""One name, one meaning: no public function or class stands in two files of a package, and nobody imports a private one."""

import ast
import shutil
from pathlib import Path

import pytest
from support.sources import tree_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("theory", "sim", "verify")
CONVENTIONS = {  # a name that means the same wherever it stands
    "main": "a command's words to an exit code",
    "run": "a command from Python",
    "claims": "a section's or a part's claims",
    "command_claims": "the claims of the command that is named like the section",
    "needs": "the runs behind a table",
    "build": "a table's content from its runs",
    "prepare": "a command's options as what it is about to do, checked",
    "conduct": "that done",
    "experiment": "both, from options to a result",
    "delivery_of": "what a command hands over of its result",
    "rows_of": "the rows of a command's table",
    "sheet_of": "a command's table",
    "report": "what a command says of its findings",
    "dry_run": "what a command says when nothing is run",
    "draw_figure": "a command's figure",
    "columns": "the columns of a command's table",
    "runs": "a command's records by seed and update",
    "work": "what the readings of a group cost",
}


def public(root):
    """Each public function or class at a file's top, with the files of the package that define it."""
    found = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            for node in tree_of(path).body:
                named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                if named and not node.name.startswith("_"):
                    found.setdefault((package, node.name), []).append(path.relative_to(root).as_posix())
    return found


def twice(root):
    """The names that stand in several files of a package and are no convention."""
    return {
        name: files for (_, name), files in public(root).items() if len(files) > 1 and name not in CONVENTIONS
    }


def private_imports(root):
    """ "file: name" of every private name, or file, that is imported from elsewhere in the packages."""
    found = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            for node in ast.walk(tree_of(path)):
                if not isinstance(node, ast.ImportFrom | ast.Import):
                    continue
                names = [part for alias in node.names for part in alias.name.split(".")]
                names += (getattr(node, "module", None) or "").split(".")
                found += [
                    f"{path.relative_to(root).as_posix()}: {name}"
                    for name in names
                    if name.startswith("_") and not name.startswith("__")
                ]
    return found


@pytest.fixture
def copy(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_no_public_name_stands_twice(copy):
    assert len(public(copy)) > 1000  # a look that misses the folders would see nothing and pass
    assert twice(copy) == {}
    path = copy / "verify" / "agreement" / "row.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n\nclass Lie:\n    pass\n", encoding="utf-8")
    assert twice(copy) == {"Lie": ["verify/agreement/row.py", "verify/judging/claim.py"]}


def test_every_convention_is_needed():
    counts = {}
    for (_, name), files in public(ROOT).items():
        counts[name] = max(counts.get(name, 0), len(files))
    assert [name for name in CONVENTIONS if counts.get(name, 0) < 2] == []


def test_no_private_name_is_imported(copy):
    assert private_imports(copy) == []
    path = copy / "verify" / "judging" / "judges" / "order.py"
    planted = "\n\ndef late():\n    from verify.judging.judges.bound import _check_bound_lies\n"
    path.write_text(path.read_text(encoding="utf-8") + planted, encoding="utf-8")
    assert private_imports(copy) == ["verify/judging/judges/order.py: _check_bound_lies"]
