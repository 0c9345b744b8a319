"""The rooms: the contracts of setup.cfg hold, each catches what is planted against it, and no files import in a circle."""

import ast
import configparser
import shutil
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("theory", "sim", "verify")
PLANTS = [  # contract, file, what is written into it, what is said of it
    ("direction", "theory/random_matrices/bulk.py", "import sim.draw", "theory.random_matrices.bulk -> sim.draw"),
    ("packages", "sim/draw.py", "import verify.errors", "sim.draw -> verify.errors"),
    ("theory", "theory/spike/formulas.py", "import theory.ridge.kta", "theory.spike.formulas -> theory.ridge.kta"),
    ("theory", "theory/moments/hermite.py", "import theory.update.sign", "theory.moments.hermite -> theory.update.sign"),
    ("theory", "theory/attic/__init__.py", "", "theory.attic"),  # a room that no contract names
    ("random-matrices", "theory/gradient/norms.py", "import theory.random_matrices.edges",
     "theory.gradient.norms -> theory.random_matrices.edges"),
    ("sim", "sim/setting.py", "import sim.runs.products", "sim.setting -> sim.runs.products"),
    ("sim", "sim/attic/__init__.py", "", "sim.attic"),
    ("verify", "verify/running/store.py", "import verify.claims.users", "verify.running.store -> verify.claims.users"),
    ("verify", "verify/spike/table.py", "import verify.overlap.report", "verify.spike.table -> verify.overlap.report"),
    ("verify", "verify/attic/__init__.py", "", "verify.attic"),
    ("appendix", "verify/appendix/ids.py", "import verify.claims.users", "verify.appendix.ids -> verify.claims.users"),
    ("measurements", "verify/measurements/norms.py", "import theory", "verify.measurements.norms -> theory"),
]  # fmt: skip


def contracts():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    sections = [name for name in parser.sections() if name.startswith("importlinter:contract:")]
    return {name.rpartition(":")[2]: parser[name]["name"] for name in sections}


def lint(where):
    script = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(config_filename='setup.cfg'))"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=where, capture_output=True, text=True, timeout=120
    )
    return run.returncode, " ".join(run.stdout.split())


@pytest.fixture
def copy(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def test_the_contracts_hold(copy):
    code, said = lint(copy)
    assert code == 0, said
    assert said.count(" KEPT") == len(contracts())


def test_every_contract_has_a_plant():
    assert {contract for contract, *_ in PLANTS} == set(contracts())


@pytest.mark.parametrize(("contract", "name", "text", "expected"), PLANTS)
def test_a_planted_import_breaks_its_contract(contract, name, text, expected, copy):
    path = copy / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        (path.read_text(encoding="utf-8") if path.exists() else "") + f"\n{text}\n", encoding="utf-8"
    )
    code, said = lint(copy)
    assert code == 1
    assert expected in said
    assert f"{contracts()[contract]} KEPT" not in said


def imports_of(root):
    """Which files of ours each file imports, at once or later; a face stands for what it hands on and has none."""
    files = {
        ".".join(path.relative_to(root).with_suffix("").parts): path
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    found = {}
    for module, path in files.items():
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
        found[module] = names & set(files)
    return found


def circle(graph):
    """A circle of imports as modules, or none."""
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return error.args[1]
    return None


def test_no_files_import_in_a_circle(copy):
    graph = imports_of(copy)
    assert len(graph) > 250
    assert circle(graph) is None
    path = copy / "theory" / "numerics" / "legendre.py"
    path.write_text(
        path.read_text() + "\n\ndef late():\n    from theory.numerics.chebyshev import x\n    return x\n"
    )
    other = copy / "theory" / "numerics" / "chebyshev.py"
    other.write_text(other.read_text() + "\nfrom theory.numerics import legendre\n")
    assert set(circle(imports_of(copy))) >= {"theory.numerics.legendre", "theory.numerics.chebyshev"}


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
