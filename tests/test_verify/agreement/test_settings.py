"""Mean-field, a teacher along an axis, Adam with eps: predictions away from the defaults; the larger size is slow."""

import pytest
from support.step_runs import ONE_SIZE, Row, case_of, check_row, needs_of, predicted

from theory.prediction.prediction import predict

SPIKE = [
    Row(name="left_overlap", eta=0, stated=0.02, absolute=True, spread=(0.07, 0.045)),
    Row(name="right_overlap", eta=0, stated=0.02, absolute=True, spread=(0.06, 0.04)),
    Row(name="sim", eta=0, stated=0.02, absolute=True, spread=(0.09, 0.06)),
]
TOP = Row(name="top_singular_value", eta=0, stated=0.005, order=1.0)
SECOND = Row(name="second_singular_value", eta=0, stated=0.03, order=0.0, spread=(0.028, 0.017))
ADAM = {"optimiser": "adam"}
GD = {"optimiser": "gd"}
MEAN_FIELD = {"parametrisation": "mean-field"}
AXIS = {"teacher_direction": "axis"}

CASES = [
    (2.5, ADAM | MEAN_FIELD, 120, [
        TOP, SECOND, *SPIKE,
        Row(name="relative_training_loss", eta=0, stated=0.05, order=0.0, spread=(0.025, 0.012),
            flagged="finite N: drawn networks lie about", flagged_at=(80,)),
        Row(name="operator_norm_ratio", stated=0.01),
        Row(name="update_teacher_overlap", stated=0.02, absolute=True, spread=(0.09, 0.06)),
        Row(name="unflipped_share_refined", stated=0.05),
    ]),
    (2.5, GD | MEAN_FIELD, 240, [TOP, SECOND, *SPIKE]),
    (3.0, ADAM | AXIS, 120, [
        Row(name="top_singular_value", eta=0, stated=0.005, order=1.0, flagged="its own column's part of the scatter"),
        Row(name="second_singular_value", eta=0, stated=0.03, order=0.0, spread=(0.028, 0.017),
            flagged="axis-aligned teacher: its own column is treated like the others"),
        *SPIKE,
        Row(name="operator_norm_ratio", stated=0.01),
        Row(name="update_teacher_overlap", stated=0.02, spread=(0.07, 0.055)),
        Row(name="unflipped_share_refined", stated=0.05),
    ]),
]  # fmt: skip
ROWS = [(*case[:3], needs_of(case[3]), row) for case in CASES for row in case[3]]


def lies_of(row, case):
    record = predicted(case)
    eta = None if row.eta is None else record.etas[row.eta]
    if row.name == "top_singular_value":
        return {"no outlier": record["bulk_upper_edge", eta].value}
    if row.name == "relative_training_loss":
        return {"no change": 1.0}
    if row.name == "update_teacher_overlap" and record.teacher_direction == "axis":
        return {"as on the sphere": predicted(_on_the_sphere(case))[row.name].value}
    return {"none": 0.0}


def _on_the_sphere(case):
    return tuple(sorted((dict(case) | {"teacher_direction": "sphere"}).items()))


@pytest.mark.parametrize("d", ONE_SIZE)
@pytest.mark.parametrize(
    ("steps", "options", "seeds", "needs", "row"),
    ROWS,
    ids=[f"{'-'.join(each[1].values())}-{each[-1]}" for each in ROWS],
)
def test_other_settings(steps, options, seeds, needs, row, d):
    case = case_of(d, steps=(steps,), **options)
    check_row(row, case, seeds, needs, lies_of(row, case))


@pytest.mark.parametrize("d", ONE_SIZE)
@pytest.mark.parametrize("size", [0.1, 0.6, 3.0])
def test_norms_with_eps(size, d):
    """eps from a tenth to three times the root mean square entry: from the sign towards GD."""
    plain = case_of(d, **ADAM)
    unit = predict(**(dict(plain) | {"eps": 1.0}))["eps_relative"].value
    case = tuple(sorted((dict(plain) | {"eps": size / unit}).items()))
    assert predicted(case)["eps_relative"].value == pytest.approx(size, rel=1e-9)
    for name in ("operator_norm_ratio", "frobenius_norm_ratio"):
        row = Row(name=name, stated=0.02, spread=(0.12, 0.09))
        check_row(
            row,
            case,
            200,
            needs_of([row]),
            {"the sign's": predicted(plain)[name].value} if size > 0.1 else {"none": 0.0},
        )
