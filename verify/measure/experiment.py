"""Options and files of `verify.measure` -> measurements."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.backend import Backend, get_backend
from sim.measures.norms import top_singular_triplets
from sim.measures.spectrum import singular_values
from theory.random_matrices.johnstone import top_singular_value_quantile
from verify.commands.spec import Options
from verify.errors import UsageError, quoted
from verify.measure.array_source import ArraySource
from verify.measure.comparison import Moved, compare
from verify.measure.matrices import WeightMatrix, chosen, is_matrix, matrices_of, shapes_of
from verify.measure.measured import MeasuredMatrix, Measurements, TopValues
from verify.measure.sources import array_sources
from verify.running.progress import Progress
from verify.running.resources import bytes_text
from verify.spectra.null_draws import draw_nulls
from verify.spectra.spectrum_report import SpectrumReport, above_rounding, report_spectrum

__all__ = ["experiment"]

_TOP = 5
_MEDIAN_SQUARE = 0.454936423119572  # of a standard normal number
_EPS = {"bfloat16": 2.0**-8, "BF16": 2.0**-8, "float16": 2.0**-11, "F16": 2.0**-11}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What all matrices of a run share."""

    options: Options
    backend: Backend


def experiment(options: Options, progress: Progress | None = None) -> Measurements:
    """The matrices of the files named by the options' words, in their order.

    Raises
    ------
    UsageError
        No file, one that cannot be read, a pattern that nothing matches, a matrix too large, none that is measurable.
    """
    if not options.words:
        raise UsageError("FILE: needs at least one file (.npy, .npz, .csv, .safetensors, .pt); got none")
    backend = get_backend("numpy", threads=options["threads"])
    memory = options["memory_limit"] or backend.free_memory()
    everything = [each for word in options.words for each in array_sources(Path(word), memory=memory)]
    sources = [each for each in chosen(everything, options["layers"]) if is_matrix(each)]
    left = [each.layer for each in everything if not is_matrix(each)]
    if not sources:
        raise UsageError(
            f"FILE: holds no matrix: {len(left)} arrays of one axis and none of two ({quoted(', '.join(left))})"
        )
    if not options["top_only"]:
        for source in sources:
            _check_memory(source, options, memory)
    earlier = _earlier(options, memory)
    bench = _Bench(options=options, backend=backend)
    found: list[MeasuredMatrix] = []
    for done, source in enumerate(sources):
        if progress is not None:
            progress.show(done / len(sources), source.layer)
        before = _earlier_matrices(earlier, source, options)
        for matrix in matrices_of(source, options["kernels"]):
            found.append(_measured(matrix, before, bench))
    if all(each.report is None and each.top is None for each in found):
        first = found[0]
        raise UsageError(f"{quoted(first.file, 300)}: {first.layer}: {'; '.join(first.notes[-1:])}")
    return Measurements(found, tuple(left))


def _check_memory(source: ArraySource, options: Options, memory: int | None) -> None:
    """A dense spectrum needs the matrix twice in float64 and its smaller Gram matrix thrice."""
    for rows, columns in shapes_of(source, options["kernels"]):
        needed = 8 * (2 * rows * columns + 3 * min(rows, columns) ** 2)
        if memory is not None and needed > memory:
            raise UsageError(
                f"{quoted(str(source.file), 300)}: {source.layer} of shape {rows} x {columns} needs "
                f"{bytes_text(needed)} bytes for all singular values; {bytes_text(memory)} are free or allowed: "
                "--top-only measures the largest alone"
            )


def _earlier(options: Options, memory: int | None) -> Mapping[str, ArraySource]:
    if options["before"] is None:
        return {}
    sources = array_sources(Path(options["before"]), memory=memory)
    if len(sources) == 1 and len(options.words) == 1 and sources[0].layer == sources[0].file.stem:
        return {"": sources[0]}  # a file of one array: whatever it is called
    return {each.layer: each for each in sources}


def _earlier_matrices(
    earlier: Mapping[str, ArraySource], source: ArraySource, options: Options
) -> Mapping[str, WeightMatrix] | None:
    """The earlier array's matrices by rule and place; None where nothing is compared."""
    if options["before"] is None:
        return None
    before = earlier.get("", earlier.get(source.layer))
    if before is None or before.shape != source.shape:
        return {}
    names = matrices_of(before, options["kernels"])
    return {f"{each.rule} {each.name.removeprefix(before.layer)}": each for each in names}


def _measured(
    matrix: WeightMatrix, before: Mapping[str, WeightMatrix] | None, bench: _Bench
) -> MeasuredMatrix:
    notes = list(matrix.notes)
    report, top, moved = None, None, None
    if matrix.values is None:
        notes.append(matrix.refused)
    elif bench.options["top_only"]:
        top = _top_values(matrix.values, bench)
        notes.append("the largest values alone: no bulk of its own, no exponent, no phase")
    else:
        report = _report(matrix, matrix.values, bench)
        notes += report.notes
    if matrix.values is not None and before is not None:
        moved, why = _moved(matrix, before, bench)
        notes += [why] if why else []
    return MeasuredMatrix(
        file=str(matrix.source.file),
        layer=matrix.name,
        rule=matrix.rule,
        shape=matrix.shape,
        dtype=matrix.source.dtype,
        report=report,
        top=top,
        moved=moved,
        notes=tuple(notes),
    )


def _report(matrix: WeightMatrix, values: NDArray[Any], bench: _Bench) -> SpectrumReport:
    spectrum = singular_values(values, backend=bench.backend)
    rows, columns = matrix.shape
    eps = _EPS.get(matrix.source.dtype, float(np.finfo(values.dtype).eps))
    return report_spectrum(
        above_rounding(spectrum.values, shape=matrix.shape, eps=eps),
        shape=matrix.shape,
        nulls=draw_nulls(rows, columns, draws=bench.options["null_draws"]),
        replicates=bench.options["bootstrap"],
        error_rate=bench.options["error_rate"],
    )


def _top_values(values: NDArray[Any], bench: _Bench) -> TopValues:
    found = top_singular_triplets(values, k=min(_TOP, *values.shape), backend=bench.backend)
    N, d = values.shape
    variance = float(np.median(np.square(values, dtype=np.float64))) / _MEDIAN_SQUARE
    edge = float("nan")
    if variance > 0.0 and min(N, d) > 1:
        level = bench.options["error_rate"] / min(N, d)
        edge = float(top_singular_value_quantile(1.0 - level, N=N, d=d, variance=variance))
    return TopValues(
        values=tuple(map(float, found.values)),
        bounds=tuple(map(float, found.bounds)),
        white_edge=edge,
        beyond_white=int(np.count_nonzero(found.values > edge)),
    )


def _moved(
    matrix: WeightMatrix, before: Mapping[str, WeightMatrix], bench: _Bench
) -> tuple[Moved | None, str]:
    key = f"{matrix.rule} {matrix.name.removeprefix(matrix.source.layer)}"
    other = before.get(key)
    if other is None:
        return None, "--before: holds no array of this name and shape"
    if other.values is None or matrix.values is None:
        return None, f"--before: {other.refused}"
    return compare(matrix.values, other.values, backend=bench.backend), ""
