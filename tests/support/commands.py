"""Commands in tests: in a process of their own, or in this one where what they say is all that counts."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from verify.commands.shell import shell

FILES = {
    "records.csv", "timings.csv", "verdicts.json", "table.csv", "table.md", "table.tex", "figure.png", "figure.svg",
    "run.json",
}  # fmt: skip
UNSTABLE = {"run.json", "timings.csv"}  # of these files: they say when and how long
PYTHON = [sys.executable, "-W", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command leaves behind for a shell: as `subprocess.CompletedProcess` has it."""

    returncode: int
    stdout: str
    stderr: str


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without a store of the user's, and with more."""
    kept = {key: value for key, value in os.environ.items() if key != "BULKSPIKE_STORE"}
    return kept | {"OPENBLAS_NUM_THREADS": "1"} | dict(more or {})


def hear_interrupts() -> None:
    """A shell that runs the tests in the background has told its children to ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def command(
    *argv: str | Path, cwd: Path, module: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`python -m module argv` in a process of its own, where every warning is an error."""
    return python("-m", module, *argv, cwd=cwd, env=env)


def python(
    *words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, which hears an interrupt whoever started the tests."""
    return subprocess.run(
        [*PYTHON, *words], cwd=cwd, env=environment(env), capture_output=True, text=True, timeout=240,
        preexec_fn=hear_interrupts,
    )  # fmt: skip


@contextmanager
def started(*argv: str, cwd: Path, module: str) -> Iterator[subprocess.Popen[str]]:
    """The same, still running; killed at the end if it then is."""
    process = subprocess.Popen(
        [*PYTHON, "-m", module, *argv], cwd=cwd, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, preexec_fn=hear_interrupts,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def called(capsys: pytest.CaptureFixture[str], module: str, *argv: str) -> Said:
    """The command of a package, `verify.spike` or `verify`, in this process and directory."""
    capsys.readouterr()
    with handlers_kept():
        code = shell(module, _main_of(module), argv)
    said = capsys.readouterr()
    return Said(returncode=code, stdout=said.out, stderr=said.err)


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Whatever a command does to the signals of this process is undone."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _main_of(module: str) -> Any:
    return import_module("verify.__main__" if module == "verify" else module).main


def lines(text: str) -> list[str]:
    """Those with something in them."""
    return [line for line in text.splitlines() if line.strip()]


def assert_one_line(done: Said | subprocess.CompletedProcess[str], says: str) -> None:
    """A user's mistake: exit code 2, nothing on stdout, and one line that says it."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert len(lines(done.stderr)) == 1, done.stderr
    assert says in done.stderr


def stable(folder: Path, names: Sequence[str] | set[str] = frozenset(FILES)) -> dict[str, bytes]:
    """The bytes of the files that two runs have in common."""
    return {name: (folder / name).read_bytes() for name in sorted(set(names) - UNSTABLE)}
