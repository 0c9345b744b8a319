"""The update's norms, as they are and over sqrt(N d)."""

import math

from sim.observables.group import Group, Reading, State

__all__ = ["GROUP"]


def update_readings(state: State) -> list[Reading]:
    """Operator and Frobenius norm of D, and both over sqrt(N d)."""
    setting, top = state.draw.setting, state.D_top
    assert top is not None
    unit = math.sqrt(setting.N * setting.d)
    norm, bound = float(top.values[0]), float(top.bounds[0])
    return [
        Reading(observable="update_operator_norm", value=norm, bound=bound),
        Reading(observable="update_frobenius_norm", value=top.frobenius),
        Reading(observable="operator_norm_ratio", value=norm / unit, bound=bound / unit),
        Reading(observable="frobenius_norm_ratio", value=top.frobenius / unit),
    ]


GROUP = Group(
    name="update",
    observables=(
        "update_operator_norm",
        "update_frobenius_norm",
        "operator_norm_ratio",
        "frobenius_norm_ratio",
    ),
    of="update",
    measure=update_readings,
    work=lambda sizes: 1000.0 * sizes.N * sizes.d,
)
