"""What a lie must be: something else than the prediction, and a rival by name or near enough to be hard to refute."""

import math
from collections.abc import Mapping, Sequence

from verify.errors import UsageError
from verify.judging.claim import Claim, Kind

__all__ = ["FARTHEST", "check_lies", "defined_at"]

FARTHEST = 3.0  # margins; docs/statistics.md, "Lies"
SAME = 1e-9  # relative


def defined_at(claim: Claim) -> str:
    """File and line of the claim's prediction, as `file:line:` and a space; empty where it has no source."""
    code = getattr(claim.predict, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}: " if code is not None else ""


def check_lies(
    claim: Claim,
    distances: Mapping[str, Sequence[float]],
    *,
    nearest: Mapping[str, Sequence[float]] | None = None,
    size: float = 1.0,
) -> None:
    """Refuse a lie that says what the claim says, or that is no rival and farther off than three margins.

    Claims on a user's own problem are let through: a lie that is near at one (c for every n/d the same) may say the same
    as the claim at another (a linear student). So are those without a design: they are judged on runs made up for them.

    Parameters
    ----------
    distances : mapping of a lie's name to its distances from the prediction, one per cell, in the margin's unit
        A lie need differ, and need be near, in one cell. A distance that is no number says nothing.
    nearest : mapping like `distances`, optional
        Where what a lie must be near is more than the prediction (a bound): its distances from the nearest of these.
    size : float
        Of the prediction in that unit, to which rounding is relative.

    Raises
    ------
    UsageError
        One line that names the claim, the lie and the distance.
    """
    if claim.users_problem or (claim.design is None and claim.kind is not Kind.EXACT):
        return
    room = claim.margin
    for lie in claim.lies:
        apart = _finite(distances.get(lie.name, ()))
        if not apart:
            continue
        where = f"--claims: {defined_at(claim)}claim {claim.id}: lie {lie.name!r}"
        if max(apart) <= SAME * max(size, room):
            raise UsageError(f"{where} must differ from the prediction; it is the same number in every cell")
        far = min(_finite((nearest or distances)[lie.name])) / room
        if not lie.rival and far > FARTHEST * (1.0 + SAME):
            raise UsageError(
                f"{where} must lie within {FARTHEST:g} margins of the prediction, or be marked rival=True where "
                f"another theory says so; it is {far:.3g} margins off"
            )


def _finite(distances: Sequence[float]) -> list[float]:
    return [abs(distance) for distance in distances if math.isfinite(distance)]
