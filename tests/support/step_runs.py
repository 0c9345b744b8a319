"""Everything that `sim` reads of one gradient and its steps, by the names of `theory.predict`, and its check.

A row states an error at the paper's size, d = 1000, and the power of 1000/d that it grows with below: 1 where the formula
drops terms of order 1/d, 2/3 at an edge, 1/2 with the scatter of a run. So no margin looks at the data that judge it: seeds
from `FIRST_SEED` on. Its spread is the predicted standard deviation, or one measured on other seeds (below 2000) and
rounded up.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.measures.alignment import compare_rank_one, mean_derivative, similarity
from sim.measures.spectrum import singular_values
from sim.measures.triplet import top_triplet
from sim.network.two_layer import Gradient, first_gradient, training_loss
from sim.observables.group import State, measured_by
from sim.observables.table import group_named
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
ONE_SIZE = (SIZES[0], pytest.param(SIZES[1], marks=pytest.mark.slow))  # beside the cases that ask at both
SHARES = (0.1, 0.5, 0.9)  # of the singular values of W_1 that lie below
FIELDS = ("n", "N", "d", "noise", "parametrisation", "student", "teacher", "teacher_direction")

Case = tuple[tuple[str, object], ...]  # the arguments of `predict`, sorted
Needs = frozenset[tuple[str, int | None]]  # what must be computed of a run, after which of its steps
KINDS = (
    dict.fromkeys(group_named("top").observables, "top")
    | dict.fromkeys(
        (*group_named("update").observables, "spike_m", "spike_m2", "update_teacher_overlap"), "update"
    )
    | dict.fromkeys(("unflipped_share_refined", "update_nullity_refined"), "signs")
    | {"relative_training_loss": "loss", "upper_edge_ratio": "start", "lower_edge_ratio": "start"}
)  # what of a run a name needs: the top pairs, the losses, W_0's spectrum; all others that of W_1


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
    def place(self) -> int | None:
        """The learning rate that it is read at."""
        return self.read_at if self.eta is None else self.eta

    @property
    def reading(self) -> str:
        """Its name in `measured`."""
        return self.name if self.place is None else f"{self.name} at {self.place}"

    def margin(self, d: int) -> float:
        return self.stated * (PAPER_D / d) ** self.order


def needs_of(rows: Iterable[Row]) -> Needs:
    """What must be computed of a run for these rows."""
    return frozenset((KINDS.get(row.name, "spectrum"), row.place) for row in rows)


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
def measured(case: Case, seeds: int, needs: Needs, first: int = FIRST_SEED) -> list[Readings]:
    """What sim reads of the case's seeds; values by (None, name), and by (None, "name at i") of the i-th eta."""
    cell = Cell(**{name: value for name, value in case if name in ("n", "N", "d")})
    runs = {seed: one_run(dict(case), seed, needs) for seed in range(first, first + seeds)}
    return [
        Readings(cell=cell, seed=seed, values={(None, 1, name): value for name, value in run.items()})
        for seed, run in runs.items()
    ]


def check_row(row: Row, case: Case, seeds: int, needs: Needs, lies: dict[str, float]) -> None:
    """Power, verdict and lies of what `predict` says under the row's name."""
    record = predicted(case)
    quantity = record[row.name] if row.eta is None else record[row.name, record.etas[row.eta]]
    if row.flagged and dict(case)["d"] in row.flagged_at:
        assert row.flagged in (quantity.flag or "")
    else:
        assert quantity.valid, quantity.flag
    spread = quantity.sd / (1.0 if row.absolute else quantity.value)
    hold(quantity.value, row, measured(case, seeds, needs), lies, predicted_spread=spread)


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


def one_run(options: dict, seed: int, needs: Needs) -> dict[str, float]:
    """One gradient, the update of its rule, and W_1 at each learning rate: what is asked of them."""
    setting = Setting(**{name: options[name] for name in FIELDS if name in options})
    rule = {"optimiser": "adam"} | {name: options[name] for name in ("optimiser", "eps") if name in options}
    backend = get_backend("numpy", threads=1)
    draw = Draw(setting=setting, seed=seed, threads=1)
    gradient = first_gradient(draw, backend=backend)
    D = update_matrix(Update(eta=0.0, **rule), None, gradient.G)[1]
    kinds = {kind for kind, _ in needs}
    top = top_triplet(D, draw, "update", backend=backend) if kinds & {"update", "top"} else None
    state = State(draw=draw, backend=backend, gradient=gradient, top_of_gradient=top, D_top=top)
    found = _of_signs(gradient) if "signs" in kinds else {}
    if "update" in kinds:
        found |= {each.observable: each.value for each in measured_by(group_named("update"), state)}
        found |= _of_update(draw, gradient, top)
    start = singular_values(gradient.W, backend=backend).values if "start" in kinds else None
    for place, eta in enumerate(options.get("eta", ())):
        after = replace(state, W=moved_weights(gradient.W, D, eta))
        numbers = _of_weights(after, {kind for kind, at in needs if at == place}, start)
        found |= {f"{name} at {place}": value for name, value in numbers.items()}
    return found


