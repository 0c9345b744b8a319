"""Limits of the system that a batch job may set: one line each, exit code 2, nothing half done."""

import pytest
from support.commands import assert_one_line, python

CODE = """
import resource, sys
resource.setrlimit(resource.{name}, ({limit}, {limit}))
from verify.commands.shell import shell
import verify.scaling
sys.exit(shell("verify.scaling", verify.scaling.main))
"""


@pytest.mark.parametrize(
    ("name", "limit", "says"),
    [
        ("RLIMIT_NOFILE", 12, "error: the limit on open files is too low; raise it (ulimit -n 256)"),
        ("RLIMIT_FSIZE", 512, "error: cannot write 'bulkspike-out/store/"),
    ],
)
def test_a_limit_is_named(tmp_path, name, limit, says):
    argv = ["--sizes", "30,20,10", "--design", "ray", "--seeds", "2", "--quiet"]
    done = python("-c", CODE.format(name=name, limit=limit), *argv, cwd=tmp_path)
    assert_one_line(done, says)
    assert [path for path in tmp_path.rglob("*") if ".partial" in path.name or path.suffix == ".log"] == []
