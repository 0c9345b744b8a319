"""Synthetic records of the claims on losses: around the truth, around a lie, and records that say nothing."""

import math
from dataclasses import replace

import numpy as np

from verify.judging.claim import Kind
from verify.judging.judges.contrasts import judge_value_across
from verify.judging.sample import Case, Sample
from verify.problem.update import Update

SEEDS = 40


def value_under(claim, case, prediction):
    """What a run reads on average where the claim is true."""
    if claim.kind in (Kind.ORDER, Kind.TREND):
        return (
            9.0 if claim.kind is Kind.TREND else 2.0
        ) * prediction.value  # of a coefficient in [-1, 1]: -0.9
    if claim.kind is Kind.BOUND:
        low, high = claim.bounds
        if None not in (low, high):
            return (low + high) / 2
        return high - 3 * claim.margin if high is not None else low + 3 * claim.margin
    return prediction.value


def synthetic(claim, *, law=None, seeds=SEEDS, scatter=0.02):
    """Runs around the truth, or around `law`; scatter in margins."""
    rng = np.random.default_rng(3)
    cases, numbers, values, predictions = [], [], [], []
    cells = claim.design.cells
    update = claim.design.updates[0] if claim.design.updates else Update()
    for index, cell in enumerate(cells):
        for seed in range(seeds):
            case = Case(problem=claim.design.problem, cell=cell, update=update)
            prediction = claim.predict(case)
            value = value_under(claim, case, prediction)
            if law is not None and claim.judge is judge_value_across:
                value = law(case, prediction) if index else 0.0
            elif law is not None:
                value = law(case, prediction)
            noise = 0.0 if claim.kind is Kind.PROPORTION else scatter * claim.margin * rng.standard_normal()
            if claim.kind is Kind.PROPORTION and law is not None:
                value = float(seed < value * seeds)
            cases.append(case)
            numbers.append(seed)
            value += noise
            values.append(float(np.clip(value, -1.0, 1.0)) if claim.kind is Kind.TREND else value)
            predictions.append(prediction)
    return Sample(
        cases=tuple(cases), seeds=tuple(numbers), values=tuple(values), predictions=tuple(predictions)
    )


def saying_nothing(claim, record):
    """A record that supports nothing."""
    good = synthetic(claim)
    exact = tuple(
        value_under(claim, case, prediction)
        for case, prediction in zip(good.cases, good.predictions, strict=True)
    )
    return {
        "empty": lambda: Sample(cases=(), seeds=(), values=(), predictions=()),
        "one seed": lambda: synthetic(claim, seeds=1),
        "constant": lambda: replace(good, values=exact),
        "nan": lambda: replace(good, values=(math.nan,) * len(exact)),
        "one nan": lambda: replace(good, values=(math.nan, *good.values[1:])),
        "inf": lambda: replace(good, values=(math.inf, *good.values[1:])),
    }[record]()
