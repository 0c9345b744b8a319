"""Standard output that cannot be written: one line that names it."""

import io
from pathlib import Path

import pytest
from support.commands import handlers_kept

from verify.__main__ import main
from verify.commands.shell import shell

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no device of this system is always full")
@pytest.mark.parametrize(
    "argv",
    [
        ["doctor"],
        ["--help"],
        ["scaling", "--help"],
        ["--version"],
        ["predict", "--sizes", "60,50,40", "--json"],
    ],
)
def test_a_full_standard_output_is_named(empty, monkeypatch, argv):
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    with FULL.open("w", encoding="utf-8") as full, handlers_kept():
        monkeypatch.setattr("sys.stdout", full)
        code = shell("verify", main, argv)
    assert (code, said.getvalue()) == (
        2,
        "verify: error: cannot write standard output: No space left on device\n",
    )
    assert list(empty.iterdir()) == []


def test_a_standard_output_that_a_reader_has_left_is_no_mistake(empty, monkeypatch):
    class Left(io.StringIO):
        def flush(self):
            raise BrokenPipeError

    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    monkeypatch.setattr("sys.stdout", Left())
    with handlers_kept():
        assert (shell("verify", main, ["--version"]), said.getvalue()) == (141, "")
