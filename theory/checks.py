"""Checks of plain numbers, arrays and words at the boundary of every function of `theory`: the one place for them."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["choice", "levels", "number", "numbers", "ratio", "ratios", "size"]

LARGEST_SIZE = 1e30


def size(name: str, value: float, *, hint: str = "; a matrix needs rows and columns") -> int:
    """`value` as a positive integer; `hint` ends the message where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a positive integer, got {type(value).__name__}; pass an int")
    if not value < LARGEST_SIZE:
        raise ValueError(f"{name} must be a positive integer below {LARGEST_SIZE:g}, got {_plain(value)}")
    if value < 1 or value != int(value):
        raise ValueError(f"{name} must be a positive integer, got {_plain(value)}{hint}")
    return int(value)


def number(
    name: str, value: float, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf
) -> float:
    """`value` as a finite float with above < value, least <= value <= most."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}; pass a float")
    result = _float(value)
    limits = ((">", above), (">=", least), ("<=", most))
    bounds = [f"{sign} {_bound(limit)}" for sign, limit in limits if math.isfinite(limit)]
    if not (math.isfinite(result) and above < result and least <= result <= most):
        raise ValueError(f"{name} must be {' and '.join(['finite', *bounds])}, got {_plain(value)}")
    return result


def _float(value: float) -> float:
    """As a float; an integer beyond float64 as infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value > 0 or -1)


def _bound(limit: float) -> str:
    """A bound to six digits, or all of them where six would name another number."""
    return f"{limit:g}" if float(f"{limit:g}") == limit else repr(float(limit))


def _plain(value: float) -> str:
    """A number as a reader would type it, not as NumPy prints it; a huge integer by its size."""
    if isinstance(value, int | np.integer):
        return (
            str(value)
            if abs(int(value)) < 10**30
            else f"an integer of {int(math.log10(abs(int(value)))) + 1} digits"
        )
    return repr(float(value))


def numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Numbers of any shape, inf allowed, nan not."""
    result = _array(name, values)
    if np.any(np.isnan(result)):
        raise ValueError(f"{name} must hold numbers, got nan")
    return result


def ratio(name: str, value: float) -> float:
    """One of `ratios`: a number >= 0, inf allowed."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}; pass a float")
    return float(ratios(name, _float(value)))


def ratios(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Signal-to-noise ratios: numbers >= 0 of any shape, inf allowed."""
    result = _array(name, values)
    if not np.all(result >= 0.0):
        worst = float(result[~(result >= 0.0)].flat[0])
        raise ValueError(f"{name} must be >= 0, got {worst!r}; it is a ratio of standard deviations")
    return result


def _array(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.asarray(values)
    except ValueError:  # rows of unequal lengths
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be a number or an array of numbers, got {_short(values)}")
    return array.astype(np.float64)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def levels(name: str, values: ArrayLike, *, positive: bool = True) -> NDArray[np.float64]:
    """A non-empty vector of finite numbers >= 0, one of them above 0 where `positive` is asked for."""
    result = _array(name, values)
    if result.ndim != 1 or result.size == 0:
        raise ValueError(
            f"{name} must be a non-empty vector, got shape {result.shape}; pass one value per level"
        )
    if not np.all(np.isfinite(result)):
        raise ValueError(
            f"{name} must be finite, got {float(result[~np.isfinite(result)][0])!r}; remove the entry"
        )
    if np.any(result < 0.0):
        raise ValueError(
            f"{name} must be >= 0, got {float(result.min())!r}; variances and squares are never negative"
        )
    if positive and not np.any(result > 0.0):
        raise ValueError(
            f"{name} must hold a value > 0, got zeros only; such a matrix is zero and has no edge"
        )
    return result


def choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """`value` if it is one of `allowed`."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
    return value
