"""What a record's numbers depend on among our own sources: the import closure of the modules behind its run.

A file counts by its code: comments, docstrings and layout do not. Files that only list others (the tables of optimisers
and of groups) do not: a request names the optimiser and the group that it asks for, and theirs are followed. So a new
optimiser, group or kind of run leaves its record as it is, and an edit voids what it may have changed. A measurement of
one's own may ask for whatever is listed: where it reaches a table, all of that counts.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path

__all__ = ["closure_of", "file_digest", "imported_by", "sources_digest"]

FOLLOWED = ("sim", "verify.measurements")
TABLES = ("sim.optimisers.table", "sim.observables.table")


@lru_cache(maxsize=256)
def sources_digest(*modules: str, listed: bool = False) -> str:
    """A digest of the code of these modules and of all that they import of `sim` and `verify.measurements`.

    Parameters
    ----------
    *modules : str
        As "sim.runs.first_step".
    listed : bool
        Whether what a table lists counts where the table is reached.

    Raises
    ------
    ModuleNotFoundError
        One of them is none of ours.
    """
    lines = [f"{name} {file_digest(path)}" for name, path in closure_of(*modules, listed=listed).items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def closure_of(*modules: str, listed: bool = False) -> dict[str, Path]:
    """The modules reached by imports, at once or later, but for types alone; sorted, each with its file. No table."""
    known = _modules()
    waiting, found = list(modules), dict[str, Path]()
    tables = set[str]()
    while waiting:
        name = waiting.pop()
        if name in found or name in tables:
            continue
        if name in TABLES:
            tables.add(name)
            waiting += _listed(name) if listed else ()
            continue
        if name not in known:
            raise ModuleNotFoundError(f"no module {name!r} among {', '.join(FOLLOWED)}", name=name)
        found[name] = known[name]
        waiting += _imports(known[name], frozenset(known), *_stamp(known[name]))
    return dict(sorted(found.items()))


def _listed(table: str) -> tuple[str, ...]:
    """The modules that a table lists."""
    room, _, _ = table.rpartition(".")
    return tuple(f"{room}.{module}" for module in import_module(table).MODULES.values())


def file_digest(path: Path) -> str:
    """Of a source file's code as it is now, whatever its comments, docstrings and layout.

    It is that of the syntax tree as this version of Python prints it: another version computes its records itself.
    """
    return _digest_at(path, *_stamp(path))


def imported_by(path: Path) -> tuple[str, ...]:
    """The modules of ours that a file of anybody's imports; none where there is no such file."""
    return _imports(path, frozenset(_modules()), *_stamp(path)) if path.is_file() else ()


def _stamp(path: Path) -> tuple[int, int]:
    """What tells an edited file from the one that was read before."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=256)
def _digest_at(path: Path, modified: int, size: int) -> str:
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]  # any with a body
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@lru_cache(maxsize=1)
def _modules() -> dict[str, Path]:
    """Every module that is followed; packages under their own name."""
    import sim

    roots = {"sim": Path(str(sim.__file__)).parent, "verify": Path(__file__).resolve().parents[1]}
    found = {}
    for name in FOLLOWED:
        package, *rest = name.split(".")
        for path in sorted(roots[package].joinpath(*rest).rglob("*.py")):
            parts = path.relative_to(roots[package]).with_suffix("").parts
            found[".".join((package, *(part for part in parts if part != "__init__")))] = path
    return found


@lru_cache(maxsize=256)
def _imports(path: Path, known: frozenset[str], modified: int, size: int) -> tuple[str, ...]:
    found: list[str] = []
    for node in _but_for_types(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name if name in known else node.module for name in names]
    ours = [name for name in found if name in known]
    return tuple(dict.fromkeys(each for name in ours for each in _handed_on(name, known)))


def _handed_on(name: str, known: frozenset[str]) -> Iterator[str]:
    """A module itself; of a package, whose face may hand on any of its modules, all of them."""
    yield name
    if _modules()[name].name == "__init__.py":
        yield from (each for each in known if each.startswith(f"{name}."))


def _but_for_types(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs: not what stands under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if (
            isinstance(child, ast.If)
            and isinstance(child.test, ast.Name)
            and child.test.id == "TYPE_CHECKING"
        ):
            continue
        yield child
        yield from _but_for_types(child)
