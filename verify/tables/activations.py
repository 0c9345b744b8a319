"""`activations`: the sign update's constant, sign agreement and critical eta for every student and teacher."""

import itertools
from functools import lru_cache

from verify.appendix.designs import scope_cell
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.predictions.spike import threshold_of, threshold_spread
from verify.problem.cells import Cell
from verify.problem.functions import FUNCTION_NAMES
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.tables.columns import ItemColumn, content_of

__all__ = ["ITEMS", "STUDENTS", "TEACHERS", "build", "constants_of", "needs"]

ODD = ("tanh", "erf", "sin", "linear")
STUDENTS = tuple(
    name
    for name in FUNCTION_NAMES
    if (name.removeprefix("centred-") not in ODD or name in ODD) and "gelu" not in name
)  # an odd function is its own centred one; gelu came after the table was recorded
TEACHERS = ("softplus", "tanh", "relu", "erf", "sin", "silu", "linear")
RULES = {"adam": Update(optimiser="adam"), "gd": Update(optimiser="gd")}
PANELS = {
    "c": "c, limit of ||D_0||_2 / sqrt(N d) for the sign update",
    "agreement": "sign agreement with the rank-one matrix from the residuals",
    "eta_c_adam": "eta_c, FB-Adam",
    "eta_c_adam_deviation": "eta_c, FB-Adam: standard deviation of a run's own",
    "eta_c_gd": "eta_c, GD",
    "eta_c_gd_deviation": "eta_c, GD: standard deviation of a run's own",
}
FORMS = {
    "c": ".4f", "agreement": ".4f", "eta_c_adam": ".4f", "eta_c_adam_deviation": ".2g", "eta_c_gd": ".0f",
    "eta_c_gd_deviation": ".2g",
}  # fmt: skip
STUDENT = "student"


def needs(scope: Scope) -> tuple[Need, ...]:
    """Nothing is run."""
    return ()


def build(scope: Scope, material: Material) -> Content:
    """A row per student, a panel per constant, a column per teacher."""
    cell = scope_cell(scope)
    found = constants_of(cell)
    columns = [ItemColumn(name="student", heading="student", entries=STUDENTS)]
    columns += [
        ItemColumn(
            name=name,
            heading=heading,
            entries=tuple(found[student, TEACHERS[0]][name] for student in STUDENTS),
            panel=STUDENT,
        )
        for name, heading in (("mu_1", "mu_1"), ("assumptions", "B.2"))
    ]
    for name, panel in PANELS.items():
        columns += [
            ItemColumn(
                name=f"{name}_{teacher}", heading=f"{teacher} teacher",
                entries=tuple(found[student, teacher][name] for student in STUDENTS), panel=panel, form=FORMS[name],
            )
            for teacher in TEACHERS
        ]  # fmt: skip
    return content_of(
        columns,
        f"Constants of the first step at {cell.label}, noise 0.3, for every student and teacher",
        "eta_c: learning rate at which the spike leaves the bulk, two-row theory; a run's own scatters about it. "
        "mu_1 = E sigma'(z). B.2: whether the student keeps the paper's assumption; one whose mean is not zero is taken "
        "at a readout whose sum is zero.",
    )


@lru_cache(maxsize=8)
def constants_of(cell: Cell) -> dict[tuple[str, str], dict[str, float | str]]:
    """Every constant by student and teacher."""
    pairs = itertools.product(STUDENTS, TEACHERS)
    return {(student, teacher): _constants(student, teacher, cell) for student, teacher in pairs}


def _constants(student: str, teacher: str, cell: Cell) -> dict[str, float | str]:
    from theory.update.sign import sign_agreement, sign_norm_ratio

    problem = make_problem(student=student, teacher=teacher)
    sn = problem.signal_noise(cell, {"readout_sum": 0.0})
    deviations = {
        f"eta_c_{name}_deviation": threshold_spread(problem, cell, rule) for name, rule in RULES.items()
    }
    return {
        "mu_1": sn.student.mu_1,
        "assumptions": "outside" if problem.flags else "kept",
        "c": float(sign_norm_ratio(sn.kappa)),
        "agreement": float(sign_agreement(sn.kappa)),
        **{f"eta_c_{name}": threshold_of(problem, cell, rule) for name, rule in RULES.items()},
        **deviations,
    }


ITEMS = (
    Item(
        id="activations",
        title="Constants of the first step for every student and teacher",
        source="ours",
        settings="(n, N, d) = (2000, 1500, 1000) (quick: (400, 300, 200)), noise 0.3; theory alone",
        needs=needs,
        build=build,
    ),
)
