"""Judges of distributions, counts and spreads, and of inequalities that every run must respect."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from verify import statistics as st
from verify.claim import Claim, Control, Finding, Sample, Verdict
from verify.judges import make_finding, unjudged
from verify.judges_seeds import held_by_seed
from verify.lies import check_lies

__all__ = [
    "GRID",
    "distribution_judge",
    "judge_count",
    "judge_count_always",
    "judge_every_run",
    "judge_spread",
    "spread_power",
]

GRID = 64  # distributions are compared at the quantiles 1/64 .. 63/64 of the claimed law
Cdf = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def distribution_judge(rivals: Mapping[str, Cdf]) -> Callable[[Claim, Sample], Finding]:
    """Kind distribution: the largest difference of distribution functions at the claimed quantiles is below the margin.

    Parameters
    ----------
    rivals : mapping of a lie's name to its distribution function, in units of the claimed law's deviation

    Notes
    -----
    A run's value is its number of independent draws; `<observable>[k]` beside it is the share of them below the
    claimed quantile k/64. Seeds are pooled; the radius is Kolmogorov's for as many draws (exact for the supremum over
    all points, so conservative for 63 of them). docs/statistics.md, eq. (20).
    """
    return partial(_judge_distribution, rivals=rivals)


def _judge_distribution(claim: Claim, sample: Sample, *, rivals: Mapping[str, Cdf]) -> Finding:
    from scipy import special

    if not sample.values or sample.repeats < 2:
        return unjudged(claim, sample, "needs at least 2 seeds")
    draws = np.array(sample.values)
    missing = math.nan
    shares = np.array(
        [
            [case.observed.get(f"{claim.observable}[{k}]", missing) for k in range(1, GRID)]
            for case in sample.cases
        ]
    )
    if not (np.isfinite(draws).all() and (draws >= 2).all() and np.isfinite(shares).all()):
        return unjudged(claim, sample, "a run gave no numbers")
    if sample.repeats > 1 and bool(np.all(shares == shares[0])):
        return unjudged(claim, sample, "every run drew the same numbers")
    found = draws @ shares / draws.sum()
    levels = np.arange(1, GRID) / GRID
    radius = st.kolmogorov_radius(int(draws.sum()), error_rate=claim.error_rate)
    interval = _around_distance(found, levels, radius, int(draws.sum()))
    quantiles = special.ndtri(levels)
    controls = [
        Control(
            lie=name,
            verdict=st.judge_bound(
                _around_distance(found, np.asarray(cdf(quantiles)), radius, int(draws.sum())),
                upper=claim.margin,
            ),
        )
        for name, cdf in rivals.items()
    ]
    return make_finding(
        claim, sample, st.judge_bound(interval, upper=claim.margin), controls,
        predicted=0.0, estimate=interval.estimate, interval=(interval.low, interval.high),
        power=_distribution_power(
            int(draws.sum()), claim.margin, radius,
            [float(np.max(np.abs(np.asarray(cdf(quantiles)) - levels))) for cdf in rivals.values()],
        ),
        note=f"Kolmogorov distance at 63 quantiles, {int(draws.sum())} draws",
    )  # fmt: skip


def _distribution_power(draws: int, margin: float, radius: float, rivals: Sequence[float]) -> float:
    """Least chance that the claimed law is supported (the sample's distance from it stays below margin - radius), and
    that a rival at such a distance is refuted (the sample's distance from the claimed law stays below what is left).
    """
    from scipy import stats

    rooms = [margin - radius, *(distance - radius - margin for distance in rivals)]
    return 0.0 if min(rooms) <= 0 else float(1.0 - stats.kstwo.sf(min(rooms), draws))


def _around_distance(found: NDArray, claimed: NDArray, radius: float, draws: int) -> st.Interval:
    distance = float(np.max(np.abs(found - claimed)))
    return st.Interval(
        estimate=distance, standard_error=math.nan, low=max(0.0, distance - radius), high=distance + radius,
        repeats=draws, dof=math.nan,
    )  # fmt: skip


def judge_count(claim: Claim, sample: Sample) -> Finding:
    """Kind count: the count is the predicted one in a share of at least 1 - margin of the seeds (Clopper-Pearson).

    With several cells a seed counts where every cell shows its count. A lie is another count, refuted when the share
    of seeds that show it lies below 1 - margin.
    """
    return _judge_count(claim, sample, exceptions=True)


def judge_count_always(claim: Claim, sample: Sample) -> Finding:
    """Kind count: every run shows the predicted count. One that does not refutes, however many do; see `judge_count`."""
    return _judge_count(claim, sample, exceptions=False)


def _judge_count(claim: Claim, sample: Sample, *, exceptions: bool) -> Finding:
    if not sample.values or sample.repeats < 2:
        return unjudged(claim, sample, "needs at least 2 seeds")
    values = np.array(sample.values)
    if not (np.isfinite(values).all() and (values >= 0).all()):
        return unjudged(claim, sample, "a run gave no count")
    expected = np.array([prediction.value for prediction in sample.predictions])

    def share(counts: NDArray) -> st.Interval:
        shown, seeds = held_by_seed(sample.seeds, np.abs(values - counts) < 0.5)
        return st.clopper_pearson(shown, seeds, error_rate=claim.error_rate)

    interval, least = share(expected), 1.0 - claim.margin
    controls, same = [], []
    for lie in claim.lies:
        counts = np.array([lie.law(c, p) for c, p in zip(sample.cases, sample.predictions, strict=True)])
        if (counts == expected).all():
            same.append(lie.name)
        controls.append(Control(lie=lie.name, verdict=st.judge_bound(share(counts), lower=least)))
    check_lies(claim, dict.fromkeys(same, (0.0,)))
    power = min(
        st.proportion_power(shown, trials=sample.repeats, error_rate=claim.error_rate, lower=least)[side]
        for shown, side in ((1.0, 0), (0.0, 1))  # every run shows the count, and so none shows a lie's
    )
    broken = not exceptions and interval.estimate < 1.0
    return make_finding(
        claim, sample, Verdict.REFUTED if broken else st.judge_bound(interval, lower=least), controls,
        predicted=1.0, estimate=interval.estimate, interval=(interval.low, interval.high), power=power,
        repeats_needed=math.ceil(math.log(claim.error_rate / 2) / math.log(least)),
        note=f"share of seeds with the count {_range(expected)}; counts were {_range(values)}",
    )  # fmt: skip


def _range(values: NDArray) -> str:
    low, high = float(np.min(values)), float(np.max(values))
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def judge_spread(claim: Claim, sample: Sample) -> Finding:
    """Kind value: the standard deviation over seeds is the predicted one within the margin, a share of it.

    Chi-square interval of the sample variance (docs/statistics.md, eq. 3), one cell. A lie is another deviation.
    """
    if not sample.values or sample.repeats < 2:
        return unjudged(claim, sample, "needs at least 2 seeds")
    if len({case.cell for case in sample.cases}) != 1:
        return unjudged(claim, sample, "a spread is that of one cell")
    predicted = float(np.mean([prediction.value for prediction in sample.predictions]))
    interval = st.spread_interval(sample.values, error_rate=claim.error_rate)
    room = claim.margin * predicted
    laws = {
        lie.name: float(
            np.mean([lie.law(c, p) for c, p in zip(sample.cases, sample.predictions, strict=True)])
        )
        for lie in claim.lies
    }
    shares = {name: law / predicted for name, law in laws.items()}
    check_lies(claim, {name: (share - 1.0,) for name, share in shares.items()})
    controls = [
        Control(lie=name, verdict=st.judge_value(interval, predicted=law, margin=room))
        for name, law in laws.items()
    ]
    design: dict[str, float] = dict(margin=claim.margin, error_rate=claim.error_rate)
    against = [spread_power(sample.repeats, lie=share, **design) for share in shares.values()]
    return make_finding(
        claim, sample, st.judge_value(interval, predicted=predicted, margin=room), controls,
        predicted=predicted, estimate=interval.estimate, standard_error=interval.standard_error,
        interval=(interval.low, interval.high) if interval.usable else None,
        power=min([spread_power(sample.repeats, **design), *against]),
    )  # fmt: skip


def spread_power(repeats: int, *, margin: float, error_rate: float, lie: float | None = None) -> float:
    """P(SUPPORTED) of a true standard deviation, judged within a share `margin` of it; P(REFUTED) of a `lie` times it.

    docs/statistics.md, eq. (3).
    """
    from scipy import special

    dof = repeats - 1
    upper, lower = special.chdtri(dof, error_rate / 2), special.chdtri(dof, 1 - error_rate / 2)
    if lie is not None:  # refuted when the interval ends below lie - margin, or begins above lie + margin
        ends_below = special.chdtr(dof, max(lie - margin, 0.0) ** 2 * lower)
        return float(ends_below + special.chdtrc(dof, (lie + margin) ** 2 * upper))
    # supported when s sqrt(dof/upper) >= 1 - margin and s sqrt(dof/lower) <= 1 + margin; dof s^2 is chi-square
    least, most = (1 - margin) ** 2 * upper, (1 + margin) ** 2 * lower
    return float(max(special.chdtr(dof, most) - special.chdtr(dof, least), 0.0))


def judge_every_run(claim: Claim, sample: Sample) -> Finding:
    """Kind bound, deterministic: every run respects `claim.bounds`, one that does not refutes.

    The prediction's spread is the tolerance of rounding. A lie is a sharper lower bound (upper, where there is no
    lower one), refuted by one run that breaks it. As an identity it may be judged on one run and on runs that all
    give one number: a theorem's equality case does.
    """
    values = np.array(sample.values)
    if values.size == 0 or not np.isfinite(values).all():
        return unjudged(claim, sample, "no runs" if values.size == 0 else "a run gave no number")
    low, high = claim.bounds
    room = np.array([prediction.spread for prediction in sample.predictions])
    if not np.isfinite(room).all():
        return unjudged(claim, sample, "the prediction names no tolerance of rounding")
    below = np.zeros(values.shape, bool) if low is None else values < low - room
    above = np.zeros(values.shape, bool) if high is None else values > high + room
    controls = []
    for lie in claim.lies:
        laws = np.array([lie.law(c, p) for c, p in zip(sample.cases, sample.predictions, strict=True)])
        broken = values < laws - room if low is not None else values > laws + room
        controls.append(
            Control(lie=lie.name, verdict=Verdict.REFUTED if broken.any() else Verdict.INCONCLUSIVE)
        )
    verdict = Verdict.REFUTED if (below | above).any() else Verdict.SUPPORTED
    return make_finding(
        claim, sample, verdict, controls, predicted=low if low is not None else high,
        estimate=float(values.min() if low is not None else values.max()), standard_error=0.0, power=1.0,
        note="the run nearest the bound",
    )  # fmt: skip
