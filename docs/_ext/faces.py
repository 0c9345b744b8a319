"""What a module or a face says of itself, read from its source without running it.

A face hands its names on lazily (`lazy_loader.attach`), so that no import statement says where they live.
"""

import ast
import importlib.util
from pathlib import Path

__all__ = ["docstring", "handed_on", "source_tree", "summary"]


def source_tree(name: str) -> ast.Module:
    """A module's source, parsed without running it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no source of {name}")
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def docstring(name: str) -> str:
    """A module's docstring."""
    return ast.get_docstring(source_tree(name)) or ""


def summary(tree: ast.Module) -> str:
    """The first paragraph of a module's docstring, in one line."""
    return " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())


def handed_on(name: str, tree: ast.Module) -> dict[str, str]:
    """Public name -> the module that has it, for everything that the face `name` attaches.

    Raises
    ------
    ValueError
        It attaches what cannot be read from its source: neither a dict nor the name of one.
    """
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy_loader.attach":
            base = name if ast.unparse(node.args[0]) == "__name__" else ast.literal_eval(node.args[0])
            for keyword in node.keywords:
                if keyword.arg == "submod_attrs":
                    value = constants.get(ast.unparse(keyword.value), keyword.value)
                    for module, names in ast.literal_eval(value).items():
                        found |= dict.fromkeys(names, f"{base}.{module}")
    return found
