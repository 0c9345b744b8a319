"""The judge of what must hold in every single run."""

import numpy as np

from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_every_run"]


def judge_every_run(claim: Claim, sample: Sample) -> Finding:
    """Kind bound, deterministic: every run respects `claim.bounds`, one that does not refutes.

    The prediction's spread is the tolerance of rounding. A lie is a sharper lower bound (upper, where there is no
    lower one), refuted by one run that breaks it. As an identity it may be judged on one run and on runs that all
    give one number: a theorem's equality case does.
    """
    values = np.array(sample.values)
    if values.size == 0 or not np.isfinite(values).all():
        return unjudged(claim, sample, "no runs" if values.size == 0 else "a run gave no number")
    low, high = claim.bounds
    room = np.array([prediction.spread for prediction in sample.predictions])
    if not np.isfinite(room).all():
        return unjudged(claim, sample, "the prediction names no tolerance of rounding")
    below = np.zeros(values.shape, bool) if low is None else values < low - room
    above = np.zeros(values.shape, bool) if high is None else values > high + room
    controls = []
    for lie in claim.lies:
        laws = np.array([lie.law(c, p) for c, p in zip(sample.cases, sample.predictions, strict=True)])
        broken = values < laws - room if low is not None else values > laws + room
        controls.append(
            Control(lie=lie.name, verdict=Verdict.REFUTED if broken.any() else Verdict.INCONCLUSIVE)
        )
    verdict = Verdict.REFUTED if (below | above).any() else Verdict.SUPPORTED
    sides = ([] if low is None else [values - low + room]) + ([] if high is None else [high + room - values])
    nearest = int(np.argmin(np.min(sides, axis=0)))
    return make_finding(
        claim, sample, verdict, controls, predicted=sample.predictions[nearest].value, estimate=float(values[nearest]),
        standard_error=0.0, bounds=claim.bounds, tolerance=float(room[nearest]), power=1.0, note="the run nearest the bound",
    )  # fmt: skip
