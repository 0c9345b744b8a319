"""Trials of what has no sampling error, where a single false finding is too many, and of looks at K, 2K, 4K seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from verify import statistics as st
from verify.calibration.trials import ONE, Trial, case_at, make_claim, repeated
from verify.calibration.trials_seeds import half_each
from verify.judging.claim import Claim, Kind
from verify.judging.finding import Finding
from verify.judging.judges.every_run import judge_every_run
from verify.judging.judges.exact import judge_exact
from verify.judging.judges.identity import judge_identity
from verify.judging.judges.ranks import judge_ranks
from verify.judging.judges.value import judge_value
from verify.judging.sample import Prediction, Sample
from verify.problem.update import Update
from verify.running.design import Design
from verify.running.request import Request
from verify.running.store import Record
from verify.session.session import judge_together
from verify.statistics import bounded_mean_interval, power_value, reduction_tolerance, spearman_coefficients
from verify.statistics.verdict import Verdict

__all__ = ["exact_trials"]

TERMS = 1000
TOLERANCE = reduction_tolerance(dtype="float32", length=TERMS)


def exact_trials() -> tuple[Trial, ...]:
    """Identity, bound in every run, exact, Spearman's trend, looks."""
    return (_identity(), _every_run(), _exact(), _spearman(), _looks())


def _never(rate: float) -> tuple[float, float]:
    """Eq. (7) of docs/statistics.md: at most 2 * length * exp(-32), whatever the error rate."""
    bound = 2 * TERMS * math.exp(-32.0)
    return bound, bound


def _certain(rate: float) -> tuple[float, float]:
    return 1.0, 1.0


def _sums(rng: np.random.Generator, runs_: int) -> NDArray[np.float64]:
    """Sums in float32, term after term, of positive numbers whose sum is 1: what remains is rounding."""
    terms = rng.random((runs_, TERMS)) + 0.5
    terms /= terms.sum(axis=1, keepdims=True)
    return np.cumsum(terms.astype(np.float32), axis=1, dtype=np.float32)[:, -1].astype(np.float64)


def _identity() -> Trial:
    """Off by one and a half tolerances at the edge: where the truth is exactly one off, rounding alone decides."""
    prediction = Prediction(value=1.0, spread=TOLERANCE)

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        return repeated(_sums(rng, 5) + 1.5 * TOLERANCE * offset, prediction)

    return Trial(
        name="judge_identity", design=f"5 seeds, sums of {TERMS} terms in float32",
        claim=make_claim(Kind.IDENTITY, judge_identity, margin=0.0, lie=lambda c, p: p.value + 3 * TOLERANCE),
        draw=draw, allowed=lambda rate: (1.0, _never(rate)[1]), predicted=_certain,
    )  # fmt: skip


def _every_run() -> Trial:
    """Runs on the bound itself, as an inequality that is attained has them; below it by half as much again at the edge."""
    prediction = Prediction(value=1.0, spread=TOLERANCE)

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        values = _sums(rng, 5)
        values[1:] += 0.1
        return repeated(values - 1.5 * TOLERANCE * offset, prediction)

    claim = make_claim(
        Kind.BOUND, judge_every_run, margin=0.05, lie=lambda c, p: p.value + 3 * TOLERANCE, bounds=(1.0, None)
    )
    return Trial(
        name="judge_every_run", design=f"5 seeds, one on the bound, sums of {TERMS} terms in float32",
        claim=claim, draw=draw, allowed=lambda rate: (1.0, _never(rate)[1]), predicted=_certain,
    )  # fmt: skip


NORMAL_MOMENTS = (1, 0, 1, 0, 3, 0, 15)


def _exact_judge(claim: Claim, sample: Sample) -> Finding:
    """The statement "the Gaussian mean of this polynomial is that rational number", decided by `judge_exact`."""
    *coefficients, stated = (Fraction(value).limit_denominator(10**6) for value in sample.values)
    mean = sum(c * m for c, m in zip(coefficients, NORMAL_MOMENTS, strict=True))
    decided = replace(claim, predict=lambda case: Prediction(value=float(mean == stated)))
    return judge_exact(decided, sample)


def _exact() -> Trial:
    def draw(rng: np.random.Generator, offset: float) -> Sample:
        coefficients = rng.integers(-9, 10, len(NORMAL_MOMENTS)) / 4
        stated = float(coefficients @ NORMAL_MOMENTS) + offset / 64
        return repeated(np.array([*coefficients, stated]))

    return Trial(
        name="judge_exact", design="means of polynomials in rational numbers; off by 1/64",
        claim=make_claim(Kind.EXACT, _exact_judge, margin=0.0, lie=lambda c, p: 0.0),
        draw=draw, allowed=lambda rate: (1.0, 0.0), predicted=_certain,
    )  # fmt: skip


