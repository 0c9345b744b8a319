"""The gradient itself: its norms, zeros and loss, and how far it is from both rank-one matrices."""

from typing import Literal

from sim.measures.alignment import RankOneComparison, compare_rank_one, mean_derivative
from sim.measures.triplet import START
from sim.observables.group import Group, Reading, State

__all__ = ["GROUP"]

READINGS: tuple[Literal["residual", "label"], ...] = ("residual", "label")
OF_A_MATRIX = ("sign_agreement", "rank_one_distance", "rank_one_frobenius_distance", "rank_one_median")


def gradient_readings(state: State) -> list[Reading]:
    """Norms of G_0, its distances from both rank-one matrices."""
    draw, gradient, top = state.draw, state.gradient, state.top_of_gradient
    assert top is not None
    norm, bound = float(top.values[0]), float(top.bounds[0])
    result = [
        Reading(observable="gradient_operator_norm", value=norm, bound=bound),
        Reading(observable="gradient_frobenius_norm", value=top.frobenius),
        Reading(observable="gradient_zeros", value=float(gradient.zeros)),
        Reading(observable="initial_loss", value=gradient.loss),
    ]
    mu_1 = mean_derivative(draw.setting.sigma)

    def compare(name: Literal["residual", "label"]) -> RankOneComparison:
        start = draw.start_vector(draw.setting.d, START["difference"])
        return compare_rank_one(
            gradient, top, setting=draw.setting, mu_1=mu_1, reading=name, backend=state.backend, start=start
        )

    for name, found in zip(READINGS, state.side_by_side(compare, READINGS), strict=True):
        distance, bound = found.operator_distance, found.operator_bound
        result += [
            Reading(observable=f"sign_agreement_{name}", value=found.sign_agreement),
            Reading(observable=f"rank_one_distance_{name}", value=distance, bound=bound),
            Reading(observable=f"rank_one_frobenius_distance_{name}", value=found.frobenius_distance),
            Reading(observable=f"rank_one_median_{name}", value=found.median_entry),
        ]
    return result


GROUP = Group(
    name="gradient",
    observables=(
        "gradient_operator_norm",
        "gradient_frobenius_norm",
        "gradient_zeros",
        "initial_loss",
        *(f"{stem}_{name}" for name in READINGS for stem in OF_A_MATRIX),
    ),
    of="gradient",
    measure=gradient_readings,
    work=lambda sizes: 1e4 * sizes.N * sizes.d,
)
