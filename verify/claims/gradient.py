"""Claims on the first gradient: the split (eq. 20), Lemmas B.4, B.5, B.9 and Proposition B.6, literally and as predicted."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from verify.claim import Case, Claim, Kind, Lie, Prediction
from verify.claims.gradient_measures import FORSTER, SPLIT, ZEROS
from verify.claims.gradient_rank_one import rank_one_claims, residual_error
from verify.claims.losses_common import finite_size
from verify.claims.shared import SMALL, default_problem, ladder, main_cell
from verify.designs import Cell
from verify.judges import judge_identity
from verify.judges_more import judge_count_always, judge_every_run
from verify.judges_seeds import judge_bound, judge_exact, judge_value
from verify.problem import Problem
from verify.study import Design, Readings

__all__ = ["claims", "sign_agreement_spread"]

CELL_SEEDS = 40
COUNT_SEEDS = 20
FORSTER_CELL = Cell(n=256, N=60, d=40, design="small")


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """Every claim of this subject; `quick` at the same ratios with d = 200 and below."""
    return (
        *_split_claims(quick),
        *rank_one_claims(default_problem(), ladder(quick)),
        *_sign_claims(quick),
        *_zero_claims(quick),
        *_forster_claims(),
    )


def _gradient_design(cells: tuple[Cell, ...], *, paired: bool = False) -> Design:
    return Design(problem=default_problem(), cells=cells, groups=("gradient",), paired=paired)


def _custom_design(cell: Cell, custom: str) -> Design:
    return Design(problem=default_problem(), cells=(cell,), groups=("custom",), custom=custom, paired=True)


def _lie(name: str, law: Callable[[Case, Prediction], float]) -> Lie:
    return Lie(name=name, law=law)


# -- eq. 20 -----------------------------------------------------------------------------------------------------------


def _split_claims(quick: bool) -> tuple[Claim, ...]:
    split = Claim(
        id="E.20",
        statement="G_0 is the sum of its parts along mu_1 and along sigma' - mu_1 (1 + relative distance is 1)",
        source="eq. 20",
        reading="float64, both parts formed from the samples",
        kind=Kind.IDENTITY,
        observable="split_distance",
        predict=_split_value,
        judge=judge_identity,
        margin=0.0,
        margin_reason="an identity: rounding of sums over samples, neurons and inputs",
        lies=(
            _lie("mu_1 0.1 % off in one part", lambda case, pred: 1.0 + 1e-3 * case.observed["split_signal"]),
            _lie("mu_1 = sigma'(0) in one part",
                 lambda case, pred: 1.0 + (1 / case.observed["split_mu_1"] - 1) * case.observed["split_signal"]),
            _lie("the mean not taken out of sigma'", lambda case, pred: 1.0 + case.observed["split_signal"]),
        ),
        seeds=5,
        design=_custom_design(SMALL, SPLIT),
    )  # fmt: skip
    stein = Claim(
        id="E.20.Stein",
        statement="mu_1 = E sigma'(z) = E[z sigma(z)] = 0.605706 for tanh",
        source="eq. 20; Stein's identity",
        kind=Kind.EXACT,
        observable="stein_identity",
        predict=lambda case: Prediction(value=float(_stein("c_1")), flags=_route()),
        judge=judge_exact,
        margin=0.0,
        margin_reason="two enclosures of one number must meet",
        lies=(
            _lie("E sigma' = sqrt(E sigma^2)", lambda case, pred: float(_stein("q"))),
            _lie("E sigma' = sigma'(0) = 1", lambda case, pred: float(_stein("one"))),
        ),
    )
    return (split, _mean_slope(), stein)


def _mean_slope() -> Claim:
    """The split holds with any number in place of mu_1; this one does not."""
    value = default_problem().signal_noise(SMALL).student.mu_1
    return Claim(
        id="E.20.mu_1",
        statement=f"the mean of sigma' over neurons and samples is mu_1 = E sigma'(z), {value:.4f}",
        source="eq. 20",
        reading=f"the run's own slopes; {SMALL.label}",
        kind=Kind.VALUE,
        observable="mean_slope",
        predict=lambda case: Prediction(value=value),
        judge=judge_value,
        margin=0.01,
        margin_reason="1.7 % of mu_1: rows of W_0 have |w|^2/d = 1 +- sqrt(2/d), which moves the mean by 0.002 here",
        lies=(
            _lie("mu_1 = 1 = sigma'(0)", lambda case, pred: 1.0),
            _lie("sqrt(E sigma'^2) for E sigma'", lambda case, pred: _root_mean_square_slope()),
            _lie("5 % more", lambda case, pred: 1.05 * pred.value),
        ),
        seeds=20,
        design=_custom_design(SMALL, SPLIT),
    )


@lru_cache(maxsize=1)
def _root_mean_square_slope() -> float:
    from theory.activations import named
    from theory.quadrature import moment

    slope = named("tanh").derivative
    return math.sqrt(moment(lambda z: slope(z) ** 2).value)


def _split_value(case: Case) -> Prediction:
    from verify.statistics import reduction_tolerance

    room = reduction_tolerance(dtype="float64", length=case.cell.n + case.cell.N + case.cell.d, scale=2.0)
    return Prediction(value=1.0, spread=room)


@lru_cache(maxsize=4)
def _stein(rival: str) -> bool:
    """Whether mu_1 of tanh equals the rival: by enclosures where there are balls, else to 1e-9."""
    from theory.activations import named
    from theory.quadrature import moment

    f = named("tanh")
    slope = moment(f.derivative)
    other = {
        "c_1": lambda: moment(lambda z: z * f.value(z)).value,
        "q": lambda: math.sqrt(moment(lambda z: f.value(z) ** 2).value),
        "one": lambda: 1.0,
    }[rival]()
    close = abs(slope.value - other) <= 1e-9
    if rival != "c_1" or not _balls():
        return close
    from theory.balls import moment_ball

    one, two = moment_ball("tanh", "mu_1"), moment_ball("tanh", "c_1")
    return close and abs(one.middle - two.middle) <= one.radius + two.radius


def _balls() -> bool:
    try:
        import flint  # noqa: F401
    except ImportError:
        return False
    return True


def _route() -> tuple[str, ...]:
    return () if _balls() else ("by quadrature: evidence, no enclosure, without python-flint",)


# -- Lemma B.5 --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _agreement(problem: Problem, cell: Cell) -> tuple[float, float]:
    from theory.sign_update import sign_agreement_refined

    sn = problem.signal_noise(cell)
    return sign_agreement_refined(sn), sign_agreement_spread(sn.kappa, _spread_of_c(problem, cell))


@lru_cache(maxsize=16)
def _spread_of_c(problem: Problem, cell: Cell) -> float:
    from theory.sign_update import sign_norm_spread

    return sign_norm_spread(problem.signal_noise(cell))


def sign_agreement_spread(kappa: float, spread_of_c: float) -> float:
    """Deviation of the agreement in one run, as far as it moves with c: both are functions of kappa."""
    from theory.sign_update import sign_agreement, sign_norm_ratio

    step = 1e-4 * kappa
    agreement = float(sign_agreement(kappa + step) - sign_agreement(kappa - step))
    return spread_of_c * abs(agreement / float(sign_norm_ratio(kappa + step) - sign_norm_ratio(kappa - step)))


def _sign_claims(quick: bool) -> tuple[Claim, ...]:
    cell = main_cell(quick)
    design = _gradient_design((cell,), paired=True)
    literal = Claim(
        id="L.B5",
        statement="every entry of G_0 has the sign of its rank-one approximation: the share of equal signs is 1",
        source="Lemma B.5, eq. 22",
        reading="literally, A from the residuals",
        kind=Kind.IDENTITY,
        observable="sign_agreement_residual",
        predict=lambda case: Prediction(value=1.0, spread=0.0),
        judge=judge_identity,
        margin=0.0,
        margin_reason="every entry: no margin",
        lies=(_lie("signs as good as independent: 1/2", lambda case, pred: 0.5),),
        seeds=CELL_SEEDS,
        design=design,
    )
    agreement = Claim(
        id="L.B5.agreement",
        statement="the share of equal signs is E[1/2 + atan(kappa_i)/pi]",
        source="docs/derivations/sign_update.md, sign-6",
        reading="A from the residuals",
        kind=Kind.PROPORTION,
        observable="sign_agreement_residual",
        predict=lambda case: Prediction(value=_agreement(case.problem, case.cell)[0],
                                        spread=_agreement(case.problem, case.cell)[1]),
        judge=judge_value,
        margin=0.01,
        margin_reason="one entry in a hundred; the refinement by rows is good to that down to d = 100",
        lies=(
            _lie("every sign equal", lambda case, pred: 1.0),
            _lie("the signal counted twice: kappa sqrt 2", lambda case, pred: _other_kappa(case, math.sqrt(2))),
            _lie("a quarter of the samples", lambda case, pred: _agreement(case.problem, _fewer(case))[0]),
        ),
        seeds=2 * CELL_SEEDS if quick else CELL_SEEDS,
        design=design,
    )  # fmt: skip
    return (literal, agreement, *_entry_claims(cell, design))


def _fewer(case: Case) -> Cell:
    return Cell(n=case.cell.n // 4, N=case.cell.N, d=case.cell.d)


def _other_kappa(case: Case, factor: float) -> float:
    from theory.sign_update import sign_agreement

    return float(sign_agreement(factor * case.problem.signal_noise(case.cell).kappa))


def _entry_ratio(readings: Readings) -> float:
    """||G_0 - A||_2 over the median |A_ij|."""
    distance = readings.value("rank_one_distance_residual") * readings.value("gradient_operator_norm")
    return distance / readings.value("rank_one_median_residual")


@lru_cache(maxsize=1)
def _median_of_product() -> float:
    """Median of |g h| for independent normals: P(|g h| <= m) = (2/pi) int_0^m K_0 = 1/2."""
    from scipy import optimize, special

    return float(optimize.brentq(lambda m: 2.0 / math.pi * special.iti0k0(m)[1] - 0.5, 0.01, 2.0))


def _predicted_entry_ratio(case: Case) -> Prediction:
    """error sqrt(N d)/median |g h|, since |A_ij| = (||A||_2/sqrt(N d)) |g h|."""
    error = residual_error(case)
    scale = math.sqrt(case.cell.N * case.cell.d) / _median_of_product()
    return Prediction(value=error.value * scale, flags=error.flags)


def _entry_claims(cell: Cell, design: Design) -> tuple[Claim, ...]:
    step = Claim(
        id="L.B5.entries",
        statement="||G_0 - A||_2 is below |A_ij|, as the proof takes it: already below the median |A_ij|",
        source="Lemma B.5, eqs. 23-25",
        reading="A from the residuals; ratio to the median entry",
        kind=Kind.BOUND,
        observable="norm_over_median_entry",
        predict=lambda case: Prediction(value=1.0),
        judge=judge_bound,
        margin=0.5,
        margin_reason="a ratio of 1 is the claim; half of it either way is no other claim",
        lies=(_lie("the norm is three times the entry", lambda case, pred: 3.0),),
        bounds=(None, 1.0),
        seeds=CELL_SEEDS,
        design=design,
        measure=_entry_ratio,
    )
    growth = Claim(
        id="L.B5.entries.ratio",
        statement="||G_0 - A||_2 over the median |A_ij| is the error times sqrt(N d)/0.365",
        source="docs/derivations/gradient.md; eqs. 23-25",
        reading="A from the residuals",
        kind=Kind.VALUE,
        observable="norm_over_median_entry",
        predict=_predicted_entry_ratio,
        judge=judge_value,
        margin=0.08 * finite_size(cell),
        margin_reason=(
            "at the paper's size 5 % of the error's prediction and 3 % for the median's; growing like d^-1/2 below it"
        ),
        relative=True,
        lies=(
            _lie("1", lambda case, pred: 1.0),
            _lie("three margins more", lambda case, pred: (1.0 + 0.24 * finite_size(cell)) * pred.value),
            _lie("entries all of one size: sqrt(N d)", lambda case, pred: pred.value * _median_of_product()),
            _lie("median of a single normal", lambda case, pred: pred.value * _median_of_product() / 0.6745),
        ),
        seeds=CELL_SEEDS,
        design=design,
        measure=_entry_ratio,
    )
    return (step, growth)


# -- Proposition B.6 --------------------------------------------------------------------------------------------------


def _zero_claims(quick: bool) -> tuple[Claim, ...]:
    design = _custom_design(main_cell(quick), ZEROS)
    least = 0.4  # 20 seeds of 20 show a share of at least 0.61
    exact = Claim(
        id="P.B6",
        statement="no entry of G_0 is exactly 0",
        source="Proposition B.6, eqs. 27-29",
        reading="float64",
        kind=Kind.COUNT,
        observable="zeros_float64",
        predict=lambda case: Prediction(value=0.0),
        judge=judge_count_always,
        margin=least,
        margin_reason="one exception refutes; 20 seeds without one show a share of at least 0.6",
        lies=(
            _lie("one entry a run is 0", lambda case, pred: 1.0),
            _lie("a neuron in a thousand is dead", lambda case, pred: case.cell.N * case.cell.d / 1000),
        ),
        seeds=COUNT_SEEDS,
        design=design,
    )
    near = replace(
        exact,
        id="P.B6.distance",
        statement="and none comes within 1000 roundings of 0: float64 tells the sign of every entry",
        observable="near_zeros_float64",
    )
    single = replace(
        exact,
        id="P.B6.float32",
        statement="an entry that is exactly 0 in float32 is a rounding: none is 0 in float64 as well",
        reading="float32, the dtype of the runs",
        observable="zeros_both",
    )
    return (exact, near, single)


# -- Lemma B.9 --------------------------------------------------------------------------------------------------------


def _forster_claims() -> tuple[Claim, ...]:
    design = _custom_design(FORSTER_CELL, FORSTER)
    bound = Claim(
        id="L.B9",
        statement="||sign(X)||_2 rank(X)/sqrt(rows columns) >= 1 for every X without zero entries, G_0 included",
        source="Lemma B.9, eq. 30; Forster et al. 2001",
        reading="random X of rank 1 to 16, the worst known ones, and G_0",
        kind=Kind.BOUND,
        observable="forster_least",
        predict=lambda case: Prediction(value=1.0, spread=1e-12),
        judge=judge_every_run,
        margin=1e-12,
        margin_reason="a theorem: rounding of a singular value only",
        lies=(
            _lie("5 % sharper: rank 1 attains the bound", lambda case, pred: 1.05),
            _lie("1.0001 times sharper", lambda case, pred: 1.0001),
        ),
        bounds=(1.0, None),
        seeds=CELL_SEEDS,
        design=design,
    )
    two = replace(
        bound,
        id="L.B9.two",
        statement="the same for rank 2, where the bound is strict: directions around a circle come to 4/pi of it",
        observable="forster_rank_two",
        lies=(
            _lie("sqrt(rank) for the rank", lambda case, pred: math.sqrt(2.0)),
            _lie("||sign(X)||_2 = sqrt(rows columns) whatever the rank", lambda case, pred: 2.0),
        ),
    )
    more = replace(
        bound,
        id="L.B9.more",
        statement="the same for ranks 3 to 16, random and Walsh functions: nothing comes near the bound",
        observable="forster_rank_more",
        lies=(
            _lie(
                "sqrt(3) for the bound: what orthogonal signs of rank 3 would have",
                lambda case, pred: math.sqrt(3.0),
            ),
            _lie("||sign(X)||_2 = sqrt(rows columns) whatever the rank", lambda case, pred: 3.0),
        ),
    )
    own = replace(
        bound,
        id="L.B9.gradient",
        statement="the same for G_0 itself, whose rank is that of the smaller side",
        observable="forster_gradient",
        lies=(
            _lie(
                "sign(G_0) has norm sqrt(N d): rank for ratio",
                lambda case, pred: float(min(case.cell.N, case.cell.d)),
            ),
        ),
    )
    return (bound, two, more, own)
