"""The judge of an identity: every run agrees to the rounding of its sums."""

import math

import numpy as np
from numpy.typing import NDArray

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
    worst, room = _worst_run(values, expected, tolerance)
    note = f"the same numbers on these cells, so not told apart: {', '.join(same)}" if same else ""
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=1.0,
        estimate=worst,
        tolerance=room,
        standard_error=0.0,
        power=1.0,
        note=note,
    )


def _worst_run(
    values: NDArray[np.float64], expected: NDArray[np.float64], tolerance: NDArray[np.float64]
) -> tuple[float, float]:
    """Measured over expected, and its tolerance, of the run that agrees least; nan where one without a number decides."""
    finite = np.isfinite(values)
    excess = np.where(
        finite, (np.abs(np.where(finite, values, 0.0) - expected) - tolerance) / expected, -np.inf
    )
    worst = int(np.argmax(excess))
    decided = finite.all() or excess[worst] > 0
    return float(values[worst] / expected[worst]) if decided else math.nan, float(
        tolerance[worst] / expected[worst]
    )
