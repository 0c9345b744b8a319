"""A command's first second: strangers' packages on the path, and Ctrl-C while modules are being imported."""

import subprocess
import sysconfig
from pathlib import Path

import pytest
from support.commands import assert_one_line, command, environment, python

from verify.__main__ import COMMANDS
from verify.commands import interrupts

ARGV = ["--dry-run", "--scales", "1", "--design", "ray"]


@pytest.mark.parametrize("name", ["sim", "theory"])
@pytest.mark.parametrize("shape", ["module", "package"])
def test_a_stranger_in_the_directory_is_named_and_not_run(tmp_path, name, shape):
    trap = "open('executed', 'w').close()\n"
    if shape == "module":
        (tmp_path / f"{name}.py").write_text(trap)
    else:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(trap)
    done = command(*ARGV, cwd=tmp_path, module="verify.scaling")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"package {name!r} at" in line
    assert "current directory" in line
    assert "bulkspike scaling" in line
    assert not (tmp_path / "executed").exists()
    script = Path(sysconfig.get_path("scripts")) / "bulkspike"
    advised = subprocess.run(
        [script, "scaling", *ARGV],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert advised.returncode == 0, advised.stderr  # the advice works


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_imports_a_stranger_before_it_has_looked(tmp_path, name):
    (tmp_path / "sim.py").write_text("raise SystemExit('run')\n")
    done = command("--help", cwd=tmp_path, module=f"verify.{name}")
    assert_one_line(done, "package 'sim' at")


def test_a_folder_without_a_package_is_named_or_harmless(tmp_path):
    """It hides an editable install and not an ordinary one."""
    (tmp_path / "sim").mkdir()
    done = command(*ARGV, cwd=tmp_path, module="verify.scaling")
    assert done.returncode == 0 or (done.returncode == 2 and "current directory" in done.stderr)


def test_a_stranger_on_pythons_path_is_named(tmp_path):
    (tmp_path / "alien" / "sim").mkdir(parents=True)
    (tmp_path / "alien" / "sim" / "__init__.py").write_text("")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = command(*ARGV, cwd=elsewhere, module="verify.scaling", env={"PYTHONPATH": str(tmp_path / "alien")})
    assert done.returncode == 2
    assert "PYTHONPATH" in done.stderr


def test_an_interrupt_during_imports_is_one_line(tmp_path):
    """The interpreter's own start cannot be caught; from the first line of `verify` on every interrupt is."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading, os, signal, time\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'argparse':\n"  # imported by verify.commands.options, while verify.scaling is being imported
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "            time.sleep(1)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    done = command(*ARGV, cwd=tmp_path, module="verify.scaling", env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 130
    assert done.stderr.splitlines() == [f"verify.scaling: {interrupts.INTERRUPTED}"]


def test_importing_as_a_library_leaves_interrupts_alone():
    code = "import signal, verify; assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
