"""Assumptions B.1 to B.3: what the simulator draws, tested as a distribution; tanh and softplus, proved."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.distribution import distribution_judge
from verify.judging.judges.exact import judge_exact
from verify.judging.judges.value import judge_value
from verify.judging.sample import Case, Prediction
from verify.measurements.drawn import PAIRS, WIDE, drawn_at
from verify.problem.paper import default_problem
from verify.running.design import Design
from verify.statistics.distributions import GRID

if TYPE_CHECKING:
    pass

__all__ = ["claims", "student_case", "teacher_case"]

SEEDS = 40


def _normal(scale: float) -> Callable[[np.ndarray], np.ndarray]:
    def cdf(x: np.ndarray) -> np.ndarray:
        from scipy import special

        return np.asarray(special.ndtr(x / scale))

    return cdf


def _uniform(x: np.ndarray) -> np.ndarray:
    return np.clip(0.5 + x / np.sqrt(12.0), 0.0, 1.0)


def _distance(cdf: Callable[[np.ndarray], np.ndarray]) -> float:
    """Of a rival law from the claimed one at the quantiles."""
    from scipy import special

    levels = np.arange(1, GRID) / GRID
    return float(np.max(np.abs(cdf(np.asarray(special.ndtri(levels))) - levels)))


def _rival(name: str, distance: float) -> Lie:
    return Lie(name=name, law=lambda case, prediction: distance)


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """A.B1 for each array, parametrisation and kind of pair, A.B2 and A.B3; `quick` takes half of the seeds."""
    seeds = SEEDS // 2 if quick else SEEDS
    drawn = [
        _drawn(name, parametrisation) for parametrisation in ("ntk", "mean-field") for name in ("W", "a")
    ]
    return (*(replace(claim, seeds=seeds) for claim in (*drawn, *map(_independent, PAIRS))), *_exact_claims())


def _design(parametrisation: str) -> Design:
    problem = default_problem(parametrisation=parametrisation)
    return Design(problem=problem, cells=(WIDE,), measurement=drawn_at(GRID))


def _other_scale(name: str, mean_field: bool) -> float:
    """The other parametrisation's deviation over the claimed one."""
    size = WIDE.d if name == "W" else WIDE.N
    return size**0.5 if mean_field else size**-0.5


def _drawn(name: str, parametrisation: str) -> Claim:
    mean_field = parametrisation == "mean-field"
    law = {"W": "N(0, 1/d)" if mean_field else "N(0, 1)", "a": "N(0, 1/N)" if mean_field else "N(0, 1)"}[name]
    far = 0.05 if name == "W" else 0.1  # 9.6 million entries of W_0, 480000 of a
    rivals = {
        f"deviation {100 * far:g} % larger": _normal(1.0 + far),
        f"deviation {100 * far:g} % smaller": _normal(1.0 - far),
        "uniform of the same variance": _uniform,
        "the other parametrisation's deviation": _normal(_other_scale(name, mean_field)),
    }
    return Claim(
        id=f"A.B1.{name}.mean-field" if mean_field else f"A.B1.{name}",
        statement=f"the entries of {'W_0' if name == 'W' else 'a'} that are drawn follow {law}",
        source="Assumption B.1",
        reading=parametrisation,
        kind=Kind.DISTRIBUTION,
        observable=f"drawn_{name}",
        predict=lambda case: Prediction(value=0.0),
        judge=distribution_judge(rivals),
        margin=0.003 if name == "W" else 0.008,
        margin_reason=(
            "a deviation that is off by a share s moves the distribution function by 0.24 s: 1.2 % for W_0, 3.3 % for a"
        ),
        lies=tuple(_rival(rival, _distance(cdf)) for rival, cdf in rivals.items()),
        design=_design(parametrisation),
    )


def _independent(kind: str) -> Claim:
    """One kind of pair by itself: pooled, 10240 shared samples would drown in a million entries of W_0."""
    words = PAIRS[kind]
    many = _pairs(kind, *WIDE.sizes) > 10**5
    share, least = (0.025, "a hundredth") if many else (0.05, "a fiftieth")
    said = "a fortieth" if many else "a twentieth"
    return Claim(
        id=f"A.B1.independent.{kind}",
        statement=f"{words} have nothing in common: correlation 0",
        source="Assumption B.1; docs on draws",
        reading="mean product over pairs that a shared stream would make equal",
        kind=Kind.VALUE,
        observable=f"drawn_in_common[{kind}]",
        predict=partial(_correlation, kind),
        judge=judge_value,
        margin=0.4 * share,
        margin_reason=f"{least} of the numbers being shared",
        lies=(
            Lie(name=f"{said} of the numbers is shared", law=lambda case, pred: share),
            Lie(name=f"{said} of the numbers is shared with the sign turned", law=lambda case, pred: -share),
        ),
        design=_design("ntk"),
    )


