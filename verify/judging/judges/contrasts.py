"""Judge of a contrast between two cells of one seed: what changes when a size does, on draws that they share."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from verify.judging.claim import Claim
from verify.judging.conclusion import unjudged
from verify.judging.finding import Finding
from verify.judging.judges.order import judge_order
from verify.judging.judges.value import judge_value
from verify.judging.sample import Prediction, Sample

Judge = Callable[[Claim, Sample], Finding]

__all__ = ["Judge", "directed_judge", "judge_order_across", "judge_value_across", "second_less_first"]


def second_less_first(sample: Sample) -> Sample:
    """One run per seed: the value, and the prediction, of the second cell less the first's.

    Seeds that lack one of the two cells are left out; the cases are the second cell's.
    """
    cells = tuple(dict.fromkeys(case.cell for case in sample.cases))
    if len(cells) != 2:
        return Sample(cases=(), seeds=(), values=(), predictions=())
    at = {(case.cell, seed): i for i, (case, seed) in enumerate(zip(sample.cases, sample.seeds, strict=True))}
    seeds = [s for s in dict.fromkeys(sample.seeds) if (cells[0], s) in at and (cells[1], s) in at]
    pairs = [(at[cells[0], seed], at[cells[1], seed]) for seed in seeds]
    return Sample(
        cases=tuple(sample.cases[second] for _, second in pairs),
        seeds=tuple(seeds),
        values=tuple(sample.values[second] - sample.values[first] for first, second in pairs),
        predictions=tuple(
            Prediction(
                value=sample.predictions[second].value - sample.predictions[first].value,
                flags=(*sample.predictions[first].flags, *sample.predictions[second].flags),
            )
            for first, second in pairs
        ),
        pilot=None if sample.pilot is None else second_less_first(sample.pilot),
    )


def judge_order_across(claim: Claim, sample: Sample) -> Finding:
    """Kind order between two cells: the second's value less the first's clears the margin, seed by seed.

    The design must be paired (both cells from one stream). A lie's law gives a value of that difference.
    """
    contrast = second_less_first(sample)
    if not contrast.values:
        return unjudged(claim, sample, "needs two cells of every seed")
    return judge_order(claim, contrast)


def judge_value_across(claim: Claim, sample: Sample) -> Finding:
    """Kind value between two cells: the second's value less the first's is the predicted difference, seed by seed.

    The design must be paired (both cells from one stream). A lie's law gives a value of that difference.
    """
    contrast = second_less_first(sample)
    if not contrast.values:
        return unjudged(claim, sample, "needs two cells of every seed")
    return judge_value(claim, contrast)


def directed_judge(theory: Callable[[], float], judge: Judge = judge_order) -> Judge:
    """A judge of what the paper states where theory may have another number, which is reported beside it.

    The finding's `stated` is what the verdict rests on: the paper's number, or of a direction the margin on the paper's
    side; its `predicted` is theory's number, None where `theory` gives none.
    """
    return partial(_judge_directed, theory=theory, judge=judge)


def _judge_directed(claim: Claim, sample: Sample, *, theory: Callable[[], float], judge: Judge) -> Finding:
    found, expected = judge(claim, sample), theory()
    low, high = found.bounds
    stated = low if low is not None else high if high is not None else found.predicted
    return replace(
        found,
        predicted=expected if math.isfinite(expected) else None,
        stated=stated if isinstance(stated, float) else None,
    )
