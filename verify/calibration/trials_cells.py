"""Trials of the judges that fit a law across cells: exponents, constants, the ray, ordered prediction, lines, rates."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from verify.calibration.trials import Trial, make_claim, sample_from
from verify.calibration.trials_seeds import clears, half_each
from verify.claims.rivals import Law
from verify.judging.claim import Kind
from verify.judging.judges.exponents import judge_constant, judge_exponents
from verify.judging.judges.line import LINE_PARTS, Part, line_judge
from verify.judging.judges.rates import judge_trend, rate_judge
from verify.judging.judges.ray import judge_ordered, judge_ray
from verify.judging.judges.slopes import judge_slope
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.cells import Cell, off_ray, ray
from verify.statistics import estimate_power, exponent_power, group_power, ordered_power, power_value
from verify.statistics.regression import design_matrix

__all__ = ["cell_trials"]

SCATTER = 0.6  # the deviation of log(measured/predicted) in one run is SCATTER/sqrt(d)
SPREAD = 0.025  # the same in every cell, where d is no matter
CELLS, CELL_SEEDS = (*ray((1, 2, 3)), *off_ray()), 3
RATE_CELLS = tuple(Cell(n=2 * d, N=3 * d // 2, d=d) for d in (100, 200, 400))
RATE_SEEDS = 10
SIZES = {name: np.array([float(getattr(c, name)) for c in CELLS]) for name in ("n", "N", "d")}


def cell_trials() -> tuple[Trial, ...]:
    """One trial per judge, and one per coefficient of a line."""
    lines = tuple(_line(part) for part in LINE_PARTS)
    return (_exponents(), _constant(), _ray(), _ordered(), *lines, _trend(), _slope(), _rate())


def _logs(cell: Cell) -> float:
    """log(n N d) less its mean over CELLS: all three exponents at once."""
    centre = float(np.mean([math.log(c.n * c.N * c.d) for c in CELLS]))
    return math.log(cell.n * cell.N * cell.d) - centre


def _spreads(cells: tuple[Cell, ...] = CELLS) -> NDArray[np.float64]:
    """Deviation of log(measured/predicted) in one run, per cell."""
    return np.array([SCATTER * cell.d**-0.5 for cell in cells])


def _scattered(
    cells: tuple[Cell, ...], seeds: int, drift: Callable[[Cell], float]
) -> Callable[[np.random.Generator, float], Sample]:
    """Values exp(offset * drift + normal), predicted to be 1.

    The predicted spread is left out: the judges then weigh cells by d, which is right here, and do not work out the
    design's power for every record.
    """
    means = np.array([drift(cell) for cell in cells])[:, None]
    spreads = _spreads(cells)[:, None]
    predictions = [Prediction(value=1.0)] * len(cells)

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        z = offset * means + spreads * rng.standard_normal((len(cells), seeds))
        return sample_from(cells, np.exp(z), predictions)

    return draw


def _two(drift: Callable[[Cell], float]) -> Law:
    """The lie whose logarithm is twice the drift."""
    return lambda case, prediction: prediction.value * math.exp(2.0 * drift(case.cell))


def _exponents() -> Trial:
    """All three exponents at their margin at once: each interval has a third of the rate."""
    margin = 0.03

    def drift(cell: Cell) -> float:
        return margin * _logs(cell)

    def predicted(rate: float) -> tuple[float, float]:
        true = exponent_power(
            SIZES, spread=_spreads(), seeds=CELL_SEEDS, error_rate=rate, margin=margin
        ).exponents
        # of the lie, the exponent of n alone; the others add to it
        design = design_matrix(
            np.stack([np.ones(len(CELLS)), *(np.log(SIZES[name] / SIZES[name].mean()) for name in SIZES)], axis=1),
            _spreads(),
        )  # fmt: skip
        error = float(design.errors[1]) / math.sqrt(CELL_SEEDS)
        dof = float(len(CELLS) * CELL_SEEDS - design.rank)
        lie = estimate_power(
            margin=margin, standard_error=error, dof=dof, error_rate=rate / 3, offset=2 * margin
        )
        return true, lie[1]

    return Trial(
        name="judge_exponents", design=f"{len(CELLS)} cells of {CELL_SEEDS} seeds, margins {margin}",
        claim=make_claim(Kind.EXPONENT, judge_exponents, margin=margin, lie=lambda c, p: math.exp(_logs(c.cell))),
        draw=_scattered(CELLS, CELL_SEEDS, drift),
        allowed=lambda rate: (rate / 2, rate / 6), predicted=predicted, exact=False,
    )  # fmt: skip


def _constant() -> Trial:
    margin = 0.02

    def predicted(rate: float) -> tuple[float, float]:
        power = exponent_power(
            SIZES, spread=_spreads(), seeds=CELL_SEEDS, error_rate=rate, margin=1.0,
            constant_margin=margin, constant_lies={"the lie": 2 * margin},
        )  # fmt: skip
        return power.constant, power.constant_lies["the lie"]

    return Trial(
        name="judge_constant", design=f"{len(CELLS)} cells of {CELL_SEEDS} seeds, margin {margin}",
        claim=make_claim(Kind.VALUE, judge_constant, margin=margin, lie=_two(lambda cell: margin)),
        draw=_scattered(CELLS, CELL_SEEDS, lambda cell: margin),
        allowed=half_each, predicted=predicted,
    )  # fmt: skip


def _ray() -> Trial:
    """Two ways to refute share the rate: the mean at half of it, the band over the ray's cells at the other half."""
    margin = 0.03
    on_ray = np.array([cell.design == "ray" for cell in CELLS])

    def predicted(rate: float) -> tuple[float, float]:
        def power(at: float, lies: dict[str, float]) -> float:
            return group_power(
                on_ray, SIZES, spread=_spreads(), seeds=CELL_SEEDS, error_rate=at, margin=margin,
                lies=lies,
            )  # fmt: skip

        return power(rate, {}), power(rate / 2, {"the lie": 2 * margin})

    return Trial(
        name="judge_ray", design=f"{on_ray.sum()} of {len(CELLS)} cells, {CELL_SEEDS} seeds, margin {margin}",
        claim=make_claim(Kind.VALUE, judge_ray, margin=margin, lie=_two(lambda cell: margin)),
        draw=_scattered(CELLS, CELL_SEEDS, lambda cell: margin if cell.design == "ray" else 0.0),
        allowed=half_each, predicted=predicted, exact=False,
    )  # fmt: skip


