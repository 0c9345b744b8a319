"""A claim on the new observable: the first Adam update has stable rank 1/c^2, c = ||D_0||_2/sqrt(N d)."""

from theory.update.sign import sign_norm_ratio_refined, sign_norm_spread
from verify.claim import Cell, Claim, Design, Kind, Lie, Prediction, Update, judge_value, make_problem


def predict(case):
    sn = case.problem.signal_noise(case.cell)
    c = sign_norm_ratio_refined(sn)
    return Prediction(value=c**-2, spread=2.0 * c**-3 * sign_norm_spread(sn))


CLAIM = Claim(
    id="U.stable-rank",
    statement="the first Adam update has stable rank 1/c^2",
    source="sign_update.md",
    kind=Kind.VALUE,
    observable="update_stable_rank",
    predict=predict,
    judge=judge_value,
    seeds=20,
    margin=0.1,
    margin_reason="the least difference that would matter",
    lies=(
        Lie(name="rank one", law=lambda case, p: 1.0, rival=True),
        Lie(name="c for c^2", law=lambda case, p: p.value**0.5, rival=True),
    ),
    design=Design(
        problem=make_problem(),
        cells=(Cell(n=400, N=300, d=200),),
        groups=("stable_rank",),
        updates=(Update(optimiser="adam", eta=1.0),),
    ),
)
