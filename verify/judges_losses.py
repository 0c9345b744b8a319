"""Judge of a contrast between two cells of one seed: what changes when a size does, on draws that they share."""

from collections.abc import Callable
from dataclasses import replace

from verify.claim import Claim, Finding, Prediction, Sample
from verify.judges import unjudged
from verify.judges_seeds import judge_order

__all__ = ["judge_order_across", "second_less_first"]


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
    )


def judge_order_across(claim: Claim, sample: Sample) -> Finding:
    """Kind order between two cells: the second's value less the first's clears the margin, seed by seed.

    The design must be paired (both cells from one stream). A lie's law gives a value of that difference.
    """
    contrast = second_less_first(sample)
    if not contrast.values:
        return unjudged(claim, sample, "needs two cells of every seed")
    judge: Callable[[Claim, Sample], Finding] = judge_order
    return replace(judge(claim, contrast), repeats=contrast.repeats)
