"""Figures whatever the environment says of matplotlib, and one line, before anything is run, where they cannot be drawn."""

import pytest
from support.commands import assert_one_line, called, command

ARGV = ["--sizes", "30,20,10", "--design", "ray", "--seeds", "2"]


@pytest.mark.parametrize(
    "backend", ["module://matplotlib_inline.backend_inline_that_is_not_there", "no-backend"]
)
def test_a_backend_of_a_notebook_and_a_date_that_is_none_do_not_matter(empty, backend):
    done = command(
        *ARGV, cwd=empty, module="verify.scaling", env={"MPLBACKEND": backend, "SOURCE_DATE_EPOCH": "abc"}
    )
    assert done.stderr == ""
    assert done.returncode in (0, 3)
    assert (empty / "bulkspike-out" / "scaling" / "figure.svg").is_file()


@pytest.mark.parametrize("module", ["verify.scaling", "verify.rank_one", "verify.spike", "verify.overlap"])
def test_settings_that_cannot_be_read_are_one_line_before_anything_is_run(empty, module):
    (empty / "matplotlibrc").write_bytes(b"\xff\xfe font.size: 3")
    argv = [] if module == "verify.rank_one" else ["--sizes", "30,20,10"]
    done = command(*argv, cwd=empty, module=module)
    assert_one_line(done, "matplotlib does not import, no figure can be drawn: ")
    assert "matplotlibrc" in done.stderr
    assert [path.name for path in empty.iterdir()] == ["matplotlibrc"]


def test_a_module_in_a_directory_that_is_gone_is_one_line(empty, monkeypatch, capsys):
    gone = empty / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = called(
        capsys, "verify.scaling", *ARGV, "--student", "no_such_module:f", "--out", str(empty / "out")
    )
    assert_one_line(done, "--student: cannot import 'no_such_module'")
