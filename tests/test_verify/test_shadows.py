"""A user's file json.py beside a command: named before it is run, and not if nothing needs its name."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from support.commands import assert_one_line, command, environment, python

from verify.shadows import OTHERS, STANDARD

TRAP = "open('executed', 'w').close()\nraise RuntimeError('a stranger was run')\n"
NAMED = (
    "numpy", "scipy", "pandas", "matplotlib", "json", "jinja2", "threadpoolctl", "signal", "argparse", "random",
    "lazy_loader", "subprocess",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_hides_a_module_is_named_and_not_run(tmp_path, name):
    (tmp_path / f"{name}.py").write_text(TRAP)
    done = command("--help", cwd=tmp_path, module="verify.scaling")
    assert_one_line(done, f"verify.scaling: error: '{name}.py' in {str(tmp_path)!r} hides ")
    assert "or as `bulkspike scaling`" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.py"]


def test_a_package_hides_too_and_its_advice_works(tmp_path):
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "__init__.py").write_text(TRAP)
    done = command("doctor", cwd=tmp_path, module="verify")
    assert_one_line(done, "'json' in ")
    assert "or as `bulkspike`:" in done.stderr
    script = Path(sysconfig.get_path("scripts")) / "bulkspike"
    advised = subprocess.run(
        [script, "--version"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=240
    )
    assert (advised.returncode, advised.stderr) == (0, "")


def test_a_folder_on_pythons_path_is_named_as_such(tmp_path):
    alien = tmp_path / "alien"
    alien.mkdir()
    (alien / "random.py").write_text(TRAP)
    path = os.pathsep.join(filter(None, [str(alien), os.environ.get("PYTHONPATH")]))
    done = command("--help", cwd=tmp_path, module="verify.scaling", env={"PYTHONPATH": path})
    assert_one_line(done, "'random.py' in ")
    assert "(PYTHONPATH)" in done.stderr


def test_what_hides_nothing_is_let_be(tmp_path):
    """No module that is needed, no module at all, one of Python's that is not used, a folder of installed packages."""
    for name in ("test.py", "turtle.py", "code.py", "numpy.txt", "json.csv", "my_random.py"):
        (tmp_path / name).write_text(TRAP)
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "data.py").write_text(TRAP)
    assert command("--version", cwd=tmp_path, module="verify").returncode == 0
    installed = tmp_path / "installed"
    (installed / "six-1.17.0.dist-info").mkdir(parents=True)
    (installed / "six.py").write_text("")
    done = command("--version", cwd=installed, module="verify")
    assert (done.returncode, done.stderr) == (0, "")


def test_an_import_of_the_package_looks_at_nothing(tmp_path):
    (tmp_path / "random.py").write_text("")
    done = python("-c", "import verify", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_module_that_a_command_imports_is_known(tmp_path):
    """A run with its table and its figure; what Python has loaded before it looks into a folder cannot be hidden."""
    (tmp_path / "run.toml").write_text("seeds = 2\ndesign = 'ray'\n")
    code = (
        "import sys, json; before = set(sys.modules); import verify.scaling; from verify.commands.shell import shell;"
        "shell('verify.scaling', verify.scaling.main, sys.argv[1:]);"
        "print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )
    done = python("-c", code, "--config", "run.toml", "--sizes", "60,50,40", "--quiet", cwd=tmp_path)
    names = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"numpy", "matplotlib", "tomllib", "random"} < names
    ours = {"theory", "sim", "verify"}
    inside = {name for name in names if name.startswith("_cython") or name in sys.builtin_module_names}
    inside |= {
        name
        for name in names
        if name.startswith(("_", "cython_runtime")) and name not in sys.stdlib_module_names
    }
    assert names - ours - inside - OTHERS - STANDARD == set()


def test_the_lists_have_nothing_that_is_ours():
    assert not (STANDARD | OTHERS) & {"theory", "sim", "verify", "test", "tests"}
    assert not OTHERS & sys.stdlib_module_names
