"""Section 4.2 and Appendix C: overlaps of the top singular vectors of W_1 with the update's and with the teacher."""

import math
from collections.abc import Callable, Sequence
from functools import partial

from verify.claims.overlap.random import random_claims
from verify.claims.rivals import constant_lie, constant_rival, times
from verify.claims.spike.common import QUICK_SEEDS, SEEDS, constant, distinct, scaled_margin
from verify.claims.unpredicted import measured_only
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.contrasts import Judge, directed_judge
from verify.judging.judges.order import judge_order
from verify.judging.judges.proportion import judge_proportion
from verify.judging.judges.value import judge_value
from verify.measurements.names import exact
from verify.measurements.overlap_images import SIDES
from verify.predictions.optimisers import missing_theory
from verify.predictions.spike import spike_of, title
from verify.problem.cells import Cell
from verify.problem.paper import default_problem, main_cell, scaled_eta, step
from verify.problem.problem import Problem
from verify.problem.update import Update, adam, gd
from verify.running.design import Design, Readings

__all__ = [
    "SIDES", "claims", "command_claims", "from_singular_value", "near_one", "overlap_of", "value_claim", "with_the_spike",
]  # fmt: skip

SIMILARITY_SEEDS = 115  # at the paper's size: theories of sim lie nearer to each other than those of overlaps
RANDOM = 0.2  # an overlap beyond this is an outlier among ones of order 1/d
FREE = "W_0 independent of the update"
THEORIES = (
    FREE,
    "the NTK parametrisation's W_0^T a in v",
)  # rivals of the whole prediction, not of this value alone
SAME = (
    0.25  # of the margin: theories that differ by less than twice this are one to the error of the prediction
)
NTK_SOURCE = "Section 4.2, Appendix C, Fig. 9a, 9b"
NEAR_REASON = "0.05 of a squared overlap that is at most 1"


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """C.1a, C.1b, C.1d, F.1's first step, sim(W_1, beta) and the teacher along an axis."""
    cell, seeds = main_cell(quick), 2 * QUICK_SEEDS + 20 if quick else SEEDS + 5
    updates = tuple(
        step(optimiser, eta, cell)
        for optimiser, eta in (("adam", 0.01), ("adam", 0.06), ("adam", 0.1), ("adam", 1.0), ("gd", 0.1), ("gd", 2000.0))
    )  # fmt: skip
    design = Design(problem=default_problem(), cells=(cell,), groups=("top",), updates=updates, paired=True)
    small, near, tenth, large, tiny, descent = updates
    return (
        *(near_one(side, large, design, seeds) for side in SIDES),
        *(with_the_spike(side, small, tenth, design, seeds) for side in SIDES),
        *_predicted(design, near, tenth, descent, seeds),
        *_from_singular_values(design, descent, seeds),
        *random_claims(design, (small, tiny), seeds, quick=quick),
        _outliers(design, seeds),
        *_similarity(design, (tenth, large, descent), seeds if quick else SIMILARITY_SEEDS),
        *_axis(cell, seeds),
    )


def overlap_of(problem: Problem, cell: Cell, update: Update, side: str, theory: str = "two-row") -> float:
    """The predicted squared overlap (u_1(W_1).u)^2 or (v_1(W_1).v)^2."""
    at = spike_of(problem, cell, update, theory)
    return at.left_overlap_squared if side == "left" else at.right_overlap_squared


def _read(observable: str, update: Update) -> Callable[[Readings], float]:
    return lambda readings: readings.value(observable, update)


def near_one(
    side: str, update: Update, design: Design, seeds: int, *, id: str = "C.1a.{side}", source: str = NTK_SOURCE,
    where: str = "",
) -> Claim:  # fmt: skip
    """The update's top vector and W_1's overlap near 1 after a large step."""
    value = overlap_of(design.problem, design.cells[0], update, side)
    return Claim(
        id=id.format(side=side), statement=f"{where}after one step of {title(update)} the top {side} singular vectors of "
        "W_1 and of the update overlap near 1 (squared: above 0.95)", source=source,
        reading=f"O(1,1) of (W_1, M_0); {design.cells[0].label}", kind=Kind.BOUND, observable=f"{side}_overlap",
        predict=constant(value), judge=judge_bound, margin=0.02, margin_reason=NEAR_REASON, bounds=(0.95, None),
        lies=(constant_rival("random", 1.0 / design.cells[0].d), constant_lie("0.9", 0.9)), seeds=seeds, design=design,
        measure=_read(f"{side}_overlap", update),
    )  # fmt: skip


