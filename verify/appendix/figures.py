"""The figures of the appendix, in the order of the paper; each lives in a module figures_*.py of this package."""

from verify.appendix import (
    figures_bimodal,
    figures_design,
    figures_esd,
    figures_loss,
    figures_mean_field,
    figures_norms,
    figures_overlap,
    figures_spike,
    figures_students,
    figures_sweep,
)
from verify.appendix.item import Item

__all__ = ["ITEMS"]

ORDER = (
    "fig-2", "fig-3", "fig-8", "fig-9", "fig-10", "fig-11", "fig-12", "fig-15", "fig-16", "fig-17", "fig-18", "fig-19",
    "fig-20", "c-ratio", "eps-drift", "spike", "sim-eta", "loss-eta", "bimodal", "design",
)  # fmt: skip
_ALL = {
    item.id: item
    for module in (
        figures_esd, figures_mean_field, figures_sweep, figures_norms, figures_overlap, figures_students, figures_spike,
        figures_loss, figures_bimodal, figures_design,
    )
    for item in module.ITEMS
}  # fmt: skip
ITEMS: tuple[Item, ...] = tuple(_ALL[id] for id in ORDER)
