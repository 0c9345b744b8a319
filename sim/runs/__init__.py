"""Kinds of run, one a file: what is drawn, stepped and measured together."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "first_step": ["OBSERVABLES", "FirstStep", "MeasuredStep", "measure_first_step"],
        "fresh": ["field_of", "fresh_start"],
        "probes": ["Probe", "ProbeOptions", "probed"],
        "products": ["Moved", "SampleProducts"],
        "starts": ["orthogonal_rows"],
        "state": ["StateError", "described", "state_bytes", "state_of_bytes"],
        "tape": ["Tape"],
        "training": ["Rule", "Stand", "TrainingState", "start_state", "trained"],
        "update_norms": ["UpdateNorms", "first_update"],
    },
)
