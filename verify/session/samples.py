"""From records to a sample: measured beside predicted, one entry per cell and seed."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from verify.errors import UsageError, quoted
from verify.judging.claim import Claim
from verify.judging.lies import defined_at
from verify.judging.sample import Case, Sample
from verify.problem.update import Update
from verify.running.design import Design, Readings, readings_of_design
from verify.running.request import Request
from verify.running.store import Record
from verify.session.mistakes import told_by_claim

__all__ = ["sample_of_design"]


def sample_of_design(
    claim: Claim, design: Design, seeds: Sequence[int], records: Mapping[Request, Record]
) -> Sample:
    """Measured beside predicted, one entry per cell and seed."""
    cases, values, all_seeds = [], [], []
    for readings in readings_of_design(design, seeds, records):
        with told_by_claim(claim, "measure"):
            measured = _measured(claim, readings)
        observed = {name: value for (_, _, name), value in readings.values.items()}
        update = design.updates[0] if design.updates else Update()
        cases.append(Case(problem=design.problem, cell=readings.cell, update=update, observed=observed))
        values.append(_number(claim, measured))
        all_seeds.append(readings.seed)
    return Sample(
        cases=tuple(cases),
        seeds=tuple(all_seeds),
        values=tuple(values),
        predictions=tuple(claim.predict(case) for case in cases),
    )


def _number(claim: Claim, measured: object) -> float:
    """What was measured as a float.

    Raises
    ------
    UsageError
        The claim's `measure` gave something else.
    """
    try:
        return float(measured)  # type: ignore[arg-type]  # what a user's function gave
    except (TypeError, ValueError, OverflowError):
        where = f"--claims: {defined_at(claim)}claim {claim.id}"
        raise UsageError(f"{where}: measure must return a number; it returned {quoted(measured)}") from None


def _measured(claim: Claim, readings: Readings) -> float:
    """A claim's number of one cell and seed, nan where its readings allow none (a quotient by 0).

    Raises
    ------
    UsageError
        The claim's own observable is not among what its design measures.
    """
    try:
        with np.errstate(all="ignore"):
            return readings.value(claim.observable) if claim.measure is None else claim.measure(readings)
    except ArithmeticError:
        return math.nan
    except KeyError as error:
        if claim.measure is not None:
            raise
        where = defined_at(claim)
        raise UsageError(f"--claims: {where}claim {claim.id}: observable {error.args[0]}") from None
