"""Values that nobody means, for fuzz tests: on the command line, in TOML files, in records, in files of claims."""

import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from support.commands import Said, handlers_kept, lines
from verify.commands.shell import shell

LONGEST_LINE = 1500
BY_HAND = int(
    os.environ.get("FUZZ_EXAMPLES", "0")
)  # so many of each kind, drawn anew, in place of the suite's own

WORDS = st.sampled_from([
    "", " ", "0", "-1", "1", "2", "3.5", "1e400", "-0.0", "nan", "inf", "-inf", "1e-400", "0x10", "1_000", "²",
    "١٢", "9" * 5000, "1,2", "1,2,3", "30,20,10", "4,4,4", "1,1,1", "0,1,2", "1-3", "3-1", "1-", "-", "--",
    "-x", "--nothing", "=", "a=b", "\0", "a\0b", "\n", "a\nb", "\r", "\t", "\ud800", "é", "漢", "\U0001f600",
    "'", '"', "\\", "$(x)", "%s", "%", "{}", "{0}", "tanh", "Tanh", "softplus", "relu", "linear", "expr:",
    "expr:z", "expr:z*", "expr:1/0*z", "expr:z**z", "expr:z**24", "expr:log(z)", "expr:sqrt(z)",
    "expr:exp(z**2)", "expr:tanh(z)+1e12", "expr:z-z", "expr:__import__('os')", "expr:" + "(" * 200, "expr:1",
    "hermite:", "hermite:0", "hermite:0,1", "hermite:nan", "hermite:" + "0," * 60 + "1", "os:getcwd",
    "no.such:thing", ":", "a:", ":b", "adam", "gd", "corrected", "ntk", "auto", "numpy", "float32", "4G",
    "1.5M", "0G", "4X", "/", "/dev/null", "/proc/x", ".", "..", "x" * 300, "/" + "y/" * 2000, "~", "1e-12",
    "0.5", "0.49999", "1e-4", "100000", "100001", "999999999", "A.B2", "fig-8",
])  # fmt: skip
TEXTS = st.one_of(WORDS, WORDS, st.text(max_size=12), st.lists(WORDS, min_size=2, max_size=3).map(",".join))


class Raw(str):
    """Text that stands in a TOML file as it is: a number that Python does not write, a date."""

    __slots__ = ()


RAW = st.sampled_from([Raw("0x" + "f" * 4000), Raw("1979-05-27"), Raw("07:32:00"), Raw("1e9999"), Raw("0b2")])
NUMBERS = st.one_of(st.integers(-3, 5), st.integers(), st.floats(), st.just(10**400))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, RAW),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=5,
)


def drawn(examples: int) -> settings:
    """So many examples, the same in every run; more, and others, by hand."""
    return settings(
        max_examples=BY_HAND or examples, derandomize=not BY_HAND, deadline=None, suppress_health_check=list(HealthCheck),
        database=None, print_blob=True,
    )  # fmt: skip


@contextmanager
def somewhere() -> Iterator[Path]:
    """An empty directory that is the current one, for one example."""
    with tempfile.TemporaryDirectory() as name, chdir(name):
        before = os.environ.pop("BULKSPIKE_STORE", None)
        try:
            yield Path(name)
        finally:
            if before is not None:
                os.environ["BULKSPIKE_STORE"] = before


def heard(module: str, main: Any, argv: Sequence[str]) -> Said:
    """A command in this process and directory."""
    out, err = io.StringIO(), io.StringIO()
    with handlers_kept(), redirect_stdout(out), redirect_stderr(err):
        code = shell(module, main, argv)
    return Said(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def assert_refused_or_done(
    done: Said, folder: Path, *, may_write: bool = False, codes: Sequence[int] = (0,)
) -> None:
    """One line, exit code 2 and nothing left behind; or an exit code of a command that has done its work."""
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    assert not [name for name in left if name.endswith((".log", ".partial"))], (left, done.stderr)
    if done.returncode == 2:
        assert done.stdout == ""
        assert len(lines(done.stderr)) == 1, done.stderr
        assert len(done.stderr) < LONGEST_LINE, done.stderr
        assert left == []
        return
    assert done.returncode in codes, done.stderr
    assert done.stderr == ""
    assert done.stdout.strip()
    assert may_write or left == []


def toml_text(value: Any) -> str:
    """A value as TOML writes it; None as something that is no TOML."""
    match value:
        case None:
            return "nil"
        case bool():
            return str(value).lower()
        case int():
            return (
                hex(value)
                if value >= 0 and value.bit_length() > 64
                else str(value)
                if abs(value) < 1 << 64
                else "-1"
            )
        case float():
            return repr(value)
        case str():
            return json.dumps(value.encode(errors="replace").decode())
        case list():
            return "[" + ", ".join(map(toml_text, value)) + "]"
    return "{" + ", ".join(f"{toml_text(str(key))} = {toml_text(each)}" for key, each in value.items()) + "}"
