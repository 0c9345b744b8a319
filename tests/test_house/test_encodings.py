"""Files are read and written as UTF-8 whatever the locale: every call that turns bytes into text says so."""

import ast
from pathlib import Path

import pytest

import sim
import theory
import verify

PACKAGES = [Path(str(package.__file__)).parent for package in (theory, sim, verify)]
READS_TEXT = {
    "read_text",
    "write_text",
    "open",
    "fdopen",
    "NamedTemporaryFile",
    "TemporaryFile",
    "TextIOWrapper",
}
RUNS = {"run", "Popen", "check_output", "check_call", "call"}
OURS = "write_text"  # verify.files.atomic's own, which is UTF-8; as a method it is pathlib's


def without_encoding(source):
    """Lines of calls that leave the encoding to the locale."""
    return [
        node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and _silent(node)
    ]


def _silent(call):
    plain = isinstance(call.func, ast.Name)
    name = call.func.id if plain else getattr(call.func, "attr", "")
    said = {keyword.arg: keyword.value for keyword in call.keywords}
    if "encoding" in said:
        return False
    if name in RUNS:
        return any(
            isinstance(said.get(word), ast.Constant) and said[word].value
            for word in ("text", "universal_newlines")
        )
    if name not in READS_TEXT or (plain and name == OURS):
        return False
    place = 1 if plain or name == "fdopen" else 0  # open(path, mode), but path.open(mode)
    mode = said.get("mode", call.args[place] if len(call.args) > place else None)
    if mode is None and name.endswith("TemporaryFile"):
        return False  # their own default is bytes
    binary = isinstance(mode, ast.Constant) and isinstance(mode.value, str) and "b" in mode.value
    of_os = (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "os"
    )
    return not binary and not (of_os and name == "open")


def test_every_read_and_write_names_its_encoding():
    files = [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]
    assert len(files) > 250
    silent = [
        f"{path}:{line}" for path in files for line in without_encoding(path.read_text(encoding="utf-8"))
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("source", "caught"),
    [
        ("path.read_text()", True), ("path.read_text(encoding='utf-8')", False), ("path.write_text(x)", True),
        ("write_text(path, x)", False), ("open(path)", True), ("open(path, 'w')", True), ("open(path, 'rb')", False),
        ("open(path, mode='wb')", False), ("path.open()", True), ("path.open('rb')", False),
        ("os.open(path, os.O_RDONLY)", False), ("subprocess.run(words, text=True)", True),
        ("subprocess.run(words, text=True, encoding='utf-8')", False), ("subprocess.run(words)", False),
        ("NamedTemporaryFile()", False), ("NamedTemporaryFile(mode='w')", True), ("(folder / name).read_text()", True),
    ],
)  # fmt: skip
def test_a_call_that_leaves_it_to_the_locale_is_caught(source, caught):
    assert bool(without_encoding(source)) is caught
