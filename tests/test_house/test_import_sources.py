"""The wall between the packages: `theory` and `sim` see neither each other nor `verify`, and `theory` draws nothing.

Read from the sources, so that imports by name at run time and random numbers under another name count too (the
contracts of import-linter are in test_import_direction.py); a violation planted in a copy must be found.
"""

import ast
import shutil
from pathlib import Path

import pytest
from support.sources import tree_of

ROOT = Path(__file__).parents[2]
FORBIDDEN = {"theory": ("sim", "verify", "random", "secrets", "numpy.random"), "sim": ("theory", "verify")}


def dotted(node):
    """a.b.c as text, for a chain of attributes of a name."""
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return base and f"{base}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else None


def named_at_run_time(call):
    """The module of import_module("...") or __import__("..."), else None."""
    last = (dotted(call.func) or "").rpartition(".")[2]
    constant = call.args and isinstance(call.args[0], ast.Constant)
    return str(call.args[0].value) if last in ("import_module", "__import__") and constant else None


def imported(tree):
    """Every module that a source names in an import, or reaches as an attribute of one it imported."""
    alias = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                alias[name.asname or name.name.partition(".")[0]] = (
                    name.name if name.asname else name.name.partition(".")[0]
                )
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "." * node.level + (node.module or "")
            for name in node.names:
                alias[name.asname or name.name] = f"{node.module}.{name.name}"
                yield node.lineno, f"{node.module}.{name.name}"
        elif isinstance(node, ast.Call) and (module := named_at_run_time(node)):
            yield node.lineno, module
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            head, _, rest = (dotted(node) or "").partition(".")
            if head in alias:
                yield node.lineno, f"{alias[head]}.{rest}"


def violations(package):
    """ "file:line module" for what a package's sources must not import."""
    forbidden = FORBIDDEN[package.name]
    return [
        f"{path.relative_to(package.parent)}:{line} {module}"
        for path in sorted(package.rglob("*.py"))
        for line, module in imported(tree_of(path))
        if any(module == name or module.startswith(f"{name}.") for name in forbidden)
        or module.startswith(".")
    ]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_package_looks_over_the_wall(package):
    sources = list((ROOT / package).rglob("*.py"))
    assert len(sources) > 10
    assert violations(ROOT / package) == []


@pytest.mark.parametrize(
    ("package", "planted"),
    [
        ("theory", "import sim"),
        ("theory", "from sim.draw import Draw"),
        ("theory", "def late():\n    from sim import network\n    return network"),
        ("theory", "import verify.statistics as s"),
        ("theory", "from numpy.random import default_rng"),
        ("theory", "from numpy import random as dice"),
        ("theory", "import numpy as np\nx = np.random.default_rng(0)"),
        ("theory", "import random"),
        ("theory", "import numpy.random as r"),
        ("theory", "from importlib import import_module\nx = import_module('sim.draw')"),
        ("theory", "x = __import__('verify')"),
        ("theory", "from ..sim import draw"),
        ("sim", "from theory.moments import student_moments"),
        ("sim", "import verify"),
    ],
)
def test_a_planted_violation_is_found(package, planted, tmp_path):
    copy, room = tmp_path / package, "ridge" if package == "theory" else "measures"
    shutil.copytree(ROOT / package / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    target = copy / room / ("kta.py" if package == "theory" else "norms.py")
    assert violations(copy) == []
    target.write_text(f"{target.read_text(encoding='utf-8')}\n\n{planted}\n", encoding="utf-8")
    found = violations(copy)
    assert found
    assert all(line.startswith(f"{target.relative_to(tmp_path).as_posix()}:") for line in found)


def test_what_only_looks_like_a_violation_passes(tmp_path):
    copy = tmp_path / "theory"
    copy.mkdir()
    text = '"""verify and sim, np.random in words."""\nimport simple\nfrom theory.random_matrices.esd import X\nsim = 3\n'
    (copy / "a.py").write_text(text, encoding="utf-8")
    assert violations(copy) == []
