"""The record that `theory.predict` returns: all quantities of one problem."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theory.functions.activations import Function
from theory.gradient.decomposition import SignalNoise
from theory.prediction.html import prediction_html
from theory.prediction.quantity import Quantity
from theory.prediction.text import UNBROKEN, prediction_text

if TYPE_CHECKING:
    import pandas as pd

    from theory.random_matrices.esd import SpectralLaw

__all__ = ["ProblemPrediction"]

_SAME = {"update_operator_norm": "operator_norm", "update_frobenius_norm": "frobenius_norm"}
"""Names under which `sim.runs.first_step` measures what `sim.runs.update_norms` calls by the shorter ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPrediction:
    """Everything that `theory.predict` says of one problem; `str()` of it is a table, and a notebook shows one.

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
        law : theory.random_matrices.esd.SpectralLaw
            For `theory.random_matrices.esd.spectral_density`, `spectral_cdf`, `spectral_quantile`; with flags.

        Raises
        ------
        TypeError, ValueError
            If `eta` is no finite number >= 0.
        """
        from theory.prediction.spectrum import predicted_spectrum

        return predicted_spectrum(
            self.signal_noise,
            self.teacher,
            eta,
            optimiser=self.optimiser,
            adam=self.adam,
            eps=self.eps,
            flags=self.flags,
        )

    def problem_text(self) -> str:
        """The problem in a line."""
        step = f"FB-Adam ({self.adam}, eps = {self.eps:g})" if self.optimiser == "adam" else "GD"
        offset = f", offset {self.offset:g}" if self.signal_noise.student.s0 != 0.0 else ""
        beta = " along e_1" if self.teacher_direction == "axis" else ""
        return (
            f"n = {self.n}, N = {self.N}, d = {self.d}; {self.parametrisation}, student {self.student.name}, "
            f"teacher {self.teacher.name}{beta}, noise {self.noise:g}{offset}; {step}; ridge {self.ridge:g}"
        )

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

    def __repr__(self) -> str:
        flagged = sum(not quantity.valid for quantity in self.quantities)
        return f"<ProblemPrediction {self.problem_text()}: {len(self)} quantities, {flagged} flagged>"

    def _repr_html_(self) -> str:
        return prediction_html(f"Prediction for {self.problem_text()}", self.flags, self.quantities)

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, width: int | None = None) -> str:
        """The table as text, in lines of at most `width` letters (None: as long as they are)."""
        title = f"Prediction for {self.problem_text()}"
        return prediction_text(title, self.flags, self.quantities, width or UNBROKEN)


def _key(quantity: Quantity) -> tuple[Any, ...]:
    return (quantity.name, quantity.eta, *([quantity.features] if quantity.features else []))
