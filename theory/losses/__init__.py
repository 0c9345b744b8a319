"""Training losses of the first step, and the floor of an odd student."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "floor": ["even_part_energy", "odd_student_floor"],
        "integral": ["LossIntegral", "adam_loss_integral", "adam_loss_integral_with_error"],
        "parabola": [
            "LossParabola",
            "adam_loss",
            "break_even_eta",
            "first_step_loss",
            "gd_loss",
            "gd_stability_limit",
            "loss_ratio",
            "memory",
            "optimal_eta",
            "optimal_loss_ratio",
        ],
    },
)
