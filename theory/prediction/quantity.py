"""One predicted number with its error, its flag and where it is derived."""

import math
from dataclasses import dataclass
from html import escape
from typing import Literal

from theory.prediction.digits import value_text

__all__ = ["Quantity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One predicted number; `float()` of it is its value, `str()` says it with its error and meaning.

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

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        where = "" if self.eta is None else f" at eta = {self.eta:g}"
        scaled = f" ({self.features})" if self.features else ""
        flagged = "" if self.valid else ", flagged"
        return f"<Quantity {self.name}{scaled}{where}: {value_text(self.value, self.sd)}{flagged}>"

    def __str__(self) -> str:
        where = "" if self.eta is None else f" at eta = {self.eta:g}"
        scaled = f" ({self.features})" if self.features else ""
        first = f"{self.name}{scaled}{where} = {value_text(self.value, self.sd)}: {self.meaning} ({self.equation})"
        return first if self.flag is None else f"{first}\n  {self.flag}"

    def _repr_html_(self) -> str:
        return "<div>" + escape(str(self).replace("+-", "±")).replace("\n", "<br>") + "</div>"
