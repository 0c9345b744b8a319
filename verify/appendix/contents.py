"""The contents that `verify.figures.run` and `verify.tables.run` return, by id."""

from html import escape
from typing import TYPE_CHECKING

from verify.appendix.item import Content

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Contents"]


class Contents(dict[str, Content]):
    """Contents by id: a dict, whose `to_frame` lists them; what each shows is its own `frame`."""

    def to_frame(self) -> "pd.DataFrame":
        """One row per table or figure: id, rows and columns of its frame, caption."""
        import pandas as pd

        rows = [(name, *content.frame.shape, content.caption) for name, content in self.items()]
        return pd.DataFrame(rows, columns=["id", "rows", "columns", "caption"])

    def __repr__(self) -> str:
        return f"<Contents {', '.join(self)}>"

    def __str__(self) -> str:
        from verify.appendix.typesetting.tabular import caption_text, plain_text

        return "\n".join(
            (plain_text if content.draw is None else caption_text)(content, title=f"{name}: ")
            for name, content in self.items()
        )

    def _repr_html_(self) -> str:
        from verify.appendix.typesetting.page import content_html

        return "\n".join(
            f"<h4>{escape(name)}</h4>\n{content_html(content)}" for name, content in self.items()
        )
