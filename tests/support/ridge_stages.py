"""The predicted ridge stage of a problem by the names of its functions."""

from support.named_problems import problem
from theory.functions.activations import named
from theory.ridge.stage import ridge_stage

NAMES = ("test", "holdout", "kta")


def setting(n, N, d, **options):
    return problem(n, N, d, **options)


def stage(sn, *, student="tanh", teacher="softplus", **options):
    return ridge_stage(sn, student=named(student), teacher=named(teacher), **options)
