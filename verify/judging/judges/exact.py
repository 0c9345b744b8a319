"""The judge of what is proved by symbols or balls, and refuted by a counterexample."""

from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding
from verify.judging.finding import Control, Finding
from verify.judging.sample import Case, Sample
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.statistics.verdict import Verdict

__all__ = ["judge_exact"]


def judge_exact(claim: Claim, sample: Sample) -> Finding:
    """Kind exact: `predict` proves (value 1) or disproves (0) the statement; a lie is refuted by the value 0."""
    case = Case(problem=make_problem(), cell=Cell(n=2000, N=1500, d=1000), update=Update())
    found = claim.predict(case)
    controls = [
        Control(lie=lie.name, verdict=Verdict.INCONCLUSIVE if lie.law(case, found) else Verdict.REFUTED)
        for lie in claim.lies
    ]
    verdict = Verdict.SUPPORTED if found.value == 1.0 else Verdict.REFUTED
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=1.0,
        estimate=found.value,
        tolerance=0.0,
        power=1.0,
        note="; ".join(found.flags),
    )