def _ordered() -> Trial:
    """A constant fitted on k <= 5 predicts k = 6 and 7, which are both off by the margin at the edge."""
    margin, seeds, cells = 0.03, 6, ray(range(1, 8))
    spread = _spreads(cells)

    def drift(cell: Cell) -> float:
        return margin if (cell.k or 0) > 5 else 0.0

    def predicted(rate: float) -> tuple[float, float]:
        design = {"first": 5, "spread": spread, "seeds": seeds, "error_rate": rate, "margin": margin}
        lie = np.array([2 * drift(cell) for cell in cells])
        return ordered_power(**design), ordered_power(drift=lie, **design)

    return Trial(
        name="judge_ordered", design=f"k = 1..5 predict 6 and 7, {seeds} seeds, margin {margin}",
        claim=make_claim(Kind.ORDER, judge_ordered, margin=margin, lie=_two(drift)),
        draw=_scattered(cells, seeds, drift),
        allowed=lambda rate: (rate / 2, rate / 4), predicted=predicted, exact=False,
    )  # fmt: skip


def _line_columns(part: Part, cells: tuple[Cell, ...]) -> NDArray[np.float64]:
    """The coefficient's own column and, but for the slope, a constant: written out again, not taken from the judge."""
    s = np.array([math.sqrt(cell.N * cell.d) for cell in cells])
    own = {"slope": np.ones_like(s), "intercept": s[0] / s, "curvature": s / s[-1] - 1.0}[part]
    return own[:, None] if part == "slope" else np.stack([np.ones_like(s), own], axis=1)


def _line(part: Part) -> Trial:
    """measured/predicted = 1 + offset * margin * (the coefficient's column)."""
    margin, seeds, cells, spread = (0.02 if part == "slope" else 0.08), 4, ray(range(1, 6)), SPREAD
    columns = _line_columns(part, cells)
    own = dict(zip(cells, columns[:, -1], strict=True))
    norms = np.array([math.sqrt(cell.N * cell.d) for cell in cells])

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        mean = 1.0 + offset * margin * columns[:, -1:]
        values = norms[:, None] * (mean + spread * rng.standard_normal((len(cells), seeds)))
        return sample_from(cells, values, [Prediction(value=v, spread=spread * v) for v in norms])

    def predicted(rate: float) -> tuple[float, float]:
        design = design_matrix(columns, np.full(len(cells), spread))
        given = {
            "margin": margin, "standard_error": float(design.errors[-1]) / math.sqrt(seeds),
            "dof": float(len(cells) * seeds - design.rank), "error_rate": rate,
        }  # fmt: skip
        return estimate_power(**given)[0], estimate_power(offset=2 * margin, **given)[1]

    return Trial(
        name=f"line_judge({part})", design=f"{len(cells)} cells of {seeds} seeds, margin {margin}",
        claim=make_claim(
            Kind.VALUE, line_judge(part), margin=margin,
            lie=lambda case, p: p.value * (1.0 + 2 * margin * own[case.cell]),
        ),
        draw=draw, allowed=half_each, predicted=predicted,
    )  # fmt: skip


