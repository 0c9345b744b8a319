"""Which observables a record must hold to be taken for a request: a record that lacks one is computed again."""

import math
from collections.abc import Mapping

from verify.running.groups import CUSTOM, UPDATE_NORMS
from verify.running.request import Request, feature_key
from verify.running.store import Record

__all__ = ["incomplete", "names_of"]

OF_UPDATE_NORMS = frozenset({"frobenius_norm", "operator_norm", "readout_sum", "initial_loss", "zeros"})
OF_A_FINITE_UPDATE = frozenset({"operator_failure_probability", "operator_steps", "operator_converged"})


def names_of(request: Request) -> frozenset[str]:
    """The observables of the request's group; none where only a measurement of one's own knows them."""
    if request.group == CUSTOM:
        return frozenset()
    if request.group == UPDATE_NORMS:
        return OF_UPDATE_NORMS
    from sim.measures.readout import feature_scales
    from sim.observables.table import group_named

    group = group_named(request.group)
    scalings = tuple(feature_scales("ntk", 1)) if group.features else ("",)
    return frozenset(feature_key(name, scaling) for name in group.observables for scaling in scalings)


def incomplete(loaded: Mapping[Request, Record]) -> dict[Request, str]:
    """Records that lack what another of the same measurement and sizes has, or an update that is finite, with its name.

    A user's own measurement that gives fewer names in some runs is measured again there: nothing else tells its record
    from one that was tampered with.
    """
    most: dict[object, set[str]] = {}
    custom = {request: record for request, record in loaded.items() if request.measurement is not None}
    for request, record in custom.items():
        most.setdefault((request.measurement, request.cell.sizes), set()).update(record.observables)
    lacking: dict[Request, set[str]] = {
        request: most[request.measurement, request.cell.sizes] - set(record.observables)
        for request, record in custom.items()
    }
    lacking |= {
        request: set(OF_A_FINITE_UPDATE) - set(record.observables)
        for request, record in loaded.items()
        if request.group == UPDATE_NORMS and math.isfinite(record.value("frobenius_norm"))
    }
    return {request: min(names) for request, names in lacking.items() if names}
