"""Judge of a claim of which theory says nothing: no run can decide it."""

from verify.judging.claim import Claim
from verify.judging.conclusion import unjudged
from verify.judging.finding import Finding
from verify.judging.sample import Sample

__all__ = ["judge_unpredicted"]


def judge_unpredicted(claim: Claim, sample: Sample) -> Finding:
    """Inconclusive, with the claim's reason (`claim.unpredicted`)."""
    return unjudged(claim, sample, f"no prediction: {claim.unpredicted}")