def with_the_spike(
    side: str, below: Update, above: Update, design: Design, seeds: int, *, id: str = "C.1a.{side}.spike",
    source: str = "Section 4.2, Appendix C", where: str = "",
) -> Claim:  # fmt: skip
    """The overlap is there with the spike and not without it, within a draw."""
    value = overlap_of(design.problem, design.cells[0], above, side)
    return Claim(
        id=id.format(side=side), statement=f"{where}the {side} overlap goes with the spike: it is larger by more than 0.3 "
        f"after {title(above)}, which has one, than after {title(below)}, which has none", source=source,
        reading="O(1,1) of (W_1, M_0), same draw", kind=Kind.ORDER, observable=f"{side}_overlap", predict=constant(value),
        judge=judge_order, margin=0.3, margin_reason="what a figure of overlaps shows as a column among noise",
        lies=(constant_rival("no difference", 0.0), times("half of what theory has", 0.5)), seeds=seeds, design=design,
        measure=lambda r: r.value(f"{side}_overlap", above) - r.value(f"{side}_overlap", below),
    )  # fmt: skip


def value_claim(
    id: str, observable: str, update: Update, design: Design, *, value: float, margin: float, seeds: int,
    rivals: Sequence[tuple[str, float]], statement: str, source: str, reading: str, judge: Judge = judge_value,
) -> Claim:  # fmt: skip
    """An overlap or sim has the predicted value; the rivals are its lies, and a rival theory halves the way to itself."""
    apart = [abs(rival - value) / 2.0 for name, rival in rivals if name in THEORIES]
    margin = min([margin, *(half for half in apart if half >= SAME * margin)])
    return Claim(
        id=id, statement=statement, source=source, reading=reading, kind=Kind.VALUE, observable=observable,
        predict=constant(value), judge=judge, margin=margin,
        margin_reason="the error that the prediction is stated with (like d^-1/2 below d = 1000), at most half of what "
        "parts the theories where that is beyond a quarter of it", lies=(*distinct(value, rivals), _off(value, margin)),
        seeds=seeds, design=design, measure=_read(observable, update),
    )  # fmt: skip


def _off(value: float, margin: float) -> Lie:
    """Three margins higher, or lower where there is no room above."""
    return constant_lie(
        "off by three margins", value + (3.0 if value + 3.0 * margin <= 1.0 else -3.0) * margin
    )


def _predicted(design: Design, near: Update, tenth: Update, descent: Update, seeds: int) -> list[Claim]:
    problem, cell = design.problem, design.cells[0]
    found = []
    for name, update, share in (("near", near, 0.05), ("adam", tenth, 0.02), ("gd", descent, 0.03)):
        for side in SIDES:
            value = overlap_of(problem, cell, update, side)
            rivals = (
                (FREE, overlap_of(problem, cell, update, side, "independent")),
                ("random", 1.0 / cell.d),
            )
            found.append(
                value_claim(
                    f"C.1b.{side}.{name}", f"{side}_overlap", update, design, value=value, seeds=seeds, rivals=rivals,
                    margin=scaled_margin(share, cell), source="Appendix C; docs/derivations/spike.md, eqs. (16), (17)",
                    statement=f"the top {side} vectors of W_1 and the update overlap as predicted a priori after "
                    f"{title(update)}: {value:.3f}", reading=f"ours: W_0 is in the update; {cell.label}",
                )
            )  # fmt: skip
    for side in SIDES:
        value = overlap_of(problem, cell, near, side, "independent")
        rivals = (("every overlap is near 1", 1.0), ("random", 1.0 / cell.d))
        ours = partial(overlap_of, problem, cell, near, side)
        found.append(
            value_claim(
                f"C.1b.{side}.classical", f"{side}_overlap", near, design, value=value, seeds=seeds, rivals=rivals,
                margin=scaled_margin(0.05, cell), source="Appendix C",
                statement=f"the {side} overlap is that of a spiked matrix whose W_0 is rotation invariant and "
                f"independent of the update: {value:.3f} after {title(near)}",
                reading=f"Landau et al. 2023, a priori; {cell.label}", judge=directed_judge(ours, judge_value),
            )
        )  # fmt: skip
    return found


