"""What becomes of the rest of the ESD: untouched by a tiny step, in two modes after a huge one (S4.1a, S4.1c)."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from verify.claims.rivals import constant_lie, constant_rival, rival
from verify.claims.spike.common import constant, distinct
from verify.judging.claim import Claim, Kind
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.proportion import judge_proportion
from verify.judging.judges.value import judge_value
from verify.judging.sample import Case, Prediction
from verify.measurements.spectra import spectra_at, spectrum_of, valley_depth
from verify.problem.cells import Cell
from verify.problem.paper import default_problem, main_cell, scaled_eta
from verify.problem.problem import Problem
from verify.problem.update import Update, adam, gd
from verify.running.design import Design, Readings

if TYPE_CHECKING:
    from theory.spectrum.nullity import Nullity

__all__ = ["claims"]

ETAS = (1.0, 10.0, 100.0)
ANCHOR = "the bound is a regression anchor, measured on this simulator and not derived"
DIPS, APART = 0.2, 0.9  # of the lower mode's density: a dip that an eye sees, and a gap
SHARE_REASON = "an ESD that looks so in fewer than three of four runs would not be said to look so"


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """S4.1a of the bulk; S4.1c: none at 1, a dip at 10, two modes at 100; how many values are in the lower one."""
    cell, seeds = main_cell(quick), 110 if quick else 40
    problem = default_problem()
    design = Design(
        problem=problem, cells=(cell,),  measurement=spectra_at([adam(eta) for eta in ETAS]), paired=True
    )  # fmt: skip
    looks = [
        _look("S4.1c.none", 1.0, "has one mode", lambda depth: depth < DIPS, 100.0, design, seeds),
        _look("S4.1c.dip", 10.0, "dips between two modes", lambda depth: depth > DIPS, 1.0, design, seeds),
        _look(
            "S4.1c.apart",
            100.0,
            "has two modes with a gap between",
            lambda depth: depth > APART,
            10.0,
            design,
            seeds,
        ),
    ]
    return (_untouched(cell), *looks, *_modes(cell, design, seeds))


def _untouched(cell: Cell) -> Claim:
    start, small = adam(0.0), gd(scaled_eta("gd", 0.1, cell))
    design = Design(
        problem=default_problem(), cells=(cell,),  measurement=spectra_at((start, small)), paired=True
    )  # fmt: skip

    def measure(readings: Readings) -> float:
        before, after = (spectrum_of(readings.value, update, cell) for update in (start, small))
        return float(np.sqrt(np.mean((after - before) ** 2) / np.mean(before**2)))

    return Claim(
        id="S4.1a.bulk",
        statement=f"one GD step of eta = {small.eta:g} leaves the ESD as it was: singular values move by less than 0.1 %",
        source="Section 4.1, Fig. 2a",
        reading="root mean square of s_i(W_1) - s_i(W_0) over that of s_i(W_0)",
        kind=Kind.BOUND,
        observable="relative_shift",
        predict=constant(0.0),
        judge=judge_bound,
        margin=1e-4,
        margin_reason="0.1 % of a singular value is a hundredth of the width of a bin in the paper's histograms",
        bounds=(None, 1e-3),
        lies=(
            constant_lie("a bulk that is 0.12 % wider", 0.0012),
            constant_rival("a step of the update's noise at FB-Adam's eta = 0.1", 0.1**2 / 2.0),
        ),
        seeds=12,
        design=design,
        measure=measure,
    )


@lru_cache(maxsize=1024)
def _depth(values: bytes) -> float:
    """`valley_depth` of a spectrum, once for all the looks at it."""
    return valley_depth(np.frombuffer(values))[0]


def _look(
    id: str,
    eta: float,
    words: str,
    holds: Callable[[float], bool],
    other: float,
    design: Design,
    seeds: int,
) -> Claim:
    """What an eye sees of the ESD at `eta`; the control is the same look at another eta, of the same run."""
    cell = design.cells[0]

    def seen(value: Callable[[str], float], at: float) -> float:
        values = spectrum_of(value, adam(at), cell)
        depth = _depth(values.tobytes()) if np.isfinite(values).all() else math.nan
        return float(holds(depth)) if math.isfinite(depth) else math.nan

    def control(case: Case, prediction: Prediction) -> float:
        return seen(lambda name: case.observed.get(name, math.nan), other)

    return Claim(
        id=id,
        statement=f"after one FB-Adam step of eta = {eta:g} the ESD of W_1 off its spike {words}",
        source="Section 4.1, Fig. 2d, Fig. 15",
        reading=f"valley in the density of log10 l (kernel 0.06) over the lower mode: a dip beyond {DIPS:g}, "
        f"a gap beyond {APART:g}; {cell.label}",
        kind=Kind.PROPORTION,
        observable=f"valley[{eta:g}]",
        predict=constant(1.0),
        judge=judge_proportion,
        margin=0.25,
        margin_reason=SHARE_REASON,
        lies=(constant_lie("in half of the runs", 0.5), rival(f"the same look at eta = {other:g}", control)),
        seeds=seeds,
        design=design,
        measure=lambda readings: seen(readings.value, eta),
    )  # fmt: skip


def _modes(cell: Cell, design: Design, seeds: int) -> tuple[Claim, ...]:
    """How many values are in the lower mode and how far up it reaches; the upper mode."""
    from theory.spectrum.noise_spectra import nullity_of

    found = nullity_of(design.problem.signal_noise(cell))
    low, high = found.lower_mode[1], found.upper_slope * ETAS[-1]
    cut = math.sqrt(low * high)
    return (
        _lower_count(cell, design, seeds, found, cut),
        _lower_edge(cell, design, seeds, found, cut),
        *_upper_mode(cell, design, seeds, found.staying, cut, high),
    )


def _lower_count(cell: Cell, design: Design, seeds: int, found: "Nullity", cut: float) -> Claim:
    update: Update = adam(ETAS[-1])

    def count(readings: Readings) -> float:
        values = spectrum_of(readings.value, update, cell)
        return float(np.sum(values < cut)) if np.isfinite(values).all() else math.nan

    return Claim(
        id="S4.1c.count",
        statement=f"at eta = 100 {found.staying:.0f} singular values are in the lower mode: the rank that sign(G_0) lacks",
        source="docs/derivations/nullity.md, eqs. (3) to (7)",
        reading=f"singular values below {cut:.3g}; {cell.label}",
        kind=Kind.VALUE,
        observable="lower_mode_count",
        predict=lambda case: Prediction(value=found.staying, spread=found.lost_sd),
        judge=judge_value,
        margin=0.1,
        margin_reason="a tenth of the mode; the share of unflipped columns is stated to 5 %",
        relative=True,
        lies=distinct(
            found.staying,
            (
                ("full rank: no lower mode", 0.0),
                ("columns whose majority agrees: d/2", cell.d / 2.0),
                ("rows in excess of columns, N - d", float(cell.N - cell.d)),
                ("30 % more", 1.3 * found.staying),
            ),
        ),
        seeds=seeds,
        design=design,
        measure=count,
    )


def _lower_edge(cell: Cell, design: Design, seeds: int, found: "Nullity", cut: float) -> Claim:
    update: Update = adam(ETAS[-1])
    low, high = found.lower_mode[1], found.upper_slope * ETAS[-1]

    def largest(readings: Readings) -> float:
        values = spectrum_of(readings.value, update, cell)
        return float(np.max(values[values < cut], initial=0.0))

    def edge(case: Case) -> Prediction:
        # the edge moves with the number of values that stay, and half a Tracy-Widom unit inside it
        rows = cell.N - cell.d + found.lost
        slope = 0.5 * abs(rows**-0.5 + found.lost**-0.5)
        return Prediction(value=low, spread=slope * found.lost_sd)

    return Claim(
        id="S4.1c.edge",
        statement=f"and they stay below {low:.3g}, whatever eta",
        source="docs/derivations/nullity.md, eq. (8)",
        reading=f"largest value of the lower mode at eta = 100; {cell.label}",
        kind=Kind.VALUE,
        observable="lower_mode_edge",
        predict=edge,
        judge=judge_value,
        margin=0.05,
        margin_reason="twice the finite-size shift of an edge of some hundred rows",
        relative=True,
        lies=distinct(
            low,
            (
                ("the edge of W_0: they are W_0's", math.sqrt(cell.N) + math.sqrt(cell.d)),
                ("an eighth more", 1.125 * low),
                ("they grow like eta: the other mode's end", high),
                ("the mean width sqrt(N - d + k)", math.sqrt(cell.N - cell.d + found.lost)),
            ),
        ),
        seeds=seeds,
        design=design,
        measure=largest,
    )


def _upper_mode(
    cell: Cell, design: Design, seeds: int, staying: float, cut: float, end: float
) -> tuple[Claim, ...]:
    """The other mode grows like eta: where it begins, and its median."""
    from theory.random_matrices.esd import spectral_quantile
    from theory.spectrum.noise_spectra import weight_spectrum

    problem, update, eta = design.problem, adam(ETAS[-1]), ETAS[-1]
    law = weight_spectrum(problem.signal_noise(cell), problem.teacher.theory, eta)
    level = 0.5 * (1.0 + staying / min(cell.N, cell.d))
    middle = float(spectral_quantile(law, level))

    def least(readings: Readings) -> float:
        values = spectrum_of(readings.value, update, cell)
        above = values[values >= cut]
        return float(above.min()) if np.isfinite(values).all() and above.size else math.nan

    def median(readings: Readings) -> float:
        values = spectrum_of(readings.value, update, cell)[1:]  # off the spike
        return float(np.quantile(values, level)) if np.isfinite(values).all() else math.nan

    begins = Claim(
        id="S4.1c.upper", statement=f"and the other mode begins at {end / eta:.2g} eta or above: {end:.3g} at eta = {eta:g}",
        source="docs/derivations/nullity.md, before eq. (8): measured, not derived",
        reading=f"regression anchor: 0.8 is from runs of this simulator; least singular value above {cut:.3g}; {cell.label}",
        kind=Kind.BOUND, observable="upper_mode_edge", judge=judge_bound, bounds=(end, None),
        predict=lambda case: Prediction(value=end, flags=(ANCHOR,)),
        margin=0.1 * end, margin_reason="a tenth of the bound: an anchor says that runs repeat, and is no test of theory",
        lies=(constant_rival("it does not grow: the edge of W_0", math.sqrt(cell.N) + math.sqrt(cell.d)),
              constant_lie("a fifth lower", 0.8 * end)),
        seeds=seeds, design=design, measure=least,
    )  # fmt: skip
    centre = Claim(
        id="S4.1c.upper.median", statement=f"its median is {middle / eta:.3g} eta: {middle:.4g} at eta = {eta:g}",
        source="docs/derivations/esd.md", reading=f"quantile {level:.2f} of all singular values but the spike; {cell.label}",
        kind=Kind.VALUE, observable="upper_mode_median", predict=constant(middle), judge=judge_value, margin=0.05,
        margin_reason="a fifth of what parts uneven from even noise here, rounded", relative=True,
        lies=(constant_rival("even noise of the same variance", _even_median(problem, cell, level) * eta),
              constant_lie("an eighth more", 1.125 * middle), constant_lie("an eighth less", 0.875 * middle)),
        seeds=seeds, design=design, measure=median,
    )  # fmt: skip
    return begins, centre


def _even_median(problem: Problem, cell: Cell, level: float) -> float:
    """The same quantile of the Marchenko-Pastur law of variance 1 - c^2."""
    from theory.random_matrices.esd import spectral_law, spectral_quantile
    from theory.random_matrices.random_covariance import RandomCovariance
    from theory.update.sign import sign_norm_ratio

    c = float(sign_norm_ratio(problem.signal_noise(cell).kappa))
    even = RandomCovariance(base=np.full(cell.d, 1.0 - c**2), gain=np.zeros(cell.d), weights=np.ones(1))
    return float(spectral_quantile(spectral_law(even, cell.N), level))
