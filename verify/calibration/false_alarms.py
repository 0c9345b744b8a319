"""False findings and power of every judge, counted on synthetic records whose truth is known."""

import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from verify.calibration.trials import Trial
from verify.statistics import clopper_pearson
from verify.statistics.verdict import Verdict

__all__ = ["RATES", "REPLICATES", "AlarmRow", "all_trials", "count_alarms", "run_trial"]

RATES = (0.05, 0.01)
REPLICATES = 1000
CALIBRATION_RATE = 1e-4  # of each comparison made here
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """One judge at one error rate.

    Attributes
    ----------
    false_refutations, false_supports : int
        Of `replicates` records with the truth on the margin's edge (for judges without sampling error: with the claim
        exactly true, and off by half a tolerance more than is allowed).
    refutation_interval, support_interval : (low, high)
        Clopper-Pearson, at 1e-4.
    refutations_allowed, supports_allowed : float
        The rates that docs/statistics.md derives, of which the observed ones must not be found to be above.
    refuted_though_true : int
        Of `replicates` records with the truth exactly as predicted.
    power, lie_power : float
        Share supported where the claim is exactly true, share refuted where the lie is.
    power_predicted, lie_power_predicted : float
        nan where no formula is stated; lower bounds where not `exact`.
    faults : tuple of str
        What is out of calibration; empty where nothing is.
    """

    kind: str
    judge: str
    design: str
    error_rate: float
    replicates: int
    refuted_though_true: int
    false_refutations: int
    refutations_allowed: float
    refutation_interval: Pair
    false_supports: int
    supports_allowed: float
    support_interval: Pair
    power: float
    power_predicted: float
    power_interval: Pair
    lie_power: float
    lie_power_predicted: float
    lie_power_interval: Pair
    exact: bool
    faults: tuple[str, ...]

    @property
    def calibrated(self) -> bool:
        """Whether nothing was found out of calibration."""
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        """Plain data; nan becomes null."""
        plain = asdict(self) | {"calibrated": self.calibrated}
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in plain.items()}


def all_trials() -> tuple[Trial, ...]:
    """Every judge, in the order of the kinds."""
    from verify.calibration.trials_cells import cell_trials
    from verify.calibration.trials_exact import exact_trials
    from verify.calibration.trials_seeds import seed_trials

    order = (
        "identity",
        "value",
        "exponent",
        "bound",
        "exact",
        "proportion",
        "count",
        "distribution",
        "order",
        "trend",
    )
    found = (*exact_trials(), *seed_trials(), *cell_trials())
    return tuple(sorted(found, key=lambda trial: order.index(trial.kind)))


def count_alarms(
    trials: Sequence[Trial],
    *,
    rates: Sequence[float] = RATES,
    replicates: int = REPLICATES,
    seed: int = 0,
    show: Callable[[float, str], None] = lambda share, text: None,
) -> Iterator[AlarmRow]:
    """A row per judge and rate."""
    wanted = [(trial, rate) for trial in trials for rate in rates]
    for index, (trial, rate) in enumerate(wanted):
        show(index / len(wanted), f"{trial.name} at {rate:g}")
        yield run_trial(trial, rate=rate, replicates=replicates, seed=seed)
    show(1.0, "")


def run_trial(trial: Trial, *, rate: float, replicates: int, seed: int = 0) -> AlarmRow:
    """One judge at one rate on records of its own, the same whatever else is run."""
    stream = zlib.crc32(f"{trial.name} {rate!r}".encode())
    claim = replace(trial.claim, error_rate=rate)
    counted = {}
    for place, offset in enumerate((0.0, 1.0, trial.lie)):
        rng = np.random.default_rng([seed, stream, place])
        verdicts = [claim.judge(claim, trial.draw(rng, offset)).verdict for _ in range(replicates)]
        counted[offset] = {verdict: verdicts.count(verdict) for verdict in Verdict}
    true, edge, lie = counted[0.0], counted[1.0], counted[trial.lie]
    certain = (
        trial.allowed(rate)[0] >= 1.0
    )  # no sampling error: at the "edge" the claim is false, and must be refuted
    refuted = true[Verdict.REFUTED] if certain else edge[Verdict.REFUTED]
    allowed = (trial.allowed(rate)[1],) * 2 if certain else trial.allowed(rate)
    supported, lied = true[Verdict.SUPPORTED], lie[Verdict.REFUTED]
    predicted = trial.predicted(rate)
    row = AlarmRow(
        kind=str(trial.kind), judge=trial.name, design=trial.design, error_rate=rate, replicates=replicates,
        refuted_though_true=true[Verdict.REFUTED],
        false_refutations=refuted, refutations_allowed=allowed[0], refutation_interval=_interval(refuted, replicates),
        false_supports=edge[Verdict.SUPPORTED], supports_allowed=allowed[1],
        support_interval=_interval(edge[Verdict.SUPPORTED], replicates),
        power=supported / replicates, power_predicted=predicted[0], power_interval=_interval(supported, replicates),
        lie_power=lied / replicates, lie_power_predicted=predicted[1], lie_power_interval=_interval(lied, replicates),
        exact=trial.exact, faults=(),
    )  # fmt: skip
    return replace(row, faults=_faults(row))


def _interval(successes: int, trials: int) -> Pair:
    found = clopper_pearson(successes, trials, error_rate=CALIBRATION_RATE)
    return found.low, found.high


def _faults(row: AlarmRow) -> tuple[str, ...]:
    """What the counts exclude: a false finding more often than allowed, power other (or less) than predicted."""
    faults = []
    if row.refutation_interval[0] > row.refutations_allowed:
        faults.append("refutes what is true too often")
    if row.support_interval[0] > row.supports_allowed:
        faults.append("supports what is false too often")
    for name, predicted, (low, high) in (
        ("power", row.power_predicted, row.power_interval),
        ("power against the lie", row.lie_power_predicted, row.lie_power_interval),
    ):
        if not math.isnan(predicted) and high < predicted - 1e-9:
            faults.append(f"{name} below the prediction")
        if not math.isnan(predicted) and row.exact and low > predicted + 1e-9:
            faults.append(f"{name} above the prediction")
    return tuple(faults)
