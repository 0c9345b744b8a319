"""The list of predictions that `verify.predict.run` returns."""

from typing import TYPE_CHECKING, Any

from theory.prediction.record import ProblemPrediction

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Predictions"]


class Predictions(list[ProblemPrediction]):
    """Predictions, one per problem: a list, which a notebook shows as tables."""

    def to_frame(self) -> "pd.DataFrame":
        """Every quantity of every problem as a pandas DataFrame, n, N and d in front."""
        import pandas as pd

        frames = [record.to_frame().assign(n=record.n, N=record.N, d=record.d) for record in self]
        if not frames:
            return pd.DataFrame()
        every = pd.concat(frames, ignore_index=True)
        return every[["n", "N", "d", *(name for name in every.columns if name not in ("n", "N", "d"))]]

    def __getitem__(self, index: Any) -> Any:
        """One prediction, or of a slice a list that shows itself as this one does."""
        found = super().__getitem__(index)
        return Predictions(found) if isinstance(index, slice) else found

    def __repr__(self) -> str:
        return f"<Predictions {', '.join(map(repr, self))}>"

    def __str__(self) -> str:
        return "\n\n".join(map(str, self))

    def _repr_html_(self) -> str:
        return "\n".join(record._repr_html_() for record in self)