def _pairs(kind: str, n: int, N: int, d: int) -> int:
    from sim.draw import DRAW_BLOCK

    return {
        "rows": (N - 1) * d,
        "blocks": max(N - DRAW_BLOCK, 0) * d,
        "columns": N * (d - 1),
        "arrays": min(n, N) * d,
        "samples": n * d,
        "seeds": N * d,
    }[kind]


def _correlation(kind: str, case: Case) -> Prediction:
    """0, with the deviation of a mean of as many products of independent normals."""
    return Prediction(value=0.0, spread=_pairs(kind, *case.cell.sizes) ** -0.5)


# -- B.2 and B.3 ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _balls() -> bool:
    """Whether interval arithmetic is there."""
    try:
        import flint  # noqa: F401
    except ImportError:
        return False
    return True


def _route() -> tuple[str, ...]:
    if _balls():
        return ("derivatives and parity by sympy, integrals by interval arithmetic",)
    return (
        "derivatives and parity by sympy, integrals by quadrature: evidence, no proof, without python-flint",
    )


@lru_cache(maxsize=8)
def student_case(name: str) -> float:
    """1 where B.2 is proved of that student, with the paper's own chain for tanh; else 0."""
    from theory.assumptions.proofs import prove_tanh_student
    from theory.assumptions.report import check_student
    from theory.functions.activations import named, parity

    f = named(name)
    holds = check_student(f, rigorous=_balls()).holds
    if name == "tanh":
        holds = holds and parity(f) == "odd" and all(step.holds for step in prove_tanh_student())
    return float(holds)


@lru_cache(maxsize=8)
def teacher_case(name: str) -> float:
    """1 where B.3 is proved of that teacher, with the paper's own chain for softplus; else 0."""
    from theory.assumptions.proofs import prove_softplus_teacher
    from theory.assumptions.report import check_teacher
    from theory.functions.activations import named

    holds = check_teacher(named(name), rigorous=_balls()).holds
    if name == "softplus":
        holds = holds and all(step.holds for step in prove_softplus_teacher()) and _norm_within(0.5, 1.533504)
    return float(holds)


def _norm_within(low: float, high: float) -> bool:
    """Whether E softplus^2 is proved to lie there (by quadrature where there are no balls)."""
    from fractions import Fraction

    from theory.functions.activations import named
    from theory.numerics.quadrature import moment

    if _balls():
        from theory.moments.balls import moment_ball

        ball = moment_ball("softplus", "q_star")
        return Fraction(low) < ball.middle - ball.radius and ball.middle + ball.radius < Fraction(high)
    found = moment(lambda z: named("softplus").value(z) ** 2)
    return low < found.value - found.error and found.value + found.error < high


def _lipschitz_at_most(constant: float) -> float:
    from theory.functions.activations import named
    from theory.functions.regularity import lipschitz_constant

    return float(lipschitz_constant(named("softplus")).value <= constant)


def _exact_claims() -> tuple[Claim, ...]:
    student = Claim(
        id="A.B2",
        statement="tanh is odd, has three bounded derivatives, E sigma(z) = 0 and E[z sigma(z)] = 0.605706, not 0",
        source="Assumption B.2, eqs. 12-16",
        reading="sigma is a normalised activation",
        kind=Kind.EXACT,
        observable="normalised_student",
        predict=lambda case: Prediction(value=student_case("tanh"), flags=_route()),
        judge=judge_exact,
        margin=0.0,
        margin_reason="a proof has none",
        lies=(
            Lie(name="softplus is normalised too", law=lambda case, pred: student_case("softplus")),
            Lie(name="relu is normalised too", law=lambda case, pred: student_case("relu")),
            Lie(name="z^2 - 1 is normalised too", law=lambda case, pred: student_case("hermite:0,0,1")),
        ),
    )
    teacher = Claim(
        id="A.B3",
        statement="softplus is 1-Lipschitz and 0.5 <= E softplus(z)^2 = 0.921246 <= 1.533504",
        source="Assumption B.3, eqs. 17-19",
        reading="an L2 norm of order one",
        kind=Kind.EXACT,
        observable="admissible_teacher",
        predict=lambda case: Prediction(value=teacher_case("softplus"), flags=_route()),
        judge=judge_exact,
        margin=0.0,
        margin_reason="a proof has none",
        lies=(
            Lie(name="z^2 - 1 is Lipschitz too", law=lambda case, pred: teacher_case("hermite:0,0,1")),
            Lie(name="softplus is 0.9-Lipschitz", law=lambda case, pred: _lipschitz_at_most(0.9)),
            Lie(name="E softplus^2 >= 1", law=lambda case, pred: float(_norm_within(1.0, 1.533504))),
        ),
    )
    return (student, teacher)
