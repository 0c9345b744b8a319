"""One page per public module of the packages in `api_packages`, written before the sources are read.

The list is the packages' own, so a new module has its page without anybody thinking of it. Modules whose name begins
with an underscore, and `__main__`, are left out.
"""

import ast
import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from faces import docstring, handed_on, source_tree, summary
from plain_docstrings import escape
from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature


def module_names(package: str) -> Iterator[str]:
    """Public modules and packages directly below a package, in alphabetical order."""
    found = importlib.import_module(package)
    for info in sorted(pkgutil.iter_modules(found.__path__), key=lambda info: info.name):
        if not info.name.startswith("_"):
            yield f"{package}.{info.name}"


def public_names(tree: ast.Module) -> list[str]:
    """What a module's __all__ lists."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
        ):
            try:
                return list(ast.literal_eval(node.value))
            except ValueError:  # put together from other names, as in packages
                return []
    return []


def homes(tree: ast.Module) -> dict[str, str]:
    """Names that a module only hands on -> the module that has them."""
    return {
        alias.asname or alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def _title(text: str, line: str = "=") -> str:
    return f"{text}\n{line * len(text)}\n\n"


def package_page(package: str) -> str:
    """Docstring, a table of the modules, what can be had from the package itself, and the navigation."""
    names = list(module_names(package))
    rows = "".join(
        f"   * - :doc:`{name} <{name}>`\n     - {escape(summary(source_tree(name)))}\n" for name in names
    )
    table = f".. list-table::\n   :widths: 30 70\n   :class: modules\n\n{rows}\n" if names else ""
    entries = "".join(f"   {name} <{name}>\n" for name in names)
    toctree = f".. toctree::\n   :hidden:\n\n{entries}" if names else ""  # a face may have no file of its own
    text = "\n".join(map(escape, docstring(package).splitlines()))
    also = _also(handed_on(package, source_tree(package)))
    return f"{_title(package)}.. module:: {package}\n\n{text}\n\n{table}{also}{toctree}"


def _also(homes: Mapping[str, str]) -> str:
    """A line on the names that a module or a face hands on, each a link to where it lives."""
    names = ", ".join(f":py:obj:`~{home}.{name}`" for name, home in sorted(homes.items()))
    return f"\nAlso to be had from here: {names}.\n\n" if names else ""


def stated_signatures(name: str, tree: ast.Module) -> dict[str, str]:
    """Functions with defaults to which a decorator gives another signature -> that signature.

    autodoc would pair the parameters of the one with the defaults in the source of the other.
    """
    changed = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and node.decorator_list
        and (node.args.defaults or node.args.kw_defaults)
    ]
    functions = {each: getattr(importlib.import_module(name), each) for each in changed}
    return {
        each: stringify_signature(inspect.signature(function), unqualified_typehints=True)
        for each, function in functions.items()
        if hasattr(function, "__signature__")
    }


def module_page(name: str) -> str:
    """Everything public that a module defines; what it hands on is named with its home."""
    tree = source_tree(name)
    elsewhere = homes(tree)
    public = public_names(tree)
    stated = stated_signatures(name, tree)
    own = [each for each in public if each not in elsewhere and each not in stated]
    page = _title(name) + f".. automodule:: {name}\n" + (f"   :members: {', '.join(own)}\n" if own else "")
    page += "".join(f"\n.. autofunction:: {name}.{each}{text}\n\n" for each, text in stated.items())
    return page + _also({each: elsewhere[each] for each in public if each in elsewhere})


def pages_of(package: str) -> dict[str, str]:
    """File name -> text, for a package, its modules and its packages."""
    pages = {f"{package}.rst": package_page(package)}
    for name in module_names(package):
        is_package = importlib.util.find_spec(name).submodule_search_locations is not None
        pages |= pages_of(name) if is_package else {f"{name}.rst": module_page(name)}
    return pages


def write_pages(app: Sphinx) -> None:
    """Bring docs/api/generated/ in step with the packages; unchanged pages keep their date."""
    folder = Path(app.srcdir) / "api" / "generated"
    folder.mkdir(parents=True, exist_ok=True)
    pages: dict[str, str] = {}
    for package in app.config.api_packages:
        pages |= pages_of(package)
    for stale in {path.name for path in folder.iterdir()} - set(pages):
        (folder / stale).unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages when the builder starts."""
    app.add_config_value("api_packages", [], "env", types=frozenset({list}))
    app.connect("builder-inited", write_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
