"""What the tests of the claims on spike, overlaps and mean field share: synthetic truth and lies of every claim."""

from dataclasses import replace

import numpy as np

from support.claim_records import saying_nothing, synthetic
from verify.judging.claim import Kind
from verify.measurements.spectra import NO_SPIKE, label
from verify.problem.update import adam

DIP = 1.4  # between two modes that far apart the density dips by 0.6
OUTCOMES = (Kind.PROPORTION, Kind.COUNT)  # equal outcomes of every run are what such a claim says


def truth(claim, **options):
    """Runs where the claim is true: around its prediction, or on the right side of its bound or margin."""
    sample = synthetic(_closed(claim), **options)
    if claim.observable.startswith("gap["):  # measured beside it: the matrix without its spike
        beside = {NO_SPIKE + claim.observable: 1.1}
        sample = replace(sample, cases=tuple(replace(case, observed=beside) for case in sample.cases))
    if claim.observable.startswith(
        "valley["
    ):  # the spectra of the same run: one mode at eta = 1, a dip at 10, a gap at 100
        sizes = np.linspace(0.9, 1.1, min(claim.design.cells[0].N, claim.design.cells[0].d))
        modes = {
            1.0: sizes,
            10.0: np.append(sizes[::2], DIP * sizes[1::2]),
            100.0: np.append(sizes[::2], 100.0 * sizes[1::2]),
        }
        beside = {f"s[{label(adam(eta))}][{i}]": v for eta, s in modes.items() for i, v in enumerate(s)}
        sample = replace(sample, cases=tuple(replace(case, observed=beside) for case in sample.cases))
    if claim.kind is Kind.ORDER:
        return _around(sample, 2.0 * claim.margin, claim.margin)
    if claim.kind is Kind.BOUND and claim.bounds[0] is not None:
        return _around(sample, claim.bounds[0] + 0.75 * claim.margin, claim.margin)
    if claim.kind is Kind.BOUND:
        return _around(sample, claim.bounds[1] / 2.0, claim.bounds[1])
    return sample


def where_a_lie_is_true(claim, lie):
    """Runs around what the lie says; outcomes that occur as often as it says."""
    if claim.kind is not Kind.PROPORTION:
        return synthetic(claim, lie=lie)
    sample = synthetic(claim)
    share = lie.law(
        sample.cases[0], sample.predictions[0]
    )  # of the seeds: a seed is one trial, whatever its cells
    return replace(sample, values=tuple(float(seed < share * sample.repeats) for seed in sample.seeds))


def saying_nothing_closed(claim, record):
    """A record that supports nothing."""
    return saying_nothing(_closed(claim), record)


def _closed(claim):
    """With an upper bound, where it has a lower one alone: records are drawn between the two."""
    low, high = claim.bounds
    return claim if low is None or high is not None else replace(claim, bounds=(low, 1.0))


def _around(sample, value, unit):
    rng = np.random.default_rng(1)
    return replace(sample, values=tuple(value + 0.01 * unit * rng.standard_normal() for _ in sample.values))
