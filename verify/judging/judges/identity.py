"""The judge of an identity: every run agrees to the rounding of its sums."""

import math

import numpy as np

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.sample import Sample

__all__ = ["judge_identity"]


def judge_identity(claim: Claim, sample: Sample) -> Finding:
    """Kind identity: every run equals its prediction to the tolerance that its spread field carries.

    A lie is refuted when one run disagrees with it. One that agrees with the prediction on every run (a law that is
    proportional to it on these cells) is no lie in this case: it is left out, and the note says so.
    """
    if not sample.values:
        return unjudged(claim, sample, "no runs")
    values = np.array(sample.values)
    expected = np.array([prediction.value for prediction in sample.predictions])
    if not (expected > 0).all():
        return unjudged(claim, sample, "nothing to judge")
    tolerance = np.array([prediction.spread for prediction in sample.predictions])
    verdict = st.identity_verdict(values, expected=expected, tolerance=tolerance)
    controls, same = [], []
    for lie in claim.lies:
        law = np.array(
            [lie.law(case, pred) for case, pred in zip(sample.cases, sample.predictions, strict=True)]
        )
        if np.all(np.abs(law - expected) <= tolerance):
            same.append(lie.name)
        else:
            controls.append(
                Control(lie=lie.name, verdict=st.identity_verdict(values, expected=law, tolerance=tolerance))
            )
    ratios = values / expected
    worst = float(ratios[np.argmax(np.abs(ratios - 1.0))]) if np.isfinite(values).all() else math.nan
    note = f"the same numbers on these cells, so not told apart: {', '.join(same)}" if same else ""
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=1.0,
        estimate=worst,
        standard_error=0.0,
        power=1.0,
        note=note,
    )
