"""S4.1d to S4.1g: what the paper reads off its learning-rate sweeps after one step (Fig. 3), as paired contrasts.

Where the paper gives a direction only, that direction is judged; what theory expects instead is said in the
claims of `verify.claims.losses.theory`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from verify.claims.losses.common import (
    FEATURES,
    SMALLEST_REASON,
    change_claim,
    change_of,
    key_of,
    order_claim,
    smallest_change,
)
from verify.claims.rivals import constant_lie, constant_rival
from verify.judging.claim import Claim, Kind
from verify.judging.judges.contrasts import directed_judge
from verify.judging.judges.ranks import judge_ranks
from verify.predictions.noise import has_spike
from verify.predictions.ridge import level, ridge_change, ridge_level
from verify.problem.cells import Cell
from verify.problem.paper import default_problem, main_cell, step
from verify.problem.problem import Problem
from verify.problem.update import STILL, Update
from verify.running.design import Design, Readings

__all__ = ["claims", "rank_correlation", "spike_contrast"]

Level = Callable[[Update], float]

WORDS = {"test": "test loss", "holdout": "training (hold-out) loss", "kta": "KTA", "sim": "sim(W_1, beta)"}
BETTER_UP = {"test": False, "holdout": False, "kta": True, "sim": True}


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """Every claim of the sweeps at the main cell."""
    problem, cell, seeds = default_problem(), main_cell(quick), 120 if quick else 32
    return (
        *_gd_claims(problem, cell, seeds),
        *_adam_claims(problem, cell, seeds),
        *_large_eta_claims(problem, cell, seeds),
        *_spike_claims(problem, cell, seeds),
    )


def _design(problem: Problem, cell: Cell, name: str, updates: Sequence[Update]) -> Design:
    groups = ("top",) if name == "sim" else ("ridge",)
    return Design(problem=problem, cells=(cell,), groups=groups, updates=tuple(updates), paired=True)


def _readings() -> list[tuple[str, str]]:
    """Every (observable, features); sim has no features."""
    return [("sim", ""), *((name, features) for name in ("test", "holdout", "kta") for features in FEATURES)]


def _label(stem: str, name: str, features: str) -> str:
    return ".".join(part for part in (stem, name, features) if part)


def _better(
    stem: str, text: str, problem: Problem, cell: Cell, updates: Sequence[Update], seeds: int,
    measure: Callable[[str], Callable[[Readings], float]], theory: Callable[[Level], float],
    readings: Sequence[tuple[str, str]] | None = None, *, worse: bool = False,
) -> list[Claim]:  # fmt: skip
    """Losses fall and KTA and sim rise (`worse`: the other way), one claim per reading.

    `theory` puts the predicted contrast together from the levels after updates.
    """
    found = []
    for name, features in _readings() if readings is None else readings:
        up = BETTER_UP[name] != worse
        found.append(
            order_claim(
                id=_label(stem, name, features), statement=f"{WORDS[name]} {'rises' if up else 'falls'} {text}",
                source="Section 4.1, Fig. 3", reading=FEATURES.get(features, ""), observable=key_of(name, features),
                design=_design(problem, cell, name, updates), up=up, seeds=seeds,
                margin=smallest_change(problem, cell, name, features), measure=measure(key_of(name, features)),
                theory=partial(theory, partial(_level, problem, cell, name, features)),
            )
        )  # fmt: skip
    return found


def _level(problem: Problem, cell: Cell, name: str, features: str, update: Update) -> float:
    return level(problem, cell, update, name, features)


def _gd_claims(problem: Problem, cell: Cell, seeds: int) -> list[Claim]:
    half, full = step("gd", 1000.0, cell), step("gd", 2000.0, cell)
    found = _better(
        "S4.1d", f"from eta -> 0 to one GD step of eta = {full.eta:g}", problem, cell, (STILL, full), seeds,
        lambda key: change_of(key, full), lambda at: at(full) - at(STILL),
    )  # fmt: skip

    def onset(key: str) -> Callable[[Readings], float]:
        return lambda r: change_of(key, full)(r) - 2 * change_of(key, half)(r)

    return found + _better(
        "S4.1d.begins",
        f"more between GD's eta = {half.eta:g} and {full.eta:g} than between 0 and {half.eta:g}",
        problem, cell, (STILL, half, full), seeds, onset, lambda at: at(full) - 2 * at(half) + at(STILL),
        [(name, features) for name, features in _readings() if name != "holdout"],
    )  # fmt: skip


def _since_start(update: Update, at: Level) -> float:
    return at(update) - at(STILL)


def _adam_claims(problem: Problem, cell: Cell, seeds: int) -> list[Claim]:
    tenth, one, ten = (step("adam", eta, cell) for eta in (0.1, 1.0, 10.0))
    found = list[Claim]()
    for update, label in ((tenth, "0.1"), (one, "1")):
        found += _better(
            f"S4.1e.at-{label}", f"from eta -> 0 to one FB-Adam step of eta = {update.eta:.3g}", problem, cell,
            (STILL, update), seeds, partial(change_of, update=update), partial(_since_start, update),
        )  # fmt: skip
    beyond = [(name, features) for name in ("test", "kta") for features in FEATURES]
    found += _better(
        "S4.1e.beyond", "from FB-Adam's eta = 1 to 10", problem, cell, (one, ten), seeds,
        lambda key: change_of(key, ten, one), lambda at: at(ten) - at(one), beyond, worse=True,
    )  # fmt: skip
    return found + _nothing_changes(problem, cell, seeds)


def _nothing_changes(problem: Problem, cell: Cell, seeds: int) -> list[Claim]:
    """At 1e-3 and 0.01: no change as large as what the claims at 0.1 and 1 call one."""
    found = []
    for label in ("0.001", "0.01"):
        small = step("adam", float(label), cell)
        for name, features in _readings():
            least, key = smallest_change(problem, cell, name, features), key_of(name, features)
            found.append(
                change_claim(
                    id=_label(f"S4.1e.at-{label}", name, features),
                    statement=f"{WORDS[name]} does not change from eta -> 0 to one FB-Adam step of eta = "
                    f"{small.eta:.3g}: not by {least:.2g}",
                    source="Section 4.1, Fig. 3", reading=FEATURES.get(features, ""), observable=key,
                    design=_design(problem, cell, name, (STILL, small)), value=0.0, margin=least,
                    margin_reason=SMALLEST_REASON, seeds=seeds, measure=change_of(key, small),
                    lies=(constant_lie("three of the smallest changes up", 3 * least),
                          constant_lie("three of the smallest changes down", -3 * least)),
                )
            )  # fmt: skip
    return found


def _widening(first: str, second: str, update: Update) -> Callable[[Readings], float]:
    """How much more the update changes the first reading than the second."""
    return lambda r: change_of(first, update)(r) - change_of(second, update)(r)


def _gap(moved: Callable[[str], float]) -> float:
    return moved("test") - moved("holdout")


def _large_eta_claims(problem: Problem, cell: Cell, seeds: int) -> list[Claim]:
    large = step("adam", 100.0, cell)
    found = []
    for features, words in FEATURES.items():
        holdout, test = key_of("holdout", features), key_of("test", features)
        moved = partial(ridge_change, problem, cell, large, features=features)
        parts: tuple[tuple[str, str, bool, str, Callable[[Readings], float], Callable[[], float]], ...] = (
            ("low", "the training (hold-out) loss is lower than at eta -> 0", False, holdout, change_of(holdout, large),
             partial(moved, "holdout")),
            ("high", "the test loss is higher than at eta -> 0", True, test, change_of(test, large),
             partial(moved, "test")),
            (
                "gap", "the gap between test and training (hold-out) loss is wider than at eta -> 0", True, test,
                _widening(test, holdout, large), partial(_gap, moved),
            ),
        )  # fmt: skip
        found += [
            order_claim(
                id=f"S4.1f.{label}.{features}", statement=f"after one FB-Adam step of eta = {large.eta:g} {text}",
                source="Section 4.1, Fig. 3", reading=words, observable=observable, up=up, seeds=seeds,
                design=_design(problem, cell, "test", (STILL, large)), measure=measure,
                margin=smallest_change(problem, cell, "test" if label != "low" else "holdout", features), theory=theory,
            )
            for label, text, up, observable, measure, theory in parts
        ]  # fmt: skip
    return found


def spike_contrast(
    problem: Problem, cell: Cell, updates: Sequence[Update], key: str
) -> Callable[[Readings], float]:
    """Mean test loss of a seed's steps with a spike less the mean of those without; nan where one kind is missing."""

    def measure(readings: Readings) -> float:
        kinds: dict[bool, list[float]] = {True: [], False: []}
        for update in updates:
            top = readings.value("top_singular_value", update)
            kinds[has_spike(problem, cell, update, top)].append(readings.value(key, update))
        if not kinds[True] or not kinds[False]:
            return math.nan
        return sum(kinds[True]) / len(kinds[True]) - sum(kinds[False]) / len(kinds[False])

    return measure


