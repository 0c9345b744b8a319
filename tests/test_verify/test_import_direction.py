"""theory and sim never meet, and theory draws nothing; a planted violation is caught."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("theory", "sim", "verify")


def directions(where: Path) -> subprocess.CompletedProcess:
    script = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(config_filename='setup.cfg'))"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=where, capture_output=True, text=True, timeout=120
    )


def test_the_contracts_hold_and_a_planted_import_breaks_them(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    clean = directions(tmp_path)
    assert clean.returncode == 0, clean.stdout
    path = tmp_path / "theory" / "bulk.py"
    path.write_text(path.read_text() + "\nimport sim.draw\n")
    planted = directions(tmp_path)
    assert planted.returncode == 1
    assert "theory.bulk -> sim.draw" in planted.stdout


def draws(source: str) -> bool:
    """Whether a module reaches for random numbers."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "random":
            return True
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "random" for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module and "random" in node.module.split("."):
            return True
    return False


def test_theory_draws_no_random_numbers_and_a_planted_draw_is_seen():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "theory").rglob("*.py")]
    assert len(sources) >= 70  # a look that misses the folders would see nothing and pass
    assert not [text[:80] for text in sources if draws(text)]
    assert draws("import numpy as np\nx = np.random.default_rng(0)")
    assert draws("from numpy.random import default_rng")
