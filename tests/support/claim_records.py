"""Synthetic records of a claim: runs around the truth, around one of its lies, and records that say nothing."""

import math
from dataclasses import replace

import numpy as np
from scipy import special

from verify.claims.gradient.zeros import judge_with_rounded
from verify.judging.claim import Kind
from verify.judging.judges.count import judge_count, judge_count_always
from verify.judging.judges.every_run import judge_every_run
from verify.judging.judges.spread import judge_spread
from verify.judging.sample import Case, Sample
from verify.problem.update import Update
from verify.running.design import Readings
from verify.statistics.distributions import GRID

OBSERVED = {"zeros": 0.0, "readout_sum": 0.0, "split_signal": 0.936, "split_mu_1": 0.605706}
LEVELS = np.arange(1, GRID) / GRID
DRAWS = 10**6
COUNTED = (
    judge_count,
    judge_count_always,
    judge_every_run,
    judge_with_rounded,
)  # their records are whole numbers
NOTHING = ("empty", "one seed", "constant", "nan", "one nan", "inf")


def synthetic(claim, *, lie=None, seeds=None, scatter=1.0, seed=5):
    """Runs where the claim is true, or where that lie is; `scatter` in units small against every margin."""
    rng = np.random.default_rng(seed)
    count = claim.seeds if seeds is None else seeds
    update = claim.design.updates[0] if claim.design.updates else Update()
    cases, numbers, values, predictions = [], [], [], []
    for cell in claim.design.cells:
        case = Case(problem=claim.design.problem, cell=cell, update=update, observed=OBSERVED)
        prediction = claim.predict(case)
        for number in range(count):
            here = case
            if claim.kind is Kind.DISTRIBUTION:
                here = replace(case, observed=OBSERVED | shares(claim, lie, rng, scatter))
                value = float(DRAWS)
            else:
                value = mean_value(claim, case, prediction, lie, number)
                value += scatter * noise(claim, case, prediction, lie) * rng.standard_normal()
            cases.append(here)
            numbers.append(number)
            values.append(float(value))
            predictions.append(prediction)
    return Sample(
        cases=tuple(cases), seeds=tuple(numbers), values=tuple(values), predictions=tuple(predictions)
    )


def shares(claim, lie, rng, scatter):
    """Shares below the claimed quantiles of draws from the claimed law or the lie's."""
    cdf = special.ndtr if lie is None else claim.judge.keywords["rivals"][lie.name]
    p = np.clip(cdf(special.ndtri(LEVELS)), 1e-9, 1.0)
    counts = rng.multinomial(DRAWS, np.diff([0.0, *p, 1.0])) if scatter else DRAWS * np.diff([0.0, *p, 1.0])
    below = np.cumsum(counts)[:-1] / DRAWS
    return {f"{claim.observable}[{k}]": float(x) for k, x in enumerate(below, start=1)}


def mean_value(claim, case, prediction, lie, number):
    law = None if lie is None else lie.law(case, prediction)
    if claim.judge is judge_spread:
        return 0.8
    if claim.judge is judge_every_run:
        room = 0.27 if claim.id == "L.B9.two" else 0.0 if number == 0 else 0.1
        return claim.bounds[0] + room if law is None else law * 1.0001
    if law is not None:
        return law
    if claim.kind is Kind.BOUND:
        low, high = claim.bounds
        if high is None:
            return low + 3 * claim.margin
        return (low + high) / 2 if low is not None else high - 3 * claim.margin
    return prediction.value


def noise(claim, case, prediction, lie):
    """Standard deviation of one run: small against the margin, none where the record is exact."""
    if claim.kind is Kind.IDENTITY or claim.judge in COUNTED:
        return 0.0
    if claim.judge is judge_spread:
        return prediction.value if lie is None else lie.law(case, prediction)
    unit = abs(prediction.value) if prediction.value else 1.0
    return (
        0.02 * claim.margin * (unit if claim.relative or claim.kind in (Kind.EXPONENT, Kind.TREND) else 1.0)
    )


def exact_record(claim):
    """Whether equal numbers in every run are what the claim says."""
    return claim.kind is Kind.IDENTITY or claim.judge in COUNTED


def saying_nothing(claim, record):
    """A record that supports nothing."""
    good = synthetic(claim)
    return {
        "empty": lambda: Sample(cases=(), seeds=(), values=(), predictions=()),
        "one seed": lambda: synthetic(claim, seeds=1),
        "constant": lambda: synthetic(claim, scatter=0.0),
        "nan": lambda: replace(good, values=(math.nan,) * len(good.values)),
        "one nan": lambda: replace(good, values=(math.nan, *good.values[1:])),
        "inf": lambda: replace(good, values=(math.inf, *good.values[1:])),
    }[record]()


def one_step(cell, values, seed=0):
    """Readings of a first step from {(update, observable): value}."""
    placed = {(update, 1, observable): value for (update, observable), value in values.items()}
    return Readings(cell=cell, seed=seed, values=placed)
