"""Rival laws of the norms: what the same runs must refute."""

import math
from collections.abc import Callable

from verify.claims.rivals import times
from verify.judging.claim import Lie
from verify.judging.sample import Case, Prediction
from verify.predictions.norms import factor_of

__all__ = [
    "FIVE_PERCENT", "GRADIENT_CONSTANTS", "GRADIENT_RIVALS", "MATCHED_LAWS", "ONE_CONSTANT", "SIZE_LAWS", "law_of",
    "matched",
]  # fmt: skip


def law_of(name: str, law: Callable[[float, float, float], float]) -> Lie:
    return Lie(
        name=name,
        law=lambda case, prediction: law(float(case.cell.n), float(case.cell.N), float(case.cell.d)),
    )


SIZE_LAWS = (
    law_of("N", lambda n, N, d: N),
    law_of("d", lambda n, N, d: d),
    law_of("n", lambda n, N, d: n),
    law_of("N + d", lambda n, N, d: N + d),
    law_of("(N d)^0.45", lambda n, N, d: (N * d) ** 0.45),
    law_of("n^0.05 sqrt(N d)", lambda n, N, d: n**0.05 * math.sqrt(N * d)),
)
ONE_CONSTANT = law_of("one c for every n/d", lambda n, N, d: math.sqrt(N * d))
FIVE_PERCENT = (times("constant 5 % higher", 1.05), times("constant 5 % lower", 0.95))
# Identities have no free constant: a rival gets the one that makes it right at the paper's smallest scale.
MATCHED_LAWS = (
    law_of("N", lambda n, N, d: N / math.sqrt(1.5)),
    law_of("d", lambda n, N, d: d * math.sqrt(1.5)),
    law_of("n", lambda n, N, d: n * math.sqrt(0.375)),
    law_of("N + d", lambda n, N, d: (N + d) * math.sqrt(0.24)),
    law_of("(N d)^0.45", lambda n, N, d: 375000**0.05 * (N * d) ** 0.45),
    law_of("n^0.05 sqrt(N d)", lambda n, N, d: (n / 1000) ** 0.05 * math.sqrt(N * d)),
)


def matched(case_law: Lie) -> Lie:
    return Lie(name=case_law.name, law=lambda case, pred: factor_of(case) * case_law.law(case, pred))


def _other_parametrisation(case: Case, prediction: Prediction) -> float:
    ratio = math.sqrt(case.cell.d / case.cell.N)
    return prediction.value * (ratio if case.problem.parametrisation == "ntk" else 1 / ratio)


GRADIENT_RIVALS = (
    Lie(name="the other parametrisation's law", law=_other_parametrisation),
    law_of("1/sqrt d whatever n and N", lambda n, N, d: d**-0.5),
    Lie(name="no decay with d", law=lambda case, pred: pred.value * math.sqrt(case.cell.d)),
    Lie(name="1/sqrt n in place of n's part", law=lambda case, pred: pred.value * case.cell.n**-0.5),
)
GRADIENT_CONSTANTS = (
    Lie(name="factor 2 of the loss dropped", law=lambda case, pred: 0.5 * pred.value, rival=True),
    times("constant 45 % higher", 1.45),
    times("constant a third lower", 2.0 / 3.0),
)
