"""Everything that a claim of one's own needs, in one import (docs/adding-a-claim.md)."""

import lazy_loader

_HOMES = {
    "judging.claim": ["Claim", "Kind", "Lie"],
    "judging.finding": ["Control", "Finding"],
    "judging.sample": ["Case", "Prediction", "Sample"],
    "judging.judges.bound": ["judge_bound"],
    "judging.judges.distribution": ["distribution_judge"],
    "judging.judges.every_run": ["judge_every_run"],
    "judging.judges.exact": ["judge_exact"],
    "judging.judges.identity": ["judge_identity"],
    "judging.judges.order": ["judge_order"],
    "judging.judges.proportion": ["judge_proportion"],
    "judging.judges.rates": ["judge_trend", "rate_judge"],
    "judging.judges.spread": ["judge_spread"],
    "judging.judges.value": ["judge_value"],
    "problem.cells": ["Cell"],
    "problem.problem": ["Problem", "make_problem"],
    "problem.second_stage": ["SecondStage"],
    "problem.update": ["Update"],
    "running.design": ["Design", "Readings"],
    "running.measurement": ["Measurement", "measurement"],
    "session.judge_claim": ["judge_claim"],
    "session.session": ["Session", "judge"],
    "statistics.verdict": ["Verdict"],
}

__getattr__, __dir__, _ = lazy_loader.attach("verify", submod_attrs=_HOMES)
__all__ = [name for names in _HOMES.values() for name in names]
