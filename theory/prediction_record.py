"""The records that `theory.predict` returns: one quantity, and all quantities of one problem."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from theory.activations import Function
from theory.decomposition import SignalNoise

if TYPE_CHECKING:
    import pandas as pd

    from theory.esd import SpectralLaw

__all__ = ["ProblemPrediction", "Quantity"]

_SAME = {"update_operator_norm": "operator_norm", "update_frobenius_norm": "frobenius_norm"}
"""Names under which `sim.first_step` measures what `sim.update_norms` calls by the shorter ones."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPrediction:
    """Everything that `theory.predict` says of one problem; `str()` of it is a table.

    Look up by name, where several stand under one name by (name, eta) or (name, eta, features):
    ``record["sign_norm_ratio"].value``, ``record["test_loss", 0.1, "paper"].value``.

    Attributes
    ----------
    n, N, d, student, teacher, noise, parametrisation, teacher_direction, optimiser, adam, eps, etas, ridge, offset
        The problem, student and teacher as functions.
    signal_noise : SignalNoise
        What its gradient is made of, for functions that go further.
    quantities : tuple of Quantity
        In the order of the table.
    flags : tuple of str
        What holds for the problem as a whole: assumptions of the paper that student or teacher break.
    """

    n: int
    N: int
    d: int
    student: Function
    teacher: Function
    noise: float
    parametrisation: str
    teacher_direction: str
    optimiser: str
    adam: str
    eps: float
    etas: tuple[float, ...]
    ridge: float
    offset: float
    signal_noise: SignalNoise
    quantities: tuple[Quantity, ...]
    flags: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names there are, each once."""
        return tuple(dict.fromkeys(quantity.name for quantity in self.quantities))

    def select(
        self, name: str, *, eta: float | None = None, features: str | None = None
    ) -> tuple[Quantity, ...]:
        """All quantities of that name (and eta, and scaling of the features); empty where there is none."""
        name = _SAME.get(name, name)
        return tuple(
            quantity
            for quantity in self.quantities
            if quantity.name == name
            and (eta is None or quantity.eta == eta)
            and (features is None or quantity.features == features)
        )

    def __getitem__(self, key: "str | tuple[Any, ...]") -> Quantity:
        name, eta, features = (*((key,) if isinstance(key, str) else key), None, None)[:3]
        found = self.select(name, eta=eta, features=features)
        if len(found) == 1:
            return found[0]
        if found:
            keys = ", ".join(repr(_key(quantity)) for quantity in found)
            raise KeyError(f"{key!r} stands for several quantities; one of {keys} is meant")
        there = self.select(name) if isinstance(name, str) else ()
        known = ", ".join(repr(_key(quantity)) for quantity in there) or ", ".join(self.names)
        raise KeyError(f"no quantity {key!r}; there are {known}")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.select(name))

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.quantities)

    def __len__(self) -> int:
        return len(self.quantities)

    def spectrum(self, eta: float) -> "SpectralLaw":
        """Law of the singular values of W_1 off the spike at the learning rate `eta` (about a second).

        Returns
        -------
        law : theory.esd.SpectralLaw
            For `theory.esd.spectral_density`, `spectral_cdf`, `spectral_quantile`; with flags.

        Raises
        ------
        TypeError, ValueError
            If `eta` is no finite number >= 0.
        """
        from theory.prediction_weights import predicted_spectrum

        return predicted_spectrum(self, eta)

    def to_frame(self) -> "pd.DataFrame":
        """The quantities as a pandas DataFrame, one row each; `valid` is whether there is no flag."""
        import pandas as pd

        columns = (
            "section",
            "name",
            "eta",
            "features",
            "value",
            "sd",
            "valid",
            "flag",
            "equation",
            "meaning",
        )
        rows = [[getattr(quantity, column) for column in columns] for quantity in self.quantities]
        return pd.DataFrame(rows, columns=list(columns)).astype({"eta": "float64"})

    def __str__(self) -> str:
        from theory.prediction_text import prediction_text

        return prediction_text(self)


def _key(quantity: Quantity) -> tuple[Any, ...]:
    return (quantity.name, quantity.eta, *([quantity.features] if quantity.features else []))
