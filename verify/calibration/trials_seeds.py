"""Trials of the judges that take one number per seed: means, shares, counts, spreads, distributions, looks."""

import math

import numpy as np
from scipy import optimize, special, stats

from verify.calibration.trials import ONE, Trial, case_at, make_claim, repeated, sample_from
from verify.judging.claim import Kind
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.contrasts import judge_order_across
from verify.judging.judges.count import judge_count
from verify.judging.judges.distribution import distribution_judge
from verify.judging.judges.order import judge_order
from verify.judging.judges.proportion import judge_proportion
from verify.judging.judges.spread import judge_spread, spread_power
from verify.judging.judges.value import judge_value
from verify.judging.sample import Prediction, Sample
from verify.problem.cells import Cell
from verify.statistics import kolmogorov_radius, power_value, proportion_power
from verify.statistics.distributions import GRID

__all__ = ["clears", "half_each", "seed_trials"]

SEEDS = 10
MARGIN = 1.2  # standard deviations of one run: power near 0.9 at 0.05, near 0.4 at 0.01, where errors show
SHARES = 100  # seeds of a proportion
SHARE = 0.2  # its margin
DRAWS = (500, 4)  # of a distribution: per seed, and seeds
DISTANCE = 0.06
SPREAD_SEEDS, SPREAD_MARGIN = 60, 0.4


def half_each(rate: float) -> tuple[float, float]:
    """A false finding of either kind has half the rate: docs/statistics.md, after eq. (4)."""
    return rate / 2, rate / 2


def clears(rate: float, *, distance: float, repeats: int) -> float:
    """P(a Student interval lies wholly on one side of a number `distance` standard deviations off its mean)."""
    dof = repeats - 1
    return float(stats.nct.sf(stats.t.isf(rate / 2, dof), dof, distance * math.sqrt(repeats)))


def seed_trials() -> tuple[Trial, ...]:
    """One trial per judge."""
    return (
        _value(),
        _bound(),
        _order(),
        _order_across(),
        _proportion(),
        _count(),
        _distribution(),
        _spread(),
    )


def _value() -> Trial:
    prediction = Prediction(value=5.0, spread=1.0)

    def predicted(rate: float) -> tuple[float, float]:
        design = {"margin": MARGIN, "spread": 1.0, "repeats": SEEDS, "error_rate": rate}
        return power_value(**design), power_value(lie=2 * MARGIN, **design)

    return Trial(
        name="judge_value", design=f"{SEEDS} seeds, margin {MARGIN} sd",
        claim=make_claim(Kind.VALUE, judge_value, margin=MARGIN, lie=lambda c, p: p.value + 2 * MARGIN),
        draw=lambda rng, offset: repeated(5.0 + offset * MARGIN + rng.standard_normal(SEEDS), prediction),
        allowed=half_each, predicted=predicted,
    )  # fmt: skip


def _one_sided(rate: float) -> tuple[float, float]:
    power = clears(rate, distance=MARGIN, repeats=SEEDS)
    return power, power


def _bound() -> Trial:
    """Truth MARGIN above a lower bound of 0 where the claim is true, on it at the edge, as far below it for the lie."""
    return Trial(
        name="judge_bound", design=f"{SEEDS} seeds, {MARGIN} sd from the bound",
        claim=make_claim(
            Kind.BOUND, judge_bound, margin=0.1, lie=lambda c, p: -MARGIN, bounds=(0.0, None)
        ),
        draw=lambda rng, offset: repeated((1.0 - offset) * MARGIN + rng.standard_normal(SEEDS)),
        allowed=half_each, predicted=_one_sided,
    )  # fmt: skip


def _order() -> Trial:
    """A contrast of twice the margin where the claim is true, the margin itself at the edge, none for the lie."""
    return Trial(
        name="judge_order", design=f"{SEEDS} seeds, margin {MARGIN} sd",
        claim=make_claim(Kind.ORDER, judge_order, margin=MARGIN, lie=lambda c, p: 0.0),
        draw=lambda rng, offset: repeated((2.0 - offset) * MARGIN + rng.standard_normal(SEEDS), 2 * MARGIN),
        allowed=half_each, predicted=_one_sided,
    )  # fmt: skip


def _order_across() -> Trial:
    first, second = ONE, Cell(n=800, N=600, d=400)

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        shared = 5.0 * rng.standard_normal(SEEDS)  # what the two cells of a seed have in common cancels
        contrast = (2.0 - offset) * MARGIN + rng.standard_normal(SEEDS)
        return sample_from([first, second], np.stack([shared, shared + contrast]), [1.0, 1.0 + 2 * MARGIN])

    return Trial(
        name="judge_order_across", design=f"{SEEDS} seeds of two cells, margin {MARGIN} sd of the difference",
        claim=make_claim(Kind.ORDER, judge_order_across, margin=MARGIN, lie=lambda c, p: 0.0),
        draw=draw, allowed=half_each, predicted=_one_sided,
    )  # fmt: skip


