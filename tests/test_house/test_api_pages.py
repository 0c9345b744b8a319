"""docs/_ext: the API's pages and the page on the rooms are written from the sources, faces that hand names on included."""

import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("theory", "sim", "verify")


@pytest.fixture(scope="module", autouse=True)
def extensions():
    """The documentation's own modules on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "docs" / "_ext"), *sys.path])
        yield


@cache
def pages_of(package):
    """The pages of a package, written once."""
    return import_module("api_pages").pages_of(package)


def broken(face, handed_on):
    """Names that a face does not hand on as the home has them: gone, or hidden by a file of the same name."""
    return [
        f"{face.__name__}.{name} is not that of {home}"
        for name, home in handed_on.items()
        if getattr(face, name, None) is not getattr(import_module(home), name, face)
    ]


def test_every_face_hands_on_what_its_source_says():
    faces, lazy, wrong = import_module("faces"), 0, []
    for file in sorted(file for package in PACKAGES for file in (ROOT / package).rglob("__init__.py")):
        name = ".".join(file.parent.relative_to(ROOT).parts)
        face, found = import_module(name), faces.handed_on(name, faces.source_tree(name))
        if "lazy_loader" in file.read_text(encoding="utf-8"):
            lazy += 1
            assert set(found) == set(face.__all__), name
        wrong += broken(face, found)
    assert lazy > 40
    assert wrong == []


def test_a_name_that_is_gone_and_one_behind_a_file_are_noticed():
    spike, moments = import_module("theory.spike"), import_module("theory.moments")
    assert broken(spike, {"Spike": "theory.spike.formulas"}) == []
    assert broken(spike, {"Spoke": "theory.spike.formulas"}) == [
        "theory.spike.Spoke is not that of theory.spike.formulas"
    ]
    import_module("theory.moments.hermite")
    assert len(broken(moments, {"hermite": "theory.spike.formulas"})) == 1


def test_the_page_of_a_face_names_what_can_be_had_from_it():
    pages = pages_of("verify")
    claim = pages["verify.claim.rst"]
    assert "Also to be had from here:" in claim
    assert ":py:obj:`~verify.judging.claim.Claim`" in claim
    assert "list-table" not in claim  # it has no file of its own, and an empty table is an error
    assert "Also to be had" not in pages["verify.errors.rst"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_module_and_room_has_its_page_and_its_line(package):
    pages = pages_of(package)
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / package).rglob("*.py")
    }
    public = {name for name in files if not any(part.startswith("_") for part in name.split("."))}
    assert set(pages) == {f"{name}.rst" for name in public}
    table = import_module("reference").rooms(package)
    rooms = {name for name in public if name.count(".") == 1}
    assert all(f"</api/generated/{name}>` | " in table for name in rooms)
    assert not [
        line for line in table.splitlines() if line.endswith("|  |")
    ]  # a room that says nothing of itself
    assert len(table.splitlines()) >= 2 + len(rooms)


def test_a_command_of_a_decorated_signature_shows_it():
    page = pages_of("verify")["verify.figures.command.rst"]
    assert "   :members: SPEC, main\n" in page
    assert (
        "autofunction:: verify.figures.command.run(ids: ~collections.abc.Sequence[str] = (), *, quick=False, "
        in page
    )
