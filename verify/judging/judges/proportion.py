"""The judge of a proportion of seeds, by its Clopper-Pearson interval."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from verify import statistics as st
from verify.judging.cell_runs import too_few
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.lies import check_lies
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["held_by_seed", "judge_proportion"]


def held_by_seed(seeds: Sequence[int], held: Sequence[bool] | np.ndarray) -> tuple[int, int]:
    """(seeds for which every cell held, seeds): the trials of a proportion or a count."""
    kept = dict.fromkeys(seeds, True)
    for seed, value in zip(seeds, held, strict=True):
        kept[seed] = kept[seed] and bool(value)
    return sum(kept.values()), len(kept)


def judge_proportion(claim: Claim, sample: Sample) -> Finding:
    """Kind proportion: the share of seeds for which the statement held (values 1 or 0) is at least 1 - margin.

    Clopper-Pearson over seeds: with several cells a seed counts where the statement held in all of them, since cells
    need not have one chance in common. A value that is not finite counts as no run at all and leaves the claim open.
    Lies are predicted shares that the interval must exclude.
    """
    if too_few(sample):
        return unjudged(claim, sample, "needs at least 2 seeds")
    values = np.array(sample.values)
    if not np.isfinite(values).all():
        return unjudged(claim, sample, "a run gave no number")
    successes, trials = held_by_seed(sample.seeds, values > 0.5)
    interval = st.clopper_pearson(successes, trials, error_rate=claim.error_rate)
    shares = _shares_of_lies(claim, sample)
    stated = [
        lie.name for lie in claim.lies if not lie.rival
    ]  # what a rival says may be measured beside the claim
    check_lies(claim, {name: (1.0 - shares[name],) for name in stated})
    controls = []
    for name, share in shares.items():
        excluded = share < interval.low or share > interval.high  # a share that is no number excludes nothing
        controls.append(Control(lie=name, verdict=Verdict.REFUTED if excluded else Verdict.INCONCLUSIVE))
    verdict = (
        Verdict.SUPPORTED
        if interval.low >= 1 - claim.margin
        else Verdict.REFUTED
        if interval.high < 1 - claim.margin
        else Verdict.INCONCLUSIVE
    )
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=1.0,
        estimate=successes / trials,
        interval=(interval.low, interval.high),
        bounds=(1 - claim.margin, None),
        power=_proportion_power(claim, trials, shares),
        repeats_needed=_proportion_need(claim),
    )


def _shares_of_lies(claim: Claim, sample: Sample) -> dict[str, float]:
    """The share of seeds that each lie says: within a seed its greatest over the cells.

    A statement about every cell has its control fail in every cell: one that passes in a single one is not refuted.
    """
    found = {}
    for lie in claim.lies:
        laws = [lie.law(c, p) for c, p in zip(sample.cases, sample.predictions, strict=True)]
        greatest = {
            seed: max(law for at, law in zip(sample.seeds, laws, strict=True) if at == seed)
            for seed in set(sample.seeds)
        }
        found[lie.name] = float(np.mean(list(greatest.values())))
    return found


def _proportion_power(claim: Claim, trials: int, shares: Mapping[str, float]) -> float:
    """If every seed holds: supported, and each lie excluded. A share that runs measure beside the claim is left out."""
    power = st.proportion_power(1.0, trials=trials, error_rate=claim.error_rate, lower=1 - claim.margin)[0]
    low = st.clopper_pearson(trials, trials, error_rate=claim.error_rate).low
    return min([power, *(float(share < low) for share in shares.values() if math.isfinite(share))])


def _proportion_need(claim: Claim) -> int:
    """Seeds at which an unbroken record shows a share of at least 1 - margin: error_rate/2 = (1 - margin)^K."""
    return math.ceil(math.log(claim.error_rate / 2) / math.log(1 - claim.margin))
