"""Claims on Proposition B.6: no entry of G_0 is exactly 0, and what float32 makes of it."""

import math
from dataclasses import replace

from verify.claims.gradient.common import COUNT_SEEDS, paired_custom_design
from verify.claims.rivals import lie
from verify.judging.claim import Claim, Kind
from verify.judging.finding import Finding
from verify.judging.judges.count import judge_count_always
from verify.judging.sample import Prediction, Sample
from verify.measurements.gradient import ZEROS
from verify.problem.paper import main_cell

__all__ = ["zero_claims"]


def zero_claims(quick: bool) -> tuple[Claim, ...]:
    design = paired_custom_design(main_cell(quick), ZEROS)
    least = 0.4  # 20 seeds of 20 show a share of at least 0.61
    exact = Claim(
        id="P.B6",
        statement="no entry of G_0 is exactly 0",
        source="Proposition B.6, eqs. 27-29",
        reading="float64",
        kind=Kind.COUNT,
        observable="zeros_float64",
        predict=lambda case: Prediction(value=0.0),
        judge=judge_count_always,
        margin=least,
        margin_reason="one exception refutes; 20 seeds without one show a share of at least 0.6",
        lies=(
            lie("one entry a run is 0", lambda case, pred: 1.0),
            lie("a neuron in a thousand is dead", lambda case, pred: case.cell.N * case.cell.d / 1000),
        ),
        seeds=COUNT_SEEDS,
        design=design,
    )
    near = replace(
        exact,
        id="P.B6.distance",
        statement="and none comes within 1000 roundings of 0: float64 tells the sign of every entry",
        observable="near_zeros_float64",
    )
    single = replace(
        exact,
        id="P.B6.float32",
        statement="an entry that is exactly 0 in float32 is a rounding: none is 0 in float64 as well",
        reading="float32, the dtype of the runs; it follows from P.B6, and the note counts the zeros of float32 itself",
        observable="zeros_both",
        judge=judge_with_rounded,
    )
    return (exact, near, single)


def judge_with_rounded(claim: Claim, sample: Sample) -> Finding:
    """`judge_count_always`, and in the note how many entries are exactly 0 in float32."""
    counts = [case.observed.get("zeros_float32", math.nan) for case in sample.cases]
    found = judge_count_always(claim, sample)
    if not counts or not all(map(math.isfinite, counts)):
        return found
    entries = sum(case.cell.N * case.cell.d for case in sample.cases)
    rounded = f"in float32 {sum(counts):g} of {entries} entries are exactly 0"
    return replace(found, note="; ".join(filter(None, (found.note, rounded))))