LEVELS, SPEARMAN_SEEDS, RISE = 5, 60, 0.5


def _spearman() -> Trial:
    """A seed rises with a probability and falls otherwise: coefficients 1 and -1, the widest law of that mean."""
    chance = {0.0: 0.97, 1.0: (1 + RISE) / 2, 2.0: 0.5}

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        signs = np.where(rng.random(SPEARMAN_SEEDS) < chance[offset], 1.0, -1.0)
        steps = rng.random((LEVELS, SPEARMAN_SEEDS)) + 0.1
        values = (np.cumsum(steps, axis=0) * signs).T
        return repeated(spearman_coefficients(values, np.arange(LEVELS)), 1.0)

    def predicted(rate: float) -> tuple[float, float]:
        """Every number of rising seeds with its binomial chance, judged one by one."""

        def power(offset: float, wanted: Verdict) -> float:
            rising = np.arange(1, SPEARMAN_SEEDS)
            chances = stats.binom.pmf(rising, SPEARMAN_SEEDS, chance[offset])
            found = [_of_rising(int(count), rate) is wanted for count in rising]
            # all rise: the same coefficients of different values, which the interval judges like any other
            last = chance[offset] ** SPEARMAN_SEEDS * (_of_rising(SPEARMAN_SEEDS, rate) is wanted)
            return float(chances[found].sum() + last)

        return power(0.0, Verdict.SUPPORTED), power(2.0, Verdict.REFUTED)

    return Trial(
        name="judge_ranks", design=f"{SPEARMAN_SEEDS} seeds of {LEVELS} levels, mean coefficient of at least {RISE}",
        claim=make_claim(Kind.TREND, judge_ranks, margin=RISE, lie=lambda c, p: 0.0),
        draw=draw, allowed=half_each, predicted=predicted,
    )  # fmt: skip


def _of_rising(count: int, rate: float) -> Verdict:
    coefficients = np.where(np.arange(SPEARMAN_SEEDS) < count, 1.0, -1.0)
    interval = bounded_mean_interval(coefficients, error_rate=rate, lower=-1.0, upper=1.0)
    return st.bound_verdict(interval, lower=RISE)


LOOKS = (5, 20)  # first look and most: 5, 10 and 20 seeds
LOOK_MARGIN = 1.0


def _looks_judge(claim: Claim, sample: Sample) -> Finding:
    """What `python -m verify --max-seeds 20` does with a claim: looks at 5, 10 and 20 of the seeds."""

    def obtain(requests: Sequence[Request]) -> Mapping[Request, Record]:
        return {
            request: Record(key={}, observables={"value": (sample.values[request.seed], None)})
            for request in requests
        }

    session: Any = SimpleNamespace(obtain=obtain)
    (finding,) = judge_together([claim], seeds_of=lambda _: LOOKS[0], max_seeds=LOOKS[1], session=session)
    return finding


def _looks() -> Trial:
    design = Design(problem=case_at().problem, cells=(ONE,), groups=("update",), updates=(Update(eta=0.0),))
    prediction = Prediction(value=5.0, spread=1.0)
    claim = make_claim(
        Kind.VALUE, judge_value, margin=LOOK_MARGIN, lie=lambda c, p: p.value + 2 * LOOK_MARGIN, design=design,
        predict=lambda case: prediction,
    )  # fmt: skip
    inner = replace(claim)

    def judge(outer: Claim, sample: Sample) -> Finding:
        return _looks_judge(replace(inner, error_rate=outer.error_rate), sample)

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        return repeated(5.0 + offset * LOOK_MARGIN + rng.standard_normal(LOOKS[1]), prediction)

    def predicted(rate: float) -> tuple[float, float]:
        """Decided at the last look if not before: at least its power, less a false finding at the looks before."""
        last = {"margin": LOOK_MARGIN, "spread": 1.0, "repeats": LOOKS[1], "error_rate": rate / 3}
        true, lie = power_value(**last), power_value(lie=2 * LOOK_MARGIN, **last)
        return max(true - rate / 3, 0.0), max(lie - rate / 3, 0.0)

    return Trial(
        name="judge_value in looks", design=f"5, 10, 20 seeds, margin {LOOK_MARGIN} sd, the rate split",
        claim=replace(claim, judge=judge), draw=draw, allowed=half_each, predicted=predicted, exact=False,
    )  # fmt: skip
