"""The list of findings that every command returns."""

from typing import TYPE_CHECKING, Any

from verify.judging.finding import Finding
from verify.judging.shown import finding_text, findings_frame, findings_html, tally

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Findings"]


class Findings(list[Finding]):
    """Findings in their claims' order: a list, which a notebook shows as a table and `print` as text."""

    def to_frame(self) -> "pd.DataFrame":
        """One row per finding as a pandas DataFrame; of several exponents one row each, named in `exponent`."""
        return findings_frame(self)

    def __getitem__(self, index: Any) -> Any:
        """One finding, or of a slice a list that shows itself as this one does."""
        found = super().__getitem__(index)
        return Findings(found) if isinstance(index, slice) else found

    def __repr__(self) -> str:
        return f"<Findings {tally(self)}>"

    def __str__(self) -> str:
        return "\n".join([*map(finding_text, self), tally(self)])

    def _repr_html_(self) -> str:
        return findings_html(self)
