"""The rooms of the three packages as their sources have them: floors, sizes, imports, and what each is for.

A room is a folder or a file directly below a package. Its floor is its layer in setup.cfg's contract for import-linter,
counted from the bottom; its imports are those of its files, at once or later, and what its face hands on.
"""

import ast
import configparser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from faces import handed_on, summary

__all__ = ["PACKAGES", "Room", "asked_packages", "drawn_imports", "rooms_of"]

PACKAGES = ("theory", "sim", "verify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One room.

    Attributes
    ----------
    package, name : str
    floor : int
        0 is the lowest of its package.
    is_folder : bool
    lines : int
    about : str
        The first paragraph of its docstring.
    imports : frozenset of str
        Other rooms, as "package.name".
    """

    package: str
    name: str
    floor: int
    is_folder: bool
    lines: int
    about: str
    imports: frozenset[str]

    @property
    def id(self) -> str:
        """Its dotted name."""
        return f"{self.package}.{self.name}"


def rooms_of(root: Path) -> dict[str, Room]:
    """Every room below a root by its dotted name, packages in order, the highest floor first.

    Raises
    ------
    ValueError
        A folder or file that no layer of setup.cfg names, or a layer that names nothing.
    """
    floors = _floors(root)
    found: dict[str, Room] = {}
    for package in PACKAGES:
        sources = _sources(root / package)
        names = floors[package]
        if set(sources) != set(names):
            raise ValueError(f"setup.cfg's layers of {package} differ in {sorted(set(sources) ^ set(names))}")
        for name in sorted(names, key=lambda name: (-names[name], name)):
            found[f"{package}.{name}"] = _room(root, package, name, names[name], sources[name])
    known = set(found)
    return {
        id: Room(**{**_fields(room), "imports": frozenset(room.imports & known - {id})})
        for id, room in found.items()
    }


def _fields(room: Room) -> dict[str, object]:
    return {name: getattr(room, name) for name in room.__slots__}


def _floors(root: Path) -> dict[str, dict[str, int]]:
    """Package -> room -> floor, from the layers of setup.cfg."""
    parser = configparser.ConfigParser()
    parser.read(root / "setup.cfg", encoding="utf-8")
    found = {}
    for package in PACKAGES:
        layers = parser[f"importlinter:contract:{package}"]["layers"].split("\n")
        floors = [layer.split("|") for layer in reversed(layers) if layer.strip()]
        found[package] = {name.strip(): floor for floor, names in enumerate(floors) for name in names}
    return found


def _sources(folder: Path) -> dict[str, list[Path]]:
    """Room -> its files; the package's own face is none."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*.py")):
        first = path.relative_to(folder).parts[0].removesuffix(".py")
        if first != "__init__":
            found.setdefault(first, []).append(path)
    return found


def _room(root: Path, package: str, name: str, floor: int, files: list[Path]) -> Room:
    trees = {path: _parsed(path.read_text(encoding="utf-8")) for path in files}
    own = root / package / name
    is_folder = own.is_dir()
    imports = set[str]()
    for path, tree in trees.items():
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        modules = [*_imported(tree), *handed_on(module, tree).values()]
        imports |= {".".join(each.split(".")[:2]) for each in modules}
    return Room(
        package=package, name=name, floor=floor, is_folder=is_folder,
        lines=sum(path.read_text(encoding="utf-8").count("\n") for path in files),
        about=summary(trees[own / "__init__.py" if is_folder else own.with_suffix(".py")]),
        imports=frozenset(imports),
    )  # fmt: skip


@cache
def _parsed(text: str) -> ast.Module:
    """A source's tree, parsed once."""
    return ast.parse(text)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Modules that a source names in its import statements."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def asked_packages(room: Room) -> list[str]:
    """Other packages that a room imports."""
    found = {other.split(".")[0] for other in room.imports} - {room.package}
    return [package for package in PACKAGES if package in found]


def drawn_imports(rooms: dict[str, Room], package: str) -> dict[str, list[str]]:
    """Imports within a package without those that others imply: if a imports b and b imports c, a's of c is left out."""
    inside = {id: {other for other in room.imports if other.startswith(f"{package}.")}
              for id, room in rooms.items() if room.package == package}  # fmt: skip
    reach: dict[str, set[str]] = {}
    for id in sorted(inside, key=lambda id: rooms[id].floor):
        reach[id] = inside[id].union(*(reach[other] for other in inside[id]))
    return {
        id: sorted(others - set().union(*(reach[other] for other in others))) for id, others in inside.items()
    }
