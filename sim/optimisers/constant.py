"""A constant of an optimiser's own: its name, its domain, its default."""

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any

__all__ = ["Constant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """What an update and the command line need to know of a constant.

    Attributes
    ----------
    name : str
        In Python and in records.csv; on the command line it is --name, with - for _.
    default : float or str
        Its value where nothing is said.
    meaning : str
        What --help says of it, without the default.
    choices : tuple of str
        The names that it may be; empty where it is a number.
    least, most : float
        Where it is a number: the smallest and the largest that it may be.
    metavar : str
        What stands for a number in --help.
    """

    name: str
    default: float | str
    meaning: str
    choices: tuple[str, ...] = ()
    least: float = 0.0
    most: float = math.inf
    metavar: str = "X"

    def checked(self, value: Any) -> float | str:
        """The value, a number as a float.

        Raises
        ------
        TypeError, ValueError
            If it is of the wrong kind or outside the domain.
        """
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"{self.name} must be {' or '.join(map(repr, self.choices))}, got {value!r}")
            return str(value)
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(f"{self.name} must be a number, got {value!r}")
        if not (self.least <= float(value) <= self.most and math.isfinite(value)):
            most = "" if self.most == math.inf else f" and at most {self.most:g}"
            raise ValueError(f"{self.name} must be finite and at least {self.least:g}{most}, got {value!r}")
        return float(value)
