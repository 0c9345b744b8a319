"""Where numbers come from: versions, commit, backend, threads. What run.json and `doctor` say."""

import json
import platform
import subprocess
import sys
from functools import lru_cache
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
    """Refuse to start when `theory`, `sim` or `verify` on the path is another distribution's package."""
    import sim
    import theory
    import verify

    home = Path(__file__).resolve().parent.parent
    for package in (theory, sim, verify):
        found = Path(package.__file__ or ".").resolve().parent
        if found.parent != home or getattr(package, "DISTRIBUTION", None) != DISTRIBUTION:
            raise InconsistentError(
                f"package {package.__name__!r} at {str(found)!r} is not bulkspike's: another distribution has the same "
                "name; uninstall it (pip uninstall verify) and install bulkspike again in a fresh environment"
            )


@lru_cache(maxsize=1)
def git_commit() -> str | None:
    """The commit of the source tree that this package is run from, `+changes` where the tree differs; else None."""
    home = Path(__file__).resolve().parent.parent
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
        ["git", "-C", str(home), *words], capture_output=True, text=True, timeout=10, check=True
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
