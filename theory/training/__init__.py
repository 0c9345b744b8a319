"""Later steps: loss and spike of W_t for gradient descent below its stability limit."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={"gradient_descent": ["GdStep", "gd_steps"]},
)
