"""What the same draw gives under the tanh teacher, beside the softplus teacher's."""

from typing import TYPE_CHECKING

from verify.measurements.names import exact
from verify.running.measurement import Measurement, measurement
from verify.running.request import feature_key

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw
    from sim.network.two_layer import Gradient

__all__ = ["tanh_teacher_at", "tanh_teacher_key", "with_tanh_teacher"]


def tanh_teacher_key(key: str, optimiser: str, eta: float | None) -> str:
    """The name of one reading under the tanh teacher, `key` as the softplus teacher's record has it."""
    return f"{key}@{optimiser}-{exact(eta)}"


def with_tanh_teacher(
    draw: "Draw",
    gradient: "Gradient",
    backend: "Backend",
    *,
    steps: tuple[tuple[str, float], ...],
    test_samples: int,
) -> dict[str, float]:
    """Readings after each step of the same draw under a tanh teacher, by `tanh_teacher_key`."""
    from dataclasses import replace

    from sim.optimisers.update import Update
    from sim.runs.first_step import measure_first_step

    other = replace(draw, setting=replace(draw.setting, teacher="tanh"))
    updates = [Update(optimiser=name, eta=eta) for name, eta in steps]
    measured = measure_first_step(
        other, updates, ("update", "ridge", "top", "tails"), backend=backend, test_samples=test_samples
    )
    return {
        tanh_teacher_key(feature_key(reading.observable, reading.features), name, eta): reading.value
        for (name, eta), one in zip(steps, measured.steps, strict=True)
        for reading in one.readings
    }


def tanh_teacher_at(steps: tuple[tuple[str, float], ...], test_samples: int) -> Measurement:
    """`with_tanh_teacher` at these steps."""
    return measurement(with_tanh_teacher, steps=steps, test_samples=test_samples)
