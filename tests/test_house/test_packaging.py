"""What is installed: the packages that setup.cfg lists are the folders there are, and a wheel runs away from its sources."""

import configparser
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import numpy
import pytest
from support.commands import environment

from verify.__main__ import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("theory", "sim", "verify")
DATA = {".json", ".typed"}  # what the code, and a type checker of who uses it, reads beside its sources


def listed(text):
    """Packages and package data as a setup.cfg names them."""
    parser = configparser.ConfigParser()
    parser.read_string(text)
    packages = set(parser["options"]["packages"].split())
    data = {
        f"{package.replace('.', '/')}/{name}"
        for package, names in parser["options.package_data"].items()
        for name in names.split()
    }
    return packages, data


def standing(root):
    """Packages and data files as they lie below a root."""
    folders = {path.parent for package in PACKAGES for path in (root / package).rglob("*.py")}
    data = {path for package in PACKAGES for path in (root / package).rglob("*") if path.suffix in DATA}
    return (
        {".".join(folder.relative_to(root).parts) for folder in folders},
        {path.relative_to(root).as_posix() for path in data},
    )


def test_setup_cfg_lists_the_folders_and_the_data_that_there_are(tmp_path):
    assert listed((ROOT / "setup.cfg").read_text(encoding="utf-8")) == standing(ROOT)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    assert standing(tmp_path) == standing(ROOT)
    (tmp_path / "verify" / "forgotten").mkdir()
    (tmp_path / "verify" / "forgotten" / "__init__.py").touch()
    (tmp_path / "sim" / "forgotten.json").write_text("{}")
    packages, data = standing(tmp_path)
    before = standing(ROOT)
    assert (packages - before[0], data - before[1]) == ({"verify.forgotten"}, {"sim/forgotten.json"})


def alone():
    """This process's environment without what would lead a fresh one back to the sources."""
    return {name: value for name, value in environment().items() if not name.startswith("PYTHON")}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Python of a fresh environment that holds our wheel.

    The dependencies are the ones of this environment, by a path file: its own path files, and with them an editable
    install of ours, are not read there. That setup.cfg names every dependency is what README's commands show.
    """
    where = tmp_path_factory.mktemp("wheel")
    sources = where / "sources"
    shutil.copytree(
        ROOT,
        sources,
        ignore=shutil.ignore_patterns(".*", "docs", "tests", "build", "*.egg-info", "__pycache__"),
    )
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(where), str(sources)]
    subprocess.run(build, check=True, env=alone(), capture_output=True, timeout=300)
    (wheel,) = where.glob("*.whl")
    venv.create(where / "fresh", with_pip=False)
    python = where / "fresh" / ("Scripts" if os.name == "nt" else "bin") / "python"
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, env=alone(), capture_output=True, text=True, timeout=60,
    ).stdout.strip()  # fmt: skip
    install = [*pip, "install", "--no-deps", "--target", purelib, str(wheel)]
    subprocess.run(install, check=True, env=alone(), timeout=300)
    paths = {sysconfig.get_path("purelib"), str(Path(numpy.__file__).parents[1])}
    Path(purelib, "dependencies.pth").write_text("\n".join(sorted(paths)) + "\n")
    shutil.rmtree(sources)
    return python


def run(python, *words, cwd):
    return subprocess.run([python, *words], cwd=cwd, env=alone(), capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=" ".join)
def test_every_command_of_a_wheel_helps(installed, command, tmp_path):
    found = run(installed, "-m", "verify", *command, "--help", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert "usage:" in found.stdout
    assert not list(tmp_path.iterdir())


def test_a_quick_run_of_a_wheel_reads_its_own_files(installed, tmp_path):
    home = run(
        installed,
        "-c",
        "import verify, sim, theory; print(verify.__file__, sim.__file__, theory.__file__)",
        cwd=tmp_path,
    )
    assert home.stdout.count(str(Path(installed).parents[1])) == 3, home.stdout
    found = run(installed, "-m", "verify", "--quick", "--only", "L.B9", "--quiet", cwd=tmp_path)
    assert found.returncode == 0, found.stderr + found.stdout
    assert (tmp_path / "bulkspike-out").is_dir()
