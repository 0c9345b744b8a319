""".ci/run: it runs every step in a fresh clone, and says which one failed; the tools are stand-ins that do nothing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = """#!/usr/bin/env bash
[[ "{name} $*" == $BROKEN ]] && exit 7
exit 0
"""
STEPS = {  # a failing command -> what is said of it
    "pytest *": "README's test command",
    "pip install *docs*": "install with the docs' dependencies",
    "ruff format --check .": "ruff format --check .",
    "ruff check .": "ruff check .",
    "mypy *": "mypy --config-file setup.cfg",
    "lint-imports *": "lint-imports",
    "sphinx-build *": "sphinx-build -W docs",
    "python docs/build_appendix.py *": "docs/build_appendix.py tables --quick",
    "python -m verify *": "verify --quick --check",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository of .ci/run and a README whose test command makes the stand-ins."""
    where = tmp_path_factory.mktemp("ci")
    (where / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", where / ".ci")
    tools = where / "tools"
    tools.mkdir()
    for name in ("pytest", "pip", "ruff", "mypy", "lint-imports", "sphinx-build", "python"):
        (tools / name).write_text(STAND_IN.format(name=name))
        (tools / name).chmod(0o755)
    command = "mkdir .venv && cp -r tools .venv/bin && .venv/bin/pytest -q"
    (where / "README.md").write_text(f"<!-- test command -->\n```sh\n{command}\n```\n")
    git = ["git", "-c", "user.name=us", "-c", "user.email=us@example.org", "-C", str(where)]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "stand-ins"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    return where


def ci(repository, broken, where):
    environment = os.environ | {"BROKEN": broken, "TMPDIR": str(where)}
    command = ["bash", str(repository / ".ci" / "run")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_every_step_is_run_and_nothing_is_left(repository, tmp_path):
    found = ci(repository, "nothing", tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1].startswith("CI: tests, ruff")
    assert all(f"+ {step}" in found.stdout for step in STEPS.values())
    assert "FAILED" not in found.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("broken", STEPS)
def test_a_step_that_fails_is_named_and_the_last(repository, broken, tmp_path):
    found = ci(repository, broken, tmp_path)
    assert found.returncode == 7
    assert found.stderr.splitlines()[-1].startswith(f"CI: FAILED (exit code 7): {STEPS[broken]}")
    assert "CI: tests, ruff" not in found.stdout
    assert not list(tmp_path.iterdir())


def test_the_hooks_before_a_commit_are_the_linters_of_ci():
    hooks = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    steps = re.findall(
        r"\.venv/bin/((?:ruff|mypy|lint-imports).*)", (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    )
    assert len(steps) == 4
    assert [hook.replace(" --force-exclude", " .") for hook in hooks] == steps
