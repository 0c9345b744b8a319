"""Every claim there is: the modules of this package, and a user's own."""

import importlib.util
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from verify.claim import Claim
from verify.errors import UsageError, known_names

__all__ = ["ENTRY_POINTS", "MODULES", "catalogue", "choose", "overview_lines", "user_claims"]

MODULES = (
    "assumptions",
    "gradient",
    "norms",
    "constants",
    "losses",
)  # verify/claims/NAME.py, each with claims(*, quick) -> tuple of Claim; in the order of the report
ENTRY_POINTS = "bulkspike.claims"  # a group of installed distributions' functions with the same signature


def catalogue(*, quick: bool = False, files: Sequence[Path] = ()) -> tuple[Claim, ...]:
    """The claims of every module, of installed distributions, and of a user's files; ids are unique.

    Raises
    ------
    UsageError
        A user's file with a mistake (file, line, what), or an id that is there already.
    """
    found: list[Claim] = []
    for name in MODULES:
        found += import_module(f"verify.claims.{name}").claims(quick=quick)
    for entry in entry_points(group=ENTRY_POINTS):
        found += entry.load()(quick=quick)
    for path in files:
        found += user_claims(path)
    seen: set[str] = set()
    for claim in found:
        if claim.id in seen:
            raise UsageError(f"--claims: id {claim.id!r} is there already; ids must be unique")
        seen.add(claim.id)
    return tuple(found)


def choose(claims: Sequence[Claim], ids: Sequence[str]) -> tuple[Claim, ...]:
    """The claims with these ids, in the catalogue's order; an id also chooses those it is the first part of.

    Raises
    ------
    UsageError
        An unknown id; the known ones are listed, the nearest first.
    """
    known = [claim.id for claim in claims]
    for wanted in ids:
        if not any(_matches(name, wanted) for name in known):
            raise UsageError(f"--only: unknown claim {wanted!r}; known: {known_names(wanted, known)}")
    return tuple(claim for claim in claims if any(_matches(claim.id, wanted) for wanted in ids))


def _matches(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith(f"{wanted}.")


def user_claims(path: Path) -> tuple[Claim, ...]:
    """The claims of a Python file of the user's: its `CLAIMS`, or every Claim among its names.

    Raises
    ------
    UsageError
        One line: the file cannot be read or run (with the line), or holds no claim.
    """
    if not path.is_file():
        raise UsageError(f"--claims: must be a Python file; got {str(path)!r}")
    name = f"bulkspike_user_claims_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"--claims: must be a Python file; got {str(path)!r}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise UsageError(f"--claims: {path}:{error.lineno}: {error.msg}") from None
    except Exception as error:  # whatever a user's file does
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).resolve() == path.resolve()
        ]
        where = f"{path}:{lines[-1]}" if lines else str(path)
        raise UsageError(f"--claims: {where}: {type(error).__name__}: {error}") from None
    listed = getattr(module, "CLAIMS", None)
    found = (
        listed if listed is not None else [item for item in vars(module).values() if isinstance(item, Claim)]
    )
    if not found or not all(isinstance(item, Claim) for item in found):
        raise UsageError(f"--claims: {path} must define a Claim, or CLAIMS, a sequence of them; found none")
    return tuple(found)


def overview_lines(claims: Sequence[Claim] | None = None) -> list[str]:
    """One line per claim: id, kind, statement."""
    shown = catalogue() if claims is None else claims
    width = max(len(claim.id) for claim in shown)
    kinds = max(len(claim.kind) for claim in shown)
    return [f"  {claim.id:<{width}}  {claim.kind:<{kinds}}  {claim.statement}" for claim in shown]