def _spike_claims(problem: Problem, cell: Cell, seeds: int) -> list[Claim]:
    mild = (*(("adam", eta) for eta in (0.01, 0.1, 1.0)), *(("gd", eta) for eta in (1000.0, 2000.0, 3000.0)))
    grids = {
        "to-1": ("FB-Adam up to eta = 1 and GD up to 3000", mild),
        "whole-grid": ("FB-Adam up to eta = 100 and GD up to 3000", (*mild, ("adam", 10.0), ("adam", 100.0))),
    }
    found = []
    for label, (words, grid) in grids.items():
        updates = (STILL, *(step(optimiser, eta, cell) for optimiser, eta in grid))
        for features, reading in FEATURES.items():
            key = key_of("test", features)
            design = Design(
                problem=problem, cells=(cell,), groups=("ridge", "top"), updates=updates, paired=True
            )
            found.append(
                order_claim(
                    id=f"S4.1g.{label}.{features}",
                    statement="the test loss is lower after the steps that put a spike into the ESD of W_1 than "
                    "after those that do not", source="Section 4.1", reading=f"{words}; {reading}", observable=key,
                    design=design, up=False, margin=smallest_change(problem, cell, "test", features),
                    measure=spike_contrast(problem, cell, updates, key), seeds=seeds,
                    theory=partial(_predicted_contrast, problem, cell, updates, features),
                )
            )  # fmt: skip
            found.append(
                _rank_claim(
                    f"S4.1g.{label}.{features}.ranks", f"{words}; {reading}", design, updates, features, seeds
                )
            )
    return found


