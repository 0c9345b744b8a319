"""Lies as claims name them: numbers of one's own choice near the prediction, and rivals, whatever they say."""

from collections.abc import Callable

from verify.judging.claim import Lie
from verify.judging.sample import Case, Prediction

__all__ = ["Law", "constant_lie", "constant_rival", "lie", "power_of_d", "rival", "times"]

Law = Callable[[Case, Prediction], float]


def lie(name: str, law: Law) -> Lie:
    """A number near the prediction (verify/judging/lies.py says how near)."""
    return Lie(name=name, law=law)


def rival(name: str, law: Law) -> Lie:
    """What another theory says, or none at all, however far off."""
    return Lie(name=name, law=law, rival=True)


def constant_lie(name: str, value: float) -> Lie:
    """The same number near the prediction for every run."""
    return lie(name, lambda case, prediction: value)


def constant_rival(name: str, value: float) -> Lie:
    """A rival that says one number."""
    return rival(name, lambda case, prediction: value)


def times(name: str, factor: float) -> Lie:
    """A multiple of the prediction."""
    return lie(name, lambda case, prediction: factor * prediction.value)


def power_of_d(name: str, exponent: float, largest: int) -> Lie:
    """The prediction at the largest d, carried to the others with a further power of d."""
    return rival(name, lambda case, pred: pred.value * (case.cell.d / largest) ** exponent)
