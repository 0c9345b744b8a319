"""Which of a file's arrays are matrices, and how an array of more than two axes becomes one.

Two rules are usual for a convolution's kernel, (out, in, k_1, ..):

*unfolded*: one matrix, out x (in k_1 ..): the map from a patch to the output channels;
*slices*: one matrix out x in for each place of the last axes, as WeightWatcher has it.

They are not the same spectrum and have not the same null. Arrays of one axis, and those with a single row and column,
are left out and named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from verify.errors import UsageError, known_names, quoted
from verify.measure.array_source import ArraySource, one_line_errors

__all__ = ["Rule", "WeightMatrix", "chosen", "is_matrix", "matrices_of", "shapes_of"]

Rule = Literal["matrix", "unfolded", "slice"]
_MOST_NAMES = 30
LARGEST = 1e50  # fourth powers of it, and of its inverse, times a size are numbers still


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightMatrix:
    """A matrix, or why an array is none.

    Attributes
    ----------
    source : ArraySource
    name : str
        The array's name; of a slice with its place, as conv.weight[0,2].
    rule : {"matrix", "unfolded", "slice"}
    values : ndarray of float32 or float64, shape (rows, columns), or None
    refused : str
        Why there are no values.
    notes : tuple of str
    """

    source: ArraySource
    name: str
    rule: Rule
    shape: tuple[int, int]
    values: NDArray[Any] | None
    refused: str = ""
    notes: tuple[str, ...] = ()


def is_matrix(source: ArraySource) -> bool:
    """Whether an array has two axes at least that are longer than one, or is an array of two axes at all."""
    return len(source.shape) == 2 or sum(length > 1 for length in source.shape) >= 2


def chosen(sources: Sequence[ArraySource], patterns: Sequence[str]) -> list[ArraySource]:
    """The arrays whose name matches one of the patterns; all without a pattern.

    Raises
    ------
    UsageError
        A pattern that no name matches: the names are listed.
    """
    for pattern in patterns:
        if not any(fnmatchcase(each.layer, pattern) for each in sources):
            names = [each.layer for each in sources]
            known = known_names(pattern, names[:_MOST_NAMES])
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            raise UsageError(f"--layers: {quoted(pattern)} matches none of: {known}{more}")
    return [each for each in sources if not patterns or any(fnmatchcase(each.layer, one) for one in patterns)]


def shapes_of(source: ArraySource, kernels: str) -> list[tuple[int, int]]:
    """Shapes of the matrices that the array will make: known before it is read."""
    if len(source.shape) == 2:
        return [(source.shape[0], source.shape[1])]
    rows, columns, *rest = source.shape
    unfolded = [(rows, columns * prod(rest))] if kernels != "slices" else []
    return unfolded + ([(rows, columns)] * prod(rest) if kernels != "unfolded" else [])


def matrices_of(source: ArraySource, kernels: str) -> Iterator[WeightMatrix]:
    """The matrices of an array, one after the other."""
    with one_line_errors(source.file):
        array = source.read()
    values, refused, notes = _real(array)
    if array.ndim == 2:
        shape = (array.shape[0], array.shape[1])
        yield _matrix(source, source.layer, "matrix", shape, values, refused, notes)
        return
    rows, columns, *rest = array.shape
    if kernels != "slices":
        flat = None if values is None else values.reshape(rows, -1)
        yield _matrix(source, source.layer, "unfolded", (rows, columns * prod(rest)), flat, refused, notes)
    if kernels != "unfolded":
        for place in product(*map(range, rest)):
            part = None if values is None else np.ascontiguousarray(_at(values, place))
            name = f"{source.layer}[{','.join(map(str, place))}]"
            yield _matrix(source, name, "slice", (rows, columns), part, refused, notes)


def _at(values: NDArray[Any], place: tuple[int, ...]) -> NDArray[Any]:
    """The matrix of the first two axes at a place of the others."""
    for index in reversed(place):
        values = values[..., index]
    return values


def _matrix(
    source: ArraySource,
    name: str,
    rule: Rule,
    shape: tuple[int, int],
    values: NDArray[Any] | None,
    refused: str,
    notes: tuple[str, ...],
) -> WeightMatrix:
    if values is not None and values.size and not np.any(values):
        values, refused = None, "every entry is 0: rank 0, there is no spectrum"
    return WeightMatrix(
        source=source, name=name, rule=rule, shape=shape, values=values, refused=refused, notes=notes
    )


def _real(array: NDArray[Any]) -> tuple[NDArray[Any] | None, str, tuple[str, ...]]:
    """The array in float32 or float64, or why it is refused, and what was done to it."""
    if array.size == 0:
        return None, f"it is empty, shape {array.shape}", ()
    if array.dtype.kind == "c":
        return None, "its entries are complex; nulls here are of real matrices", ()
    if array.dtype.kind not in "fiub":
        return None, f"its entries are no numbers ({array.dtype})", ()
    notes = () if array.dtype.kind == "f" else (f"entries of {array.dtype} taken as float64",)
    wide = array.astype(np.float32 if array.dtype in (np.float16, np.float32) else np.float64)
    bad = int(np.count_nonzero(~np.isfinite(wide)))
    if bad:
        return None, f"{bad} of {array.size} entries are nan or infinite", notes
    largest = float(np.max(np.abs(wide)))
    if largest and not 1.0 / LARGEST <= largest <= LARGEST:
        return (
            None,
            f"its largest entry is {largest:.3g}, whose powers leave floating point: rescale the matrix",
            notes,
        )
    return wide, "", notes