def _share(offset: float) -> float:
    """0.93 where the claim is true, 1 - margin at the edge, 0.6 for the lie."""
    return float(np.interp(offset, [0.0, 1.0, 2.0], [0.93, 1.0 - SHARE, 1.0 - 2 * SHARE]))


def _share_power(rate: float) -> tuple[float, float]:
    design = {"trials": SHARES, "error_rate": rate, "lower": 1.0 - SHARE}
    return proportion_power(_share(0.0), **design)[0], proportion_power(_share(2.0), **design)[1]


def _proportion() -> Trial:
    return Trial(
        name="judge_proportion", design=f"{SHARES} seeds, share of at least {1 - SHARE}",
        claim=make_claim(Kind.PROPORTION, judge_proportion, margin=SHARE, lie=lambda c, p: 0.6),
        draw=lambda rng, offset: repeated((rng.random(SHARES) < _share(offset)).astype(float), 1.0),
        allowed=half_each, predicted=_share_power,
    )  # fmt: skip


def _count() -> Trial:
    def draw(rng: np.random.Generator, offset: float) -> Sample:
        other = rng.choice([0.0, 2.0], SHARES)
        return repeated(np.where(rng.random(SHARES) < _share(offset), 1.0, other), 1.0)

    return Trial(
        name="judge_count", design=f"{SHARES} seeds, share of at least {1 - SHARE}",
        claim=make_claim(Kind.COUNT, judge_count, margin=SHARE, lie=lambda c, p: 0.0),
        draw=draw, allowed=half_each, predicted=_share_power,
    )  # fmt: skip


def _distribution() -> Trial:
    """Normal draws moved so that their law lies `offset` margins from the claimed one at the quantiles compared."""
    per_seed, seeds = DRAWS
    quantiles = special.ndtri(np.arange(1, GRID) / GRID)

    def moved(distance: float) -> float:
        def gap(shift: float) -> float:
            return float(np.max(special.ndtr(quantiles) - special.ndtr(quantiles - shift)) - distance)

        return 0.0 if distance == 0.0 else float(optimize.brentq(gap, 0.0, 3.0))

    shifts = {offset: moved(offset * DISTANCE) for offset in (0.0, 1.0, 2.0)}

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        cases = []
        for values in np.sort(rng.standard_normal((seeds, per_seed)) + shifts[offset], axis=1):
            below = np.searchsorted(values, quantiles, side="right") / per_seed
            cases.append(
                case_at(observed={f"value[{k}]": float(share) for k, share in enumerate(below, start=1)})
            )
        return Sample(
            cases=tuple(cases), seeds=tuple(range(seeds)), values=(float(per_seed),) * seeds,
            predictions=(Prediction(value=0.0),) * seeds,
        )  # fmt: skip

    def predicted(rate: float) -> tuple[float, float]:
        draws = per_seed * seeds
        room = DISTANCE - kolmogorov_radius(draws, error_rate=rate)
        least = float(stats.kstwo.cdf(room, draws))
        return least, least

    judge = distribution_judge({"the lie": lambda x: special.ndtr(x - shifts[2.0])})
    return Trial(
        name="distribution_judge", design=f"{per_seed * seeds} draws of {seeds} seeds, margin {DISTANCE}",
        claim=make_claim(Kind.DISTRIBUTION, judge, margin=DISTANCE, lie=lambda c, p: 1.0),
        draw=draw, allowed=lambda rate: (rate, rate), predicted=predicted, exact=False,
    )  # fmt: skip


def _spread() -> Trial:
    def predicted(rate: float) -> tuple[float, float]:
        dof = SPREAD_SEEDS - 1
        least = (1 + SPREAD_MARGIN) ** 2 / (1 + 2 * SPREAD_MARGIN) ** 2 * stats.chi2.isf(rate / 2, dof)
        supported = spread_power(SPREAD_SEEDS, margin=SPREAD_MARGIN, error_rate=rate)
        return supported, float(stats.chi2.sf(least, dof))

    return Trial(
        name="judge_spread", design=f"{SPREAD_SEEDS} seeds, margin {SPREAD_MARGIN} of the deviation",
        claim=make_claim(
            Kind.VALUE, judge_spread, margin=SPREAD_MARGIN, lie=lambda c, p: (1 + 2 * SPREAD_MARGIN) * p.value
        ),
        draw=lambda rng, offset: repeated(
            (1 + offset * SPREAD_MARGIN) * rng.standard_normal(SPREAD_SEEDS), 1.0
        ),
        allowed=half_each, predicted=predicted,
    )  # fmt: skip
