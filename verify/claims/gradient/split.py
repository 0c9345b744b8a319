"""Claims on eq. 20: G_0 split along sigma' = mu_1 + rest, mu_1 itself, and Stein's identity."""

import math
from functools import lru_cache

from verify.claims.gradient.common import paired_custom_design
from verify.claims.rivals import lie, rival
from verify.judging.claim import Claim, Kind
from verify.judging.judges.exact import judge_exact
from verify.judging.judges.identity import judge_identity
from verify.judging.judges.value import judge_value
from verify.judging.sample import Case, Prediction
from verify.measurements.gradient import SPLIT
from verify.problem.paper import SMALL, default_problem

__all__ = ["split_claims"]


def split_claims(quick: bool) -> tuple[Claim, ...]:
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
            lie("mu_1 0.1 % off in one part", lambda case, pred: 1.0 + 1e-3 * case.observed["split_signal"]),
            lie("mu_1 = sigma'(0) in one part",
                 lambda case, pred: 1.0 + (1 / case.observed["split_mu_1"] - 1) * case.observed["split_signal"]),
            lie("the mean not taken out of sigma'", lambda case, pred: 1.0 + case.observed["split_signal"]),
        ),
        seeds=5,
        design=paired_custom_design(SMALL, SPLIT),
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
            lie("E sigma' = sqrt(E sigma^2)", lambda case, pred: float(_stein("q"))),
            lie("E sigma' = sigma'(0) = 1", lambda case, pred: float(_stein("one"))),
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
            rival("mu_1 = 1 = sigma'(0)", lambda case, pred: 1.0),
            rival("sqrt(E sigma'^2) for E sigma'", lambda case, pred: _root_mean_square_slope()),
            lie("4 % more", lambda case, pred: 1.04 * pred.value),
        ),
        seeds=20,
        design=paired_custom_design(SMALL, SPLIT),
    )


@lru_cache(maxsize=1)
def _root_mean_square_slope() -> float:
    from theory.functions.activations import named
    from theory.numerics.quadrature import moment

    slope = named("tanh").derivative
    return math.sqrt(moment(lambda z: slope(z) ** 2).value)


def _split_value(case: Case) -> Prediction:
    from verify.statistics import reduction_tolerance

    room = reduction_tolerance(dtype="float64", length=case.cell.n + case.cell.N + case.cell.d, scale=2.0)
    return Prediction(value=1.0, spread=room)


@lru_cache(maxsize=4)
def _stein(rival: str) -> bool:
    """Whether mu_1 of tanh equals the rival: by enclosures where there are balls, else to 1e-9."""
    from theory.functions.activations import named
    from theory.numerics.quadrature import moment

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
    from theory.moments.balls import moment_ball

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
