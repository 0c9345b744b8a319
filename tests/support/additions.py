"""An addition as the pages "Adding ..." describe it: in a copy of the packages, nothing else touched, commands run there.

What is added, and what is run, is read from the page: its example file, its lines, its commands.
"""

import ast
import atexit
import compileall
import difflib
import json
import os
import py_compile
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from support.commands import Said

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACKAGES = ("theory", "sim", "verify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page tells its reader to do.

    Attributes
    ----------
    files : dict
        Where a file goes -> the example that is shown as it.
    lines : tuple of (str, str, str)
        A file, the table (or class) in it, and the line that it gets.
    commands : tuple of str
        What is run afterwards, a line each.
    """

    files: dict[str, Path]
    lines: tuple[tuple[str, str, str], ...]
    commands: tuple[str, ...]


def page(name: str) -> Page:
    """The page docs/NAME.md: `literalinclude`s captioned by where they go, lines captioned "FILE, in TABLE", commands."""
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    shown = re.findall(r"```\{literalinclude\} (examples/\S+)\n:caption: (\S+)\n", text)
    lines = re.findall(r"```\{code-block\} python\n:caption: (\S+), in (\w+)\n\n(.*)\n```", text)
    commands = [
        line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
    ]
    return Page(
        files={where: DOCS / example for example, where in shown},
        lines=tuple(lines),
        commands=tuple(commands),
    )


def copy_packages(to: Path) -> Path:
    """The packages as they stand, and nothing else; compiled, so that a command there starts as an installed one does."""
    for package in PACKAGES:
        shutil.copytree(_compiled() / package, to / package)
    return to


@cache
def _compiled() -> Path:
    """The packages with their bytecode, valid wherever a file's text is the same; removed with the process."""
    folder = Path(tempfile.mkdtemp(prefix="bulkspike-compiled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
        mode = py_compile.PycInvalidationMode.CHECKED_HASH
        assert compileall.compile_dir(folder / package, quiet=1, invalidation_mode=mode)
    return folder


def part(of: Page, about: str) -> Page:
    """What a page says of one of its additions: the files, lines and commands in which a word stands."""
    return Page(
        files={where: example for where, example in of.files.items() if about in where},
        lines=tuple(line for line in of.lines if about in line[2]),
        commands=tuple(command for command in of.commands if about in command),
    )


def add_files(of: Page, root: Path) -> None:
    """Lay the page's files where it says, one of the reader's own beside his commands; none may be there already."""
    for where, example in of.files.items():
        target = root / where if "/" in where else _commands_folder(root) / where
        assert not target.exists()
        target.parent.mkdir(exist_ok=True)  # the page's own folder
        shutil.copy(example, target)


def _commands_folder(root: Path) -> Path:
    """Where the page's commands run."""
    where = root / "elsewhere"
    where.mkdir(exist_ok=True)
    return where


def add_lines(of: Page, root: Path) -> None:
    """Add the page's lines, each as the last of its table or class."""
    for where, table, line in of.lines:
        path = root / where
        text = path.read_text(encoding="utf-8")
        rows = text.splitlines(keepends=True)
        rows.insert(_end(ast.parse(text), table), f"{line}\n")
        path.write_text("".join(rows), encoding="utf-8")


def _end(tree: ast.Module, table: str) -> int:
    """How many lines stand before the one that closes a table, or after which a class ends."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == table:
            assert node.end_lineno is not None
            return node.end_lineno
        names = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(name, ast.Name) and name.id == table for name in names):
            assert node.end_lineno is not None
            return node.end_lineno - 1
    raise LookupError(table)


def difference(root: Path) -> dict[str, list[str]]:
    """File of the copy -> lines that it has and ours has not ("+ ...") or the other way about; "new" for a new file."""
    found = {}
    for package in PACKAGES:
        files = {path.relative_to(base) for base in (ROOT, root) for path in (base / package).rglob("*.py")}
        for file in sorted(files):
            ours, theirs = ROOT / file, root / file
            if not ours.exists() or not theirs.exists():
                found[file.as_posix()] = ["new" if theirs.exists() else "gone"]
            elif (before := ours.read_text(encoding="utf-8")) != (
                after := theirs.read_text(encoding="utf-8")
            ):
                compared = difflib.ndiff(before.splitlines(), after.splitlines())
                found[file.as_posix()] = [line for line in compared if line[0] in "+-"]
    return found


TOGETHER = """
import contextlib, io, json, runpy, sys
said = []
for module, *words in json.loads(sys.argv[1]):
    sys.argv = [module, *words]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            code = end.code
    said.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(said))
"""


def run_together(root: Path, commands: Sequence[str]) -> list[Said]:
    """Commands `python -m ..` of a page one after the other as `run` would, but in one process: it starts once."""
    argv = []
    for command in commands:
        python, option, *words = shlex.split(command)
        assert (python, option) == ("python", "-m")
        argv.append(words)
    done = run(root, shlex.join(["python", "-c", TOGETHER, json.dumps(argv)]))
    assert done.returncode == 0, done.stderr
    found = [Said(returncode=code, stdout=out, stderr=err) for code, out, err in json.loads(done.stdout)]
    assert not any("Traceback" in said.stderr for said in found), found
    return found


def run(root: Path, command: str, *more: str) -> subprocess.CompletedProcess[str]:
    """A page's command in an empty folder of the copy, with the copy alone on Python's path."""
    python, *words = shlex.split(command)
    assert python == "python"
    environment = os.environ | {"PYTHONPATH": str(root), "BULKSPIKE_STORE": str(root / "store")}
    done = subprocess.run(
        [sys.executable, *words, *more],
        cwd=_commands_folder(root),
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done
