"""A user's function and derivative as NumPy callables: believed if finite differences agree."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend
from sim.functions.elementary import Pair

__all__ = ["callable_pair", "check_derivative"]

Function = Callable[[NDArray], NDArray]

CORE = 12.0  # |z| up to here must be finite: a N(0,1) variable exceeds it with probability 4e-33
STEPS = (1e-3, 1e-4, 1e-5)  # the smaller ones for functions that vary fast; rounding is allowed for
TOLERANCE = 1e-5  # relative to 1 + the slopes there; the differences below are far better where f is smooth
KINK_SHARE = 0.02  # of the points may sit on a kink
JUMP = 30.0  # growth of a slope from the largest to the smallest step: 1 at a kink, 100 where the value jumps


def _points() -> NDArray:
    """Integers and halves (kinks like to sit there), a fine grid, and large |z|."""
    fine = np.linspace(-CORE, CORE, 1801) + 1.234e-3 / np.pi
    large = np.geomspace(CORE, 1e4, 60)
    return np.unique(np.concatenate([np.arange(-24, 25) / 2.0, fine, large, -large]))


def _read_only(z: NDArray) -> NDArray:
    """A view that a user's function cannot write into."""
    view = z.view()
    view.flags.writeable = False
    return view


def _call(function: Function, z: NDArray, name: str, role: str) -> NDArray:
    with np.errstate(all="ignore"):
        result = np.asarray(function(_read_only(z)))
    if result.shape != z.shape:
        raise ValueError(
            f"the {role} of {name!r} must keep the shape {z.shape} of its argument, got {result.shape}; "
            "write it with NumPy's elementwise functions"
        )
    if result.dtype.kind not in "fiub":
        raise TypeError(f"the {role} of {name!r} must return real numbers, got dtype {result.dtype}")
    return result.astype(np.float64)


def _slope(value: Function, z: NDArray, h: float, name: str) -> NDArray:
    """Slope at `z` on the side of `h`, exact for cubics: values at z, z + h/4, z + h/2, z + h."""
    steps = [(z + t * h) - z for t in (0.25, 0.5, 1.0)]  # as they come out in floating point
    f0 = _call(value, z, name, "value")
    with np.errstate(all="ignore"):
        quarter, half, whole = ((_call(value, z + s, name, "value") - f0) / s for s in steps)
        return (8.0 * quarter - 6.0 * half + whole) / 3.0


def check_derivative(value: Function, derivative: Function, *, name: str) -> tuple[float, ...]:
    """Compare `derivative` with differences of `value` in float64 and return the kinks that were met.

    Points: about 1,850 in [-12, 12] and 120 up to |z| = 1e4 (beyond 12 only where both are finite). At a
    point where the slopes from the left and from the right differ, a kink, the derivative may be anything
    between them; such points must be isolated and under 2 % of all. Kinks are looked for at integers and
    halves and met elsewhere by chance only.

    Raises
    ------
    TypeError, ValueError
        If a function is not callable, does not keep shapes, is not finite, jumps, or the two disagree.
    """
    for function, role in ((value, "value"), (derivative, "derivative")):
        if not callable(function):
            raise TypeError(f"the {role} of {name!r} must be callable, got {function!r}")
    z = _points()
    f, given = _call(value, z, name, "value"), _call(derivative, z, name, "derivative")
    left = np.stack([_slope(value, z, -h, name) for h in STEPS])
    right = np.stack([_slope(value, z, h, name) for h in STEPS])
    finite = np.isfinite(f) & np.isfinite(given) & np.isfinite(left).all(0) & np.isfinite(right).all(0)
    missing = (np.abs(z) <= CORE) & ~finite
    if missing.any():
        raise ValueError(
            f"{name!r} or its derivative is not finite at or next to z = {z[missing][0]:.6g}; "
            f"both must be for |z| <= {CORE:g}"
        )
    return _compare(z[finite], f[finite], given[finite], left[:, finite], right[:, finite], name)


def _compare(
    z: NDArray, f: NDArray, given: NDArray, left: NDArray, right: NDArray, name: str
) -> tuple[float, ...]:
    """Kinks among the points, or ValueError with the worst point; `left` and `right` have a row per step."""
    h = np.array(STEPS)[:, None]
    low, high = np.minimum(left, right), np.maximum(left, right)
    rounding = 100.0 * np.finfo(np.float64).eps * (np.abs(f) + np.abs(given) * np.abs(z)) / h
    tolerance = (
        TOLERANCE * (1.0 + np.maximum(np.abs(given), np.maximum(np.abs(low), np.abs(high)))) + rounding
    )
    outside = np.maximum(low - given, given - high) / tolerance
    best = outside.argmin(axis=0)  # the step that suits the point
    kink = (high - low > 2.0 * tolerance).all(axis=0)
    growth = np.maximum(np.abs(left[-1]), np.abs(right[-1])) / (
        1.0 + np.maximum(np.abs(left[0]), np.abs(right[0]))
    )
    jump = kink & (growth > JUMP)
    crowded = kink & np.roll(kink, 1) & np.roll(kink, -1)
    badness = np.where(jump | crowded, np.inf, outside.min(axis=0))
    if (badness > 1.0).any() or kink.mean() > KINK_SHARE:
        worst = int(badness.argmax())
        row = best[worst]
        raise ValueError(
            f"the derivative of {name!r} disagrees with finite differences of its value, worst at "
            f"z = {z[worst]:.6g}: {given[worst]:.10g} given, {left[row, worst]:.10g} from the left and "
            f"{right[row, worst]:.10g} from the right; correct one of the two"
        )
    return tuple(float(point) for point in z[kink])


def _evaluate(value: Function, derivative: Function, backend: Backend, z: Array) -> tuple[Array, Array]:
    host = _read_only(backend.to_numpy(z))
    with np.errstate(all="ignore"):
        results = [
            np.asarray(function(host)).astype(host.dtype, copy=False) for function in (value, derivative)
        ]
    v, dv = (result if backend.on_host else backend.asarray(result) for result in results)
    return v, dv


def callable_pair(value: Function, derivative: Function) -> Pair:
    """Two NumPy callables as ``(backend, z) -> (value, derivative)``."""
    return partial(_evaluate, value, derivative)
