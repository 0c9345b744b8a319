"""Arrays in files, by name: what there is, of which shape, and a way to read each; nothing is read by pickle.

An array's size is known, and held against the memory that there is, before any of it is decompressed or read.
"""

import warnings
import zipfile
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from verify.errors import UsageError, quoted
from verify.measure.array_source import ArraySource, check_size, one_line_errors, path_said
from verify.measure.checkpoints import safetensors_arrays, torch_arrays
from verify.running.resources import bytes_text

__all__ = ["ENDINGS", "array_sources"]

ENDINGS = (".npy", ".npz", ".csv", ".safetensors", ".pt", ".pth", ".bin")
_BOMB_BYTES, _BOMB_RATIO = 1 << 28, 200  # of one member: arrays of numbers do not shrink so far
_MOST_MEMBERS = 100_000


def array_sources(path: Path, *, memory: int | None) -> list[ArraySource]:
    """The arrays of a file.

    Parameters
    ----------
    memory : int, optional
        Bytes that an array may take; None is no limit.

    Raises
    ------
    UsageError
        A file that is not there, of an ending that is not known, or that is not what its ending says.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(f"{path_said(path)}: must end in {', '.join(ENDINGS)}; got {quoted(path.suffix)}")
    if not path.is_file():
        raise UsageError(f"{path_said(path)}: must be a file that is there")
    with one_line_errors(path):
        if ending == ".npy":
            return [_npy(path, memory)]
        if ending == ".npz":
            return _npz(path, memory)
        if ending == ".csv":
            return [_csv(path, memory)]
        read = safetensors_arrays if ending == ".safetensors" else torch_arrays
        return read(path, memory)


def _header(file: BinaryIO | Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype of an array in NumPy's format, whose data follow; objects are refused."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which only pickle reads: save an array of numbers")
    return tuple(shape), dtype


def _npy(path: Path, memory: int | None) -> ArraySource:
    with path.open("rb") as file:
        shape, dtype = _header(file)
        stored = path.stat().st_size - file.tell()
    if stored < prod(shape) * dtype.itemsize:
        raise ValueError(f"it ends early: {stored} bytes for shape {shape} of {dtype}")
    check_size(path, path.stem, shape, dtype.itemsize, memory)
    return ArraySource(
        file=path,
        layer=path.stem,
        shape=shape,
        dtype=str(dtype),
        read=lambda: np.load(path, allow_pickle=False),
    )


def _npz(path: Path, memory: int | None) -> list[ArraySource]:
    found = []
    with zipfile.ZipFile(path) as archive:
        opened = archive.open  # of bytes: a member has no encoding
        members = [each for each in archive.infolist() if each.filename.endswith(".npy")]
        if len(members) > _MOST_MEMBERS:
            raise ValueError(f"it has {len(members)} members, at most {_MOST_MEMBERS} are read")
        for member in members:
            name = member.filename.removesuffix(".npy")
            if member.file_size > max(_BOMB_BYTES, _BOMB_RATIO * member.compress_size):
                raise ValueError(
                    f"array {quoted(name)} unpacks {bytes_text(member.compress_size)} to "
                    f"{bytes_text(member.file_size)} bytes: refused as a zip bomb"
                )
            with opened(member) as file:
                shape, dtype = _header(file)
                stored = member.file_size - file.tell()
            if prod(shape) * dtype.itemsize > stored:
                raise ValueError(f"array {quoted(name)} ends early")
            check_size(path, name, shape, dtype.itemsize, memory)
            found.append(
                ArraySource(
                    file=path,
                    layer=name,
                    shape=shape,
                    dtype=str(dtype),
                    read=partial(_member, path, member.filename),
                )
            )
    return found


def _member(path: Path, name: str) -> NDArray[Any]:
    archive = zipfile.ZipFile(path)
    opened = archive.open
    with archive, opened(name) as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        return array


def _csv(path: Path, memory: int | None) -> ArraySource:
    """Rows of numbers with commas, semicolons, tabs or blanks between them; a first line of names is passed over."""
    size = path.stat().st_size
    if memory is not None and 8 * size > memory:  # a number may be one digit and a comma
        check_size(path, path.stem, (size,), 8, memory)
    with path.open(encoding="utf-8-sig") as file:
        first = file.readline(1 << 22)
    delimiter = next((each for each in (",", ";", "\t") if each in first), None)
    header = not all(_is_number(word) for word in first.replace(delimiter or " ", " ").split())
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # no row of numbers: an empty array, which is refused by its shape
        array = np.loadtxt(
            path, delimiter=delimiter, ndmin=2, comments=None, encoding="utf-8-sig", skiprows=int(header)
        )
    return ArraySource(file=path, layer=path.stem, shape=array.shape, dtype="float64", read=lambda: array)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
