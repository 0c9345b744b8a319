"""What is asked: functions, problem, update, cells, second stage."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cells": ["OFF_RAY", "PAPER_BASE", "Cell", "off_ray", "own_sizes", "ray", "scaling_cells"],
        "expressions": ["FUNCTIONS", "ExpressionError", "Tree", "parse_expression"],
        "functions": ["FUNCTION_NAMES", "FunctionPair", "check_name", "resolve_function"],
        "paper": [
            "ADAM_ETAS",
            "GD_ETAS",
            "PAPER",
            "SMALL",
            "default_problem",
            "ladder",
            "main_cell",
            "scaled_eta",
            "step",
            "finite_size",
        ],
        "problem": ["Direction", "Parametrisation", "Precision", "Problem", "make_problem"],
        "second_stage": ["SecondStage"],
        "training": ["Training"],
        "update": ["STILL", "Convention", "Update", "adam", "gd", "title_of"],
    },
)