def _of_signs(gradient) -> dict[str, float]:
    """The columns of sign(G_0) without a flipped sign, and the nullity of that matrix, from its Gram matrix of integers."""
    a, S = np.sign(np.asarray(gradient.a, dtype=np.float64)), np.sign(np.asarray(gradient.G, np.float64))
    gram = S @ S.T if S.shape[0] < S.shape[1] else S.T @ S
    return {
        "unflipped_share_refined": float(np.mean(np.abs(a @ S) == len(a))),
        "update_nullity_refined": float(len(gram) - np.linalg.matrix_rank(gram, hermitian=True)),
    }


def _of_update(draw, gradient, top) -> dict[str, float]:
    """W_0 and beta seen from the update's top pair."""
    W, a = (np.asarray(each, dtype=np.float64) for each in (gradient.W, gradient.a))
    u, v = top.left[:, 0], top.right[:, 0]
    a = a / np.linalg.norm(a)
    return {
        "spike_m": float(u @ W @ v),
        "spike_m2": abs(float(a @ W @ v)) * math.sqrt(max(1.0 - (a @ u) ** 2, 0.0)),
        "update_teacher_overlap": similarity(v, draw.teacher_direction()) ** 2,
    }


def _of_weights(state: State, kinds: set[str], start: np.ndarray | None) -> dict[str, float]:
    """Loss, top pair and sim of W_1; its spectrum, and its outermost values beside those of W_0."""
    found = {}
    if "loss" in kinds:
        loss = training_loss(state.draw, state.W, state.gradient.a, backend=state.backend)
        found["relative_training_loss"] = loss / state.gradient.loss
    if "top" in kinds:
        found |= {each.observable: each.value for each in measured_by(group_named("top"), state)}
    if kinds & {"spectrum", "start"}:
        values = singular_values(state.W, backend=state.backend).values
        found |= _of_spectrum(values[::-1])
        if start is not None:
            found |= {"upper_edge_ratio": values[1] / start[0], "lower_edge_ratio": values[-1] / start[-1]}
    return found


def _of_spectrum(values: np.ndarray) -> dict[str, float]:
    """Both edges are its second and its least value; two modes are parted by the widest gap."""
    found = dict.fromkeys(("second_singular_value", "bulk_upper_edge"), values[-2])
    found |= dict.fromkeys(("bulk_lower_edge", "least_singular_value", "deflated_singular_value"), values[0])
    low = values[: 1 + int(np.argmax(values[1:] / values[:-1]))]
    found |= {"lower_mode_count": len(low), "lower_mode_low": low[0], "lower_mode_high": low[-1]}
    quantiles = np.quantile(values[:-1], SHARES, method="hazen")
    return found | {f"quantile {share:g}": value for share, value in zip(SHARES, quantiles, strict=True)}


def frobenius_distance(case: Case, seed: int) -> float:
    """||G_0 - A||_F/||G_0||_F, A the residual matrix, of one seed: `sims_distance` without what else sim reads."""
    setting, gradient, _ = _gradient(case, seed)
    factor = 2.0 * mean_derivative(setting.sigma) * setting.input_scale / math.sqrt(setting.N)
    G, a = (np.asarray(each, dtype=np.float64) for each in (gradient.G, gradient.a))
    return float(np.linalg.norm(G - factor * np.outer(a, gradient.residual_signal)) / np.linalg.norm(G))


def sims_distance(case: Case, seed: int) -> float:
    """The same by `sim.measures.alignment`."""
    setting, gradient, draw = _gradient(case, seed)
    backend = get_backend("numpy", threads=1)
    found = compare_rank_one(
        gradient, top_triplet(gradient.G, draw, "gradient", backend=backend), setting=setting,
        mu_1=mean_derivative(setting.sigma), reading="residual", backend=backend,
        start=draw.start_vector(setting.d, 3),
    )  # fmt: skip
    return found.frobenius_distance


def _gradient(case: Case, seed: int) -> tuple[Setting, Gradient, Draw]:
    setting = Setting(**{name: value for name, value in case if name in FIELDS})
    draw = Draw(setting=setting, seed=seed, threads=1)
    return setting, first_gradient(draw, backend=get_backend("numpy", threads=1)), draw
