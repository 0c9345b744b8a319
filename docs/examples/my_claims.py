"""Normalised GD, D_0 = G_0/||G_0||_F: its operator norm tends to sqrt(p), p = kappa^2/(1 + kappa^2)."""

from sim.measures.triplet import top_triplet
from verify.claim import Cell, Claim, Design, Kind, Lie, Prediction, judge_value, make_problem, measurement

def measure(draw, gradient, backend):
    top = top_triplet(gradient.G, draw, "gradient", backend=backend)
    return {"normalised_norm": float(top.values[0]) / top.frobenius}

def predict(case):
    p = 1.0 / (1.0 + case.problem.signal_noise(case.cell).kappa ** -2)
    return Prediction(value=p**0.5, spread=(1.0 - p) * (p / 2.0 / case.cell.d) ** 0.5)

CLAIM = Claim(
    id="U.normalised", statement="normalised GD's first update has operator norm sqrt(p)", source="gradient.md",
    kind=Kind.VALUE, observable="normalised_norm", predict=predict, judge=judge_value, seeds=20, margin=0.02,
    margin_reason="the least difference that would matter", lies=(Lie(name="rank one", law=lambda case, p: 1.0, rival=True),
          Lie(name="p for sqrt(p)", law=lambda case, p: p.value**2, rival=True)),
    design=Design(problem=make_problem(), cells=(Cell(n=400, N=300, d=200),),
                  measurement=measurement(measure)))
