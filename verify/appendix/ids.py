"""The appendix's tables and figures by id, in the order in which they are listed: the module that each stands in."""

__all__ = ["ELSEWHERE", "FIGURES", "TABLES"]

FIGURES = {
    "fig-2": "esd",
    "fig-3": "sweep",
    "fig-8": "norms",
    "fig-9": "overlap",
    "fig-10": "mean_field",
    "fig-11": "mean_field",
    "fig-12": "overlap",
    "fig-15": "grid",
    "fig-16": "random_overlap",
    "fig-17": "overlap",
    "fig-18": "overlap",
    "fig-19": "sweep",
    "fig-20": "sweep",
    "c-ratio": "students",
    "eps-drift": "norms",
    "spike": "spike",
    "sim-eta": "spike",
    "loss-eta": "loss",
    "bimodal": "bimodal",
    "design": "design",
}  # verify/figures/MODULE.py

TABLES = {
    "table-2": "norms",
    "one-step": "steps",
    "mean-field": "steps",
    "n-dependence": "n",
    "predictions": "predictions",
    "activations": "activations",
    "verdicts": "verdicts",
}  # verify/tables/MODULE.py


ELSEWHERE = {"verify.figures": FIGURES, "verify.tables": TABLES}
"""Ids by the command that has them."""
