"""Where numbers come from: versions, commit, backend, threads. What run.json and `doctor` say."""

import json
import platform
import subprocess
import sys
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from verify.errors import InconsistentError

__all__ = ["check_packages", "environment", "git_commit", "version"]

DISTRIBUTION = "bulkspike"
LIBRARIES = ("numpy", "scipy", "sympy", "pandas", "matplotlib", "array-api-compat", "threadpoolctl")


def version() -> str:
    """The installed version, or `unknown` in a bare source tree."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def check_packages() -> None:
    """Refuse to start when `theory`, `sim` or `verify` on the path is not ours; nothing of a stranger's is run."""
    home = Path(__file__).resolve().parents[2]
    for name in ("theory", "sim", "verify"):
        found = _location(name)
        ours = found == home / name and getattr(import_module(name), "DISTRIBUTION", None) == DISTRIBUTION
        if not ours:
            raise InconsistentError(
                f"package {name!r} at {str(found)!r} is not bulkspike's: {_remedy(name, found)}"
            )


def _location(name: str) -> Path:
    """The folder of a package, or the file of a module, that an import would take."""
    spec = find_spec(name)
    if spec is None:
        return Path("nowhere")
    if spec.origin is None:  # a folder without __init__.py
        return Path(next(iter(spec.submodule_search_locations or ["nowhere"]))).resolve()
    path = Path(spec.origin).resolve()
    return path.parent if path.name == "__init__.py" else path


def _remedy(name: str, found: Path) -> str:
    if found.parent == Path.cwd():
        return (
            "it lies in the current directory, which `python -m` searches first; rename it, or run from another directory, "
            "or as `bulkspike scaling` in place of `python -m verify.scaling`"
        )
    from importlib.metadata import packages_distributions

    owners = [owner for owner in packages_distributions().get(name, ()) if owner != DISTRIBUTION]
    if owners:
        return f"pip uninstall {' '.join(dict.fromkeys(owners))}, then install bulkspike again in a fresh environment"
    return "it comes first on Python's path (PYTHONPATH, or a .pth file); take it off, or rename it"


@lru_cache(maxsize=1)
def git_commit() -> str | None:
    """The commit of the source tree that this package is run from, `+changes` where the tree differs; else None."""
    home = Path(__file__).resolve().parents[2]
    if not (home / ".git").exists():
        return None
    try:
        commit = _git(home, "rev-parse", "HEAD")
        changed = _git(home, "status", "--porcelain", "--", "theory", "sim", "verify", "setup.cfg")
    except (OSError, subprocess.SubprocessError):
        return None
    return commit + ("+changes" if changed else "")


def _git(home: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(home), *words],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=10,
        check=True,
    )
    return done.stdout.strip()


def environment() -> dict[str, Any]:
    """Versions of Python and of the libraries, BLAS and its threads, platform."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    import numpy  # noqa: F401  (loads its BLAS, so that threadpoolctl sees it)
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    versions: dict[str, str | None] = {DISTRIBUTION: version()}
    for library in LIBRARIES:
        try:
            versions[library] = installed(library)
        except PackageNotFoundError:
            versions[library] = None
    pools = [
        {key: pool.get(key) for key in ("internal_api", "version", "num_threads", "architecture")}
        for pool in threadpool_info()
    ]
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "executable": Path(sys.executable).name,
        "versions": versions,
        "blas": json.loads(json.dumps(pools)),
        "commit": git_commit(),
    }
