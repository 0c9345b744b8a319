"""Students and teachers as symbols: expressions, derivatives, regularity, smooth pieces."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "activations": ["centred", "from_callables", "from_tree", "named", "parity", "parity_route"],
        "function": ["NAMES", "Function"],
        "expressions": ["evaluate_tree", "symbol", "tree_kinks", "tree_to_sympy"],
        "gaussian_smoothing": ["Smoothed", "smoothed"],
        "regularity": ["Supremum", "derivative_of_order", "jump_of", "lipschitz_constant", "supremum"],
        "smooth_pieces": ["POINTS", "Ends", "Pieces", "first_edges", "pieces_of", "points_of", "smooth_ends"],
        "symbolic": ["differentiate", "evaluate_expression", "written_out"],
    },
)