def from_singular_value(value: float, side: str, *, N: int, d: int) -> float:
    """The squared overlap that the classical theory reads off s_1 alone (tau = 1); nan below the edge."""
    b = value**2 - N - d
    if b < 2.0 * math.sqrt(N * d) or value <= 0:
        return math.nan
    strength = (b + math.sqrt(b**2 - 4.0 * N * d)) / 2.0  # s^2 = (L + N)(L + d)/L
    x2, B = strength / N, d / N
    return (x2**2 - B) / (x2**2 + (1.0 if side == "left" else B) * x2)


def _from_singular_values(design: Design, update: Update, seeds: int) -> list[Claim]:
    problem, cell = design.problem, design.cells[0]
    at = spike_of(problem, cell, update)
    found = []
    for side in SIDES:
        classical = from_singular_value(at.top, side, N=cell.N, d=cell.d)
        expected = overlap_of(problem, cell, update, side) - classical
        words = "and so it is, as u is a/|a|" if side == "left" else "but v contains W_0^T a"

        def measure(r: Readings, side: str = side) -> float:
            top = r.value("top_singular_value", update)
            return r.value(f"{side}_overlap", update) - from_singular_value(top, side, N=cell.N, d=cell.d)

        found.append(
            Claim(
                id=f"C.1b.{side}.singular",
                statement=f"after {title(update)} the {side} overlap follows from the singular value alone: the classical "
                f"formula at the run's own s_1 ({words}: {expected:+.3f} predicted)",
                source="Appendix C; docs/derivations/spike.md, eqs. (16), (17)",
                reading=f"measured less formula, same run; {cell.label}",
                kind=Kind.VALUE,
                observable=f"{side}_overlap_less_classical",
                predict=constant(0.0),
                judge=directed_judge(partial(float, expected), judge_value),
                margin=scaled_margin(0.015, cell),
                margin_reason="a third of the part that W_0^T a adds on the right side at the paper's size",
                lies=(
                    constant_rival(
                        "the other side's formula",
                        from_singular_value(at.top, "right" if side == "left" else "left", N=cell.N, d=cell.d)
                        - classical,
                    ),
                    constant_lie("three margins more", 3.0 * scaled_margin(0.015, cell)),
                    constant_rival("near 1 whatever s_1", 1.0 - classical),
                    constant_rival("random whatever s_1", -classical),
                ),
                seeds=seeds,
                design=design,
                measure=measure,
            )
        )
    return found


def _outliers(design: Design, seeds: int) -> Claim:
    problem, cell = design.problem, design.cells[0]

    def measure(r: Readings) -> float:
        held = []
        for update in design.updates:
            wanted = spike_of(problem, cell, update).outlier
            found = [r.value(f"{side}_overlap", update) for side in SIDES]
            if not all(map(math.isfinite, found)):
                return math.nan
            held += [(overlap > RANDOM) is wanted for overlap in found]
        return float(all(held))

    return Claim(
        id="F.1", statement="after one step the overlaps of (W_1, M_0) have an outlier only for eta large enough: where a "
        "spike is predicted and nowhere else", source="Appendix F.1, Fig. 16 to 18",
        reading=f"O(1,1) above {RANDOM:g}, left and right, at all of " + ", ".join(map(title, design.updates)),
        kind=Kind.PROPORTION, observable="overlap_outliers", predict=constant(1.0), judge=judge_proportion, margin=0.25,
        margin_reason="overlaps that look so in fewer than three of four runs would not be said to look so",
        lies=(constant_lie("in half of the runs", 0.5), constant_lie("in four of five runs", 0.8)), seeds=seeds,
        design=design, measure=measure,
    )  # fmt: skip


def _similarity(design: Design, updates: Sequence[Update], seeds: int) -> list[Claim]:
    problem, cell = design.problem, design.cells[0]
    found = []
    for name, update in zip(("adam", "large", "gd"), updates, strict=True):
        two, free = (spike_of(problem, cell, update, t).similarity or 0.0 for t in ("two-row", "independent"))
        rivals = (
            (FREE, free),
            ("random: sqrt(2/(pi d))", math.sqrt(2.0 / (math.pi * cell.d))),
            ("v_1 is beta", 1.0),
        )
        found.append(
            value_claim(
                f"X.sim.{name}", "sim", update, design, value=two, seeds=seeds, rivals=rivals,
                margin=scaled_margin(0.02, cell), source="docs/derivations/spike.md, eq. (18)",
                statement=f"sim(W_1, beta) after {title(update)} is {two:.3f}", reading=f"a priori; {cell.label}",
            )
        )  # fmt: skip
    return found