def _predicted_contrast(problem: Problem, cell: Cell, updates: Sequence[Update], features: str) -> float:
    from verify.predictions.spike import spike_of

    kinds: dict[bool, list[float]] = {True: [], False: []}
    for update in updates:
        kinds[spike_of(problem, cell, update).outlier].append(
            ridge_level(problem, cell, update, "test", features)
        )
    return sum(kinds[True]) / len(kinds[True]) - sum(kinds[False]) / len(kinds[False])


def _rank_claim(
    id: str, reading: str, design: Design, updates: Sequence[Update], features: str, seeds: int
) -> Claim:
    """The same by ranks: Spearman's coefficient over eta of test loss and k_out (0 or 1: one step adds one), per seed."""
    problem, cell, key = design.problem, design.cells[0], key_of("test", features)

    def measure(readings: Readings) -> float:
        tops = [readings.value("top_singular_value", update) for update in updates]
        out = [float(has_spike(problem, cell, u, top)) for u, top in zip(updates, tops, strict=True)]
        return rank_correlation([readings.value(key, update) for update in updates], out)

    def expected() -> float:
        from verify.predictions.spike import spike_of

        out = [float(spike_of(problem, cell, update).outlier) for update in updates]
        return rank_correlation([ridge_level(problem, cell, u, "test", features) for u in updates], out)

    claim = order_claim(
        id=id, statement="over the learning rates the test loss is lower where W_1 has an outlier: Spearman's coefficient "
        "of the loss and of 0 (none) or 1 (one) is below 0", source="Section 4.1", reading=reading, observable=key,
        design=design, up=False, margin=0.1, margin_reason="a coefficient nearer to 0 would not be called a trend",
        measure=measure, seeds=seeds, theory=expected,
    )  # fmt: skip
    lies = (constant_lie("no change", 0.0), constant_rival("always in order: -1", -1.0))
    return replace(claim, kind=Kind.TREND, judge=directed_judge(expected, judge_ranks), lies=lies)


def rank_correlation(losses: Sequence[float], outliers: Sequence[float]) -> float:
    """Spearman's coefficient; nan where a loss is no number or all steps have as many outliers."""
    from verify.statistics import spearman_coefficients

    if not all(map(math.isfinite, losses)) or len(set(losses)) < 3:
        return math.nan
    return float(spearman_coefficients([outliers], losses)[0])
