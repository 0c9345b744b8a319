"""Students and teachers as array code: named, from an expression, or a user's own callable."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "activations": ["NAMES", "Activation", "from_callables", "from_tree", "named"],
        "callables": ["callable_pair", "check_derivative"],
        "elementary": ["ELEMENTARY", "Pair", "hermite"],
        "expression": ["FUNCTION_NAMES", "Tree", "check_tree", "expression_pair"],
        "multi_index": ["MultiIndex", "multi_index", "product_of", "sum_of"],
    },
)
