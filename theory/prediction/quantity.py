"""One predicted number with its error, its flag and where it is derived."""

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["Quantity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One predicted number.

    Attributes
    ----------
    name : str
        That of its measurement in `sim`, where there is one.
    value : float
        nan where there is no prediction; `flag` then says why.
    sd : float
        Predicted standard deviation of one run; 0 for what is exact, nan where it is not known.
    eta : float or None
        Learning rate; None for what does not depend on it.
    features : {"", "paper", "released"}
        Scaling of the features in the ridge stage.
    flag : str or None
        What is outside the derivation's validity; None where nothing is.
    equation : str
        Label of its equation in docs/derivations/.
    section, meaning : str
        Part of the table that it stands in, and what it is.
    """

    name: str
    value: float
    sd: float = math.nan
    eta: float | None = None
    features: Literal["", "paper", "released"] = ""
    flag: str | None = None
    equation: str
    section: str
    meaning: str

    @property
    def valid(self) -> bool:
        """Whether the problem lies inside the derivation's validity."""
        return self.flag is None