def _along_d(drift: float, start: float = 0.0, spread: float = SPREAD) -> Callable[..., Sample]:
    """Values d**start * (d/largest d)**(offset * drift) with scatter, predicted to be d**start."""
    d = np.array([float(cell.d) for cell in RATE_CELLS])[:, None]
    predictions = [Prediction(value=cell.d**start, spread=spread * cell.d**start) for cell in RATE_CELLS]

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        noise = spread * rng.standard_normal((len(RATE_CELLS), RATE_SEEDS))
        return sample_from(
            RATE_CELLS, np.exp(start * np.log(d) + offset * drift * np.log(d / d.max()) + noise), predictions
        )

    return draw


def _slope_spread(spread: float = SPREAD) -> float:
    """Standard deviation of one seed's least-squares slope on log d."""
    x = np.log([float(cell.d) for cell in RATE_CELLS])
    return spread / float(np.sqrt(np.sum((x - x.mean()) ** 2)))


RATE_MARGIN = 1.2 * _slope_spread()


def _trend() -> Trial:
    """A rise of twice the margin where the claim is true, of the margin at the edge, none for the lie."""

    def predicted(rate: float) -> tuple[float, float]:
        power = clears(rate, distance=1.2, repeats=RATE_SEEDS)
        return power, power

    return Trial(
        name="judge_trend", design=f"3 sizes of {RATE_SEEDS} seeds, margin 1.2 sd of a slope",
        claim=make_claim(Kind.TREND, judge_trend, margin=RATE_MARGIN, lie=lambda case, p: 1.0),
        draw=_along_d(-RATE_MARGIN, start=2 * RATE_MARGIN), allowed=half_each, predicted=predicted,
    )  # fmt: skip


def _slope() -> Trial:
    def predicted(rate: float) -> tuple[float, float]:
        design = {
            "margin": RATE_MARGIN, "spread": _slope_spread(), "repeats": RATE_SEEDS, "error_rate": rate,
        }  # fmt: skip
        return power_value(**design), power_value(lie=2 * RATE_MARGIN, **design)

    return Trial(
        name="judge_slope", design=f"3 sizes of {RATE_SEEDS} seeds, margin 1.2 sd of a slope",
        claim=make_claim(
            Kind.EXPONENT, judge_slope, margin=RATE_MARGIN, lie=lambda c, p: p.value * c.cell.d ** (2 * RATE_MARGIN)
        ),
        draw=_along_d(RATE_MARGIN, start=-0.5), allowed=half_each, predicted=predicted,
    )  # fmt: skip


def _rate() -> Trial:
    """Slope and last value, half of the rate each, both off by their margins at the edge."""
    last = 1.2 * SPREAD
    d = np.array([float(cell.d) for cell in RATE_CELLS])[:, None]
    predictions = [Prediction(value=cell.d**-0.5, spread=SPREAD * cell.d**-0.5) for cell in RATE_CELLS]

    def draw(rng: np.random.Generator, offset: float) -> Sample:
        noise = SPREAD * rng.standard_normal((len(RATE_CELLS), RATE_SEEDS))
        law = d**-0.5 * (d / d.max()) ** (offset * RATE_MARGIN)
        # the scatter of a logarithm moves the mean of the value by half its square
        return sample_from(
            RATE_CELLS, law * (1.0 + offset * last) * np.exp(noise - SPREAD**2 / 2), predictions
        )

    def predicted(rate: float) -> tuple[float, float]:
        """Both parts: at least the sum of the two chances less one; either part: at least the better chance."""
        parts = [(RATE_MARGIN, _slope_spread()), (last, SPREAD)]
        design = {"repeats": RATE_SEEDS, "error_rate": rate / 2}
        true = [power_value(margin=m, spread=s, **design) for m, s in parts]
        lies = [power_value(margin=m, spread=s, lie=2 * m, **design) for m, s in parts]
        return max(sum(true) - 1.0, 0.0), max(lies)

    def lie(case: Case, prediction: Prediction) -> float:
        return prediction.value * (1 + 2 * last) * (case.cell.d / float(d.max())) ** (2 * RATE_MARGIN)

    return Trial(
        name="judge_rate", design=f"3 sizes of {RATE_SEEDS} seeds, margins 1.2 sd",
        claim=make_claim(Kind.EXPONENT, rate_judge(last), margin=RATE_MARGIN, lie=lie),
        draw=draw, allowed=lambda rate: (rate / 2, rate / 4), predicted=predicted, exact=False,
    )  # fmt: skip
