"""The outlier of W_1: position, threshold, overlaps, fluctuation."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "below": ["OverlapsBelow", "overlaps_below"],
        "fluctuation": ["SpikeSpread", "spike_spread"],
        "formulas": ["SIGN_SECOND_ROW", "Spike", "SpikeTheory", "critical_theta", "spike", "spike_of_roots"],
        "inputs": ["SpikeInputs", "critical_eta", "spike_at", "spike_inputs"],
        "run_scatter": ["run_covariance", "run_means", "run_scales"],
        "secular": ["resolvent_traces", "secular_determinant", "spike_by_secular_equation"],
        "threshold_scatter": ["threshold_spreads"],
    },
)
