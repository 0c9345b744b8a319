"""constraints-oldest.txt has the floor of every requirement that the tests' environment gets from setup.cfg."""

import configparser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]


def requirements(text):
    """Requirements of a list of lines, comments left out."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line]


def floors(setup):
    """Name -> the oldest version that is allowed, for what is needed at run time and by the tests."""
    parser = configparser.ConfigParser()
    parser.read_string(setup)
    lists = parser["options"]["install_requires"], parser["options.extras_require"]["test"]
    return {
        each.name: Version(next(part.version for part in each.specifier if part.operator == ">="))
        for text in lists
        for each in requirements(text)
    }


def pinned(constraints):
    """Name -> version of the list above "Not ours"."""
    found = requirements(constraints.partition("# Not ours")[0])
    return {each.name: Version(str(each.specifier).removeprefix("==")) for each in found}


def test_the_oldest_versions_are_the_floors_of_setup_cfg():
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    oldest = pinned((ROOT / "constraints-oldest.txt").read_text(encoding="utf-8"))
    assert len(oldest) >= 20
    assert oldest == floors(setup)
    raised = setup.replace("numpy>=2.1", "numpy>=2.2")
    assert oldest != floors(raised)  # a floor that was raised in one place only


def test_the_build_asks_for_the_setuptools_of_the_tests():
    build = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"setuptools>={floors((ROOT / "setup.cfg").read_text(encoding="utf-8"))["setuptools"]}"' in build
