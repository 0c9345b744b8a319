"""Synthetic records of the claims on norms: the prediction, or a rival's law, times a run's predicted scatter."""

import math
from dataclasses import replace

import numpy as np

from verify.judging.sample import Case, Sample

OBSERVED = {"readout_sum": 0.0, "zeros": 0.0}


def synthetic(claim, cells=None, *, law=None, seeds=None, spread=None, rng_seed=7) -> Sample:
    """Runs whose values are the prediction (or `law` of case and prediction) times exp(spread * noise)."""
    rng = np.random.default_rng(rng_seed)
    update = claim.design.updates[0]
    rows = [
        (Case(problem=claim.design.problem, cell=cell, update=update, observed=OBSERVED), seed)
        for cell in (claim.design.cells if cells is None else cells)
        for seed in range(claim.seeds if seeds is None else seeds)
    ]
    predictions = tuple(claim.predict(case) for case, _ in rows)
    values = []
    for (case, _), prediction in zip(rows, predictions, strict=True):
        centre = prediction.value if law is None else law(case, prediction)
        sd = prediction.spread / prediction.value if spread is None else spread
        values.append(centre * math.exp(sd * rng.standard_normal()))
    return Sample(
        cases=tuple(case for case, _ in rows),
        seeds=tuple(seed for _, seed in rows),
        values=tuple(values),
        predictions=predictions,
    )


def saying_nothing(claim, record, **where) -> Sample:
    """A record that supports nothing."""
    good = synthetic(claim, **where)
    exact = tuple(prediction.value for prediction in good.predictions)
    count = len(set(good.seeds))
    copied = tuple(
        good.values[i - i % count] for i in range(len(exact))
    )  # one run under every seed of a cell
    values = {
        "constant": exact,
        "nan": (math.nan,) * len(exact),
        "one nan": (math.nan, *good.values[1:]),
        "inf": (math.inf, *good.values[1:]),
        "zero": (0.0,) * len(exact),
        "negative": tuple(-value for value in good.values),
        "copied seeds": copied,
    }
    if record == "empty":
        return Sample(cases=(), seeds=(), values=(), predictions=())
    if record == "one seed":
        return synthetic(claim, **(where | {"seeds": 1}))
    return replace(good, values=values[record])
