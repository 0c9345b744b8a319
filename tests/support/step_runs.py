"""Everything that `sim` reads of one gradient and its steps, by the names of `theory.predict`, and its check.

A row states an error at the paper's size, d = 1000, and the power of 1000/d that it grows with below: 1 where the formula
drops terms of order 1/d, 2/3 at an edge, 1/2 with the scatter of a run. So no margin looks at the data that judge it: seeds
from `FIRST_SEED` on. Its spread is the predicted standard deviation, or one measured on other seeds (below 2000) and
rounded up.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from sim.backend import get_backend
from sim.draw import Draw
from sim.measures.alignment import compare_rank_one, mean_derivative, similarity
from sim.measures.spectrum import singular_values
from sim.measures.triplet import top_triplet
from sim.network.two_layer import first_gradient, training_loss
from sim.observables.group import State, measured_by
from sim.observables.top import TOP
from sim.observables.update import UPDATE
from sim.optimisers.step import moved_weights, update_matrix
from sim.optimisers.update import Update
from sim.setting import Setting
from support.prediction_runs import FIRST_SEED, check
from theory.prediction.prediction import predict
from theory.prediction.record import ProblemPrediction
from verify.agreement.row import PredictedRow, RivalValue
from verify.problem.cells import Cell
from verify.running.design import Readings

PAPER_D = 1000
SIZES = (80, 160)
SHARES = (0.1, 0.5, 0.9)  # of the singular values of W_1 that lie below
FIELDS = ("n", "N", "d", "noise", "parametrisation", "student", "teacher", "teacher_direction")

Case = tuple[tuple[str, object], ...]  # the arguments of `predict`, sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A prediction to be met: `stated` at d = 1000 (relative, or absolute), `spread` of one run at both sizes."""

    name: str
    eta: int | None = None  # which of the case's learning rates
    read_at: int | None = None  # the same for what is predicted without one
    stated: float
    order: float = 0.5
    absolute: bool = False
    spread: tuple[float, float] | None = None  # None: predicted
    flagged: str = ""  # what the flag says that the prediction has; by default it has none
    flagged_at: tuple[int, ...] = SIZES

    def __str__(self) -> str:
        return self.name if self.eta is None else f"{self.name}-{self.eta}"

    @property
    def reading(self) -> str:
        """Its name in `measured`."""
        place = self.read_at if self.eta is None else self.eta
        return self.name if place is None else f"{self.name} at {place}"

    def margin(self, d: int) -> float:
        return self.stated * (PAPER_D / d) ** self.order


def case_of(d: int, *, n: float = 2.0, N: float = 1.5, steps: tuple[float, ...] = (), **options) -> Case:
    """A case of the paper's ratios, or of others; `steps` in units of the critical learning rate."""
    options = {"n": round(n * d), "N": round(N * d), "d": d, **options}
    critical = predict(**options)["critical_eta"].value
    return tuple(sorted((options | {"eta": tuple(float(step * critical) for step in steps)}).items()))


@lru_cache(maxsize=32)
def predicted(case: Case) -> ProblemPrediction:
    """What theory says of the case."""
    return predict(**dict(case))


@lru_cache(maxsize=32)
def measured(case: Case, seeds: int, first: int = FIRST_SEED) -> list[Readings]:
    """What sim reads of the case's seeds; values by (None, name), and by (None, "name at i") of the i-th eta."""
    cell = Cell(**{name: value for name, value in case if name in ("n", "N", "d")})
    return [
        Readings(cell=cell, seed=seed, values={(None, 1, k): v for k, v in one_run(dict(case), seed).items()})
        for seed in range(first, first + seeds)
    ]


def check_row(row: Row, case: Case, seeds: int, lies: dict[str, float]) -> None:
    """Power, verdict and lies of what `predict` says under the row's name."""
    record = predicted(case)
    quantity = record[row.name] if row.eta is None else record[row.name, record.etas[row.eta]]
    if row.flagged and dict(case)["d"] in row.flagged_at:
        assert row.flagged in (quantity.flag or "")
    else:
        assert quantity.valid, quantity.flag
    spread = quantity.sd / (1.0 if row.absolute else quantity.value)
    hold(quantity.value, row, measured(case, seeds), lies, predicted_spread=spread)