def _axis(cell: Cell, seeds: int) -> list[Claim]:
    problem, sphere = default_problem(direction="axis"), default_problem()
    steps = {"adam": adam(1.0), "gd": gd(scaled_eta("gd", 2000.0, cell))}
    design = Design(
        problem=problem, cells=(cell,), groups=("top",), updates=tuple(steps.values()), paired=True
    )
    words = {
        "adam": "Adam's first step is blind to a teacher along an axis",
        "gd": "GD's first step is not blind to a teacher along an axis",
    }
    found = []
    for name, update in steps.items():
        here, there = (spike_of(p, cell, update).similarity or 0.0 for p in (problem, sphere))
        rivals = [("as for a teacher on the sphere", there), ("blind: none", 0.0), ("aligned", 1.0)]
        found.append(
            value_claim(
                f"X.blind.{name}", "sim", update, design, value=here, seeds=seeds, rivals=rivals,
                margin=scaled_margin(0.02, cell), source="docs/derivations/spike.md; sign_update.md",
                statement=f"{words[name]}: sim(W_1, e_1) = {here:.3f} after {title(update)}",
                reading=f"beta = e_1, softplus teacher; {cell.label}",
            )
        )  # fmt: skip
    return found


def _measured_claims(name: str, update: Update, design: Design, seeds: int, reason: str) -> list[Claim]:
    """Both overlaps and sim after an update that theory does not know."""
    return [
        measured_only(
            f"overlap.{observable.removesuffix('_overlap')}.{name}",
            f"{observable.replace('_', ' ')} after {title(update)} is as predicted",
            observable, reason, seeds=seeds, design=design, measure=_read(observable, update),
        )
        for observable in ("left_overlap", "right_overlap", "sim")
    ]  # fmt: skip


def command_claims(
    problem: Problem, cell: Cell, updates: Sequence[Update], *, seeds: int
) -> tuple[Claim, ...]:
    """The claims of `verify.overlap`: left, right and sim at every eta clearly above the threshold, none clearly below."""
    from verify.claims.overlap.random import random_claim
    from verify.predictions.spike import certain

    design = Design(problem=problem, cells=(cell,), groups=("top",), updates=tuple(updates), paired=True)
    found: list[Claim] = []
    for update in updates:
        name = f"{update.optimiser}-{exact(update.eta)}"
        if reason := missing_theory(update):
            found += _measured_claims(name, update, design, seeds, reason)
            continue
        at, free = spike_of(problem, cell, update), spike_of(problem, cell, update, "independent")
        if not certain(problem, cell, update):
            continue
        if not at.outlier and at.strength > 0.5 * at.threshold:
            continue  # random overlaps swell towards the threshold
        if not at.outlier:
            found += [
                random_claim(f"overlap.{side}.{name}", side, update, design, seeds, room=3.0)
                for side in SIDES
            ]
            continue
        values = {
            "left_overlap": (at.left_overlap_squared, free.left_overlap_squared),
            "right_overlap": (at.right_overlap_squared, free.right_overlap_squared),
            "sim": (at.similarity or 0.0, free.similarity or 0.0),
        }
        near = at.strength < 4.0 * at.threshold
        for observable, (value, rival) in values.items():
            margin = scaled_margin(0.03 if observable == "sim" else 0.05 if near else 0.02, cell)
            same = abs(rival - value) < 2.0 * SAME * margin  # said in the reading, not judged
            rivals = [("no overlap", 0.0)] if same else [(FREE, rival), ("no overlap", 0.0)]
            found.append(
                value_claim(
                    f"overlap.{observable.removesuffix('_overlap')}.{name}", observable, update, design, value=value,
                    margin=margin, seeds=seeds, source="docs/derivations/spike.md, eqs. (16) to (18)", rivals=rivals,
                    reading=f"a priori; {cell.label}" + (f"; {rival:.3f} were {FREE}, not told apart here" if same else ""),
                    statement=f"{observable.replace('_', ' ')} after {title(update)} is {value:.3f}",
                )
            )  # fmt: skip
    return tuple(found)
