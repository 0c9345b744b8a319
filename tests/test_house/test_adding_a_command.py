"""docs/adding-a-command.md: in a copy of the packages its folder and its line add a command, nothing else touched."""

import json

import pytest
from support.additions import add_files, add_lines, copy_packages, difference, page, run, run_together

from theory.gradient.decomposition import signal_noise
from theory.moments.moments import student_moments, teacher_moments
from verify.problem.functions import resolve_function

PAGE = page("adding-a-command")
FOLDER = {f"verify/kappa/{name}.py": ["new"] for name in ("__init__", "__main__", "command")}


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    """The copy with the command in it."""
    root = copy_packages(tmp_path_factory.mktemp("command"))
    assert difference(root) == {}
    add_files(PAGE, root)
    add_lines(PAGE, root)
    return root


def kappa(n, N, d, student):
    pair = resolve_function(student, "--student").theory
    teacher = resolve_function("softplus", "--teacher").theory
    found = signal_noise(
        n=n,
        N=N,
        d=d,
        student=student_moments(pair),
        teacher=teacher_moments(teacher),
        noise=0.3,
        parametrisation="ntk",
    )
    return found.kappa


def test_a_command_is_a_folder_and_one_line(added):
    ((_, _, line),) = PAGE.lines
    assert difference(added) == FOLDER | {"verify/__main__.py": [f"+ {line}"]}


def test_the_commands_of_the_page_run_it(added):
    found, in_words, overview = run_together(added, PAGE.commands)
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout) == {"400,300,200": pytest.approx(kappa(400, 300, 200, "tanh"), rel=1e-12)}
    said = in_words.stdout.splitlines()
    assert said[1] == f"2000,1500,1000: kappa = {kappa(2000, 1500, 1000, 'erf'):.4f}"
    listed = " ".join(overview.stdout.split())  # whatever the width
    assert " kappa the signal-to-noise ratio of the first gradient's entries at your sizes " in listed


def test_it_has_what_every_command_has(added):
    wrong = run(added, PAGE.commands[1], "--sede", "3")
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)
    assert wrong.stderr.startswith("verify.kappa: error: unknown option '--sede'; known: --")
    shown = run(
        added,
        "python -c 'import inspect, verify.kappa; print(inspect.signature(verify.kappa.run)); "
        "print(verify.kappa.run(sizes=[(400, 300, 200)]))'",
    )
    assert "student='tanh'" in shown.stdout
    assert "json" not in shown.stdout
    assert "400,300,200" in shown.stdout


def test_without_its_line_the_command_is_not_known(tmp_path):
    root = copy_packages(tmp_path)
    add_files(PAGE, root)
    found = run(root, PAGE.commands[0])
    assert found.returncode == 2
    assert "unknown command 'kappa'" in found.stderr