def hold(
    value: float,
    row: Row,
    found: list[Readings],
    lies: dict[str, float],
    *,
    predicted_spread: float = math.nan,
) -> None:
    """`prediction_runs.check` of any number under a row's name; every named lie is one that the margin can tell."""
    d = found[0].cell.d
    margin = row.margin(d)
    made = PredictedRow(
        quantity=str(row), where=f"d = {d}", value=value, stated=f"{row.stated:g}",
        margin=margin * (1.0 if row.absolute else abs(value)), read=lambda readings: readings.at(None, row.reading),
        rivals=tuple(RivalValue(name=name, value=lie) for name, lie in lies.items()),
    )  # fmt: skip
    told = {lie.name for lie in made.lies}
    assert lies
    assert set(lies) <= told, f"{row}, d = {d}: within two margins of {value}: {set(lies) - told}"
    spread = predicted_spread if row.spread is None else row.spread[d > SIZES[0]]
    check(made, found, margin=margin, spread=spread, absolute=row.absolute)


def one_run(options: dict, seed: int) -> dict[str, float]:
    """One gradient, the update of its rule, and W_1 at each learning rate."""
    setting = Setting(**{name: options[name] for name in FIELDS if name in options})
    rule = {"optimiser": "adam"} | {name: options[name] for name in ("optimiser", "eps") if name in options}
    backend = get_backend("numpy", threads=1)
    draw = Draw(setting=setting, seed=seed, threads=1)
    gradient = first_gradient(draw, backend=backend)
    D = update_matrix(Update(eta=0.0, **rule), None, gradient.G)[1]
    top = top_triplet(D, draw, "update", backend=backend)
    state = State(draw=draw, backend=backend, gradient=gradient, top_of_gradient=top, D_top=top)
    found = {each.observable: each.value for each in measured_by(UPDATE, state)}
    before = singular_values(gradient.W, backend=backend).values
    found |= _of_update(draw, gradient, top)
    for place, eta in enumerate(options.get("eta", ())):
        W = moved_weights(gradient.W, D, eta)
        loss = training_loss(draw, W, gradient.a, backend=backend)
        numbers = _of_weights(replace(state, W=W)) | {"relative_training_loss": loss / gradient.loss}
        numbers["upper_edge_ratio"] = numbers["second_singular_value"] / before[0]
        numbers["lower_edge_ratio"] = numbers["bulk_lower_edge"] / before[-1]
        found |= {f"{name} at {place}": value for name, value in numbers.items()}
    return found


def _of_update(draw, gradient, top) -> dict[str, float]:
    """W_0 and beta seen from the update's top pair; the columns of sign(G_0) without a flipped sign, and its rank."""
    W, a, G = (np.asarray(each, dtype=np.float64) for each in (gradient.W, gradient.a, gradient.G))
    u, v = top.left[:, 0], top.right[:, 0]
    a = a / np.linalg.norm(a)
    unflipped = float(np.mean(np.abs(np.sign(a) @ np.sign(G)) == len(a)))
    return {
        "spike_m": float(u @ W @ v),
        "spike_m2": abs(float(a @ W @ v)) * math.sqrt(max(1.0 - (a @ u) ** 2, 0.0)),
        "update_teacher_overlap": similarity(v, draw.teacher_direction()) ** 2,
        "unflipped_share_refined": unflipped,
        "update_nullity_refined": float(min(G.shape) - np.linalg.matrix_rank(np.sign(G))),
    }


def _of_weights(state: State) -> dict[str, float]:
    """Spectrum, top pair and sim of W_1; both edges are its second and its least value."""
    spectrum = singular_values(state.W, backend=state.backend)
    readings = measured_by(TOP, replace(state, spectrum=spectrum))
    values = spectrum.values[::-1]
    found = {each.observable: each.value for each in readings}
    found |= {
        "second_singular_value": values[-2],
        "bulk_upper_edge": values[-2],
        "bulk_lower_edge": values[0],
    }
    found |= {"least_singular_value": values[0], "deflated_singular_value": values[0]}
    low = values[: 1 + int(np.argmax(values[1:] / values[:-1]))]  # up to the widest gap
    found |= {"lower_mode_count": len(low), "lower_mode_low": low[0], "lower_mode_high": low[-1]}
    quantiles = np.quantile(values[:-1], SHARES, method="hazen")
    return found | {f"quantile {share:g}": value for share, value in zip(SHARES, quantiles, strict=True)}


def frobenius_distance(case: Case, seed: int) -> float:
    """||G_0 - A||_F/||G_0||_F, A the residual matrix, of one seed."""
    setting = Setting(**{name: value for name, value in case if name in FIELDS})
    backend = get_backend("numpy", threads=1)
    draw = Draw(setting=setting, seed=seed, threads=1)
    gradient = first_gradient(draw, backend=backend)
    found = compare_rank_one(
        gradient, top_triplet(gradient.G, draw, "gradient", backend=backend), setting=setting,
        mu_1=mean_derivative(setting.sigma), reading="residual", backend=backend,
        start=draw.start_vector(setting.d, 3),
    )  # fmt: skip
    return found.frobenius_distance
