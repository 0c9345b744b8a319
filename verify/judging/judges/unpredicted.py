"""Judges of a claim of which theory says nothing: no run can decide it."""

import math
from typing import Any

import numpy as np

from verify import statistics as st
from verify.judging.cell_runs import too_few
from verify.judging.claim import Claim, Kind
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_measured", "judge_unpredicted"]


def judge_unpredicted(claim: Claim, sample: Sample) -> Finding:
    """Inconclusive, with the claim's reason (`claim.unpredicted`)."""
    return unjudged(claim, sample, f"no prediction: {claim.unpredicted}")


def judge_measured(claim: Claim, sample: Sample) -> Finding:
    """As `judge_unpredicted`, with the measured mean, or the number's exponents in n, N and d (kind exponent).

    Standard errors beside them, no interval: that would be one to judge by.
    """
    controls = [Control(lie=lie.name, verdict=Verdict.INCONCLUSIVE) for lie in claim.lies]
    note = f"no prediction: {claim.unpredicted}"
    return make_finding(claim, sample, Verdict.INCONCLUSIVE, controls, note=note, **_measured(claim, sample))


def _measured(claim: Claim, sample: Sample) -> dict[str, Any]:
    """Estimate and standard error as fields of a finding; none of fewer than two seeds."""
    if too_few(sample):
        return {}
    if claim.kind is not Kind.EXPONENT:
        mean = st.mean_interval(sample.values, error_rate=claim.error_rate)
        return {"estimate": mean.estimate, "standard_error": mean.standard_error}
    cells, seeds = (
        tuple(dict.fromkeys(each)) for each in ((case.cell for case in sample.cases), sample.seeds)
    )
    z = np.full((len(cells), len(seeds)), math.nan)
    for case, seed, value in zip(sample.cases, sample.seeds, sample.values, strict=True):
        usable = 0.0 < value < math.inf
        z[cells.index(case.cell), seeds.index(seed)] = math.log(value) if usable else math.nan
    sizes = {name: np.array([float(getattr(cell, name)) for cell in cells]) for name in ("n", "N", "d")}
    fitted = st.exponent_fit(z, sizes, spread=sizes["d"] ** -0.5, error_rate=claim.error_rate).exponents
    return {
        part: {name: getattr(interval, part) for name, interval in fitted.items()} or None
        for part in ("estimate", "standard_error")
    }
