"""What is claimed: formulas, symbols, numbers; no randomness, no big arrays, nothing of `sim` or `verify`."""

from importlib import import_module
from typing import Any

DISTRIBUTION = "bulkspike"  # start-up compares it: another distribution owns the name `verify` on PyPI

# spike, spike_inputs, nullity, ridge_stage and noise_covariance have the names of modules and are to be had from
# those only: here the name would mean the function or the module by what was imported first.
_MODULES: dict[str, str] = {
    "activations": "NAMES Function centred from_callables from_tree named parity parity_route",
    "adam_eps": "adam_frobenius_ratio adam_norm_ratios eps_frobenius_ratio eps_operator_ratio",
    "adam_eps_spread": "adam_frobenius_spread",
    "assumption_proofs": "prove_softplus_teacher prove_tanh_student",
    "assumptions": "AssumptionPart AssumptionReport assumption_flag check_student check_teacher",
    "balls": "BALL_MOMENTS MomentBall moment_ball",
    "bulk": (
        "hill_alpha_null marchenko_pastur_cdf marchenko_pastur_density marchenko_pastur_edges "
        "marchenko_pastur_quantile"
    ),
    "decomposition": "RowSignalNoise SignalNoise row_signal_noise signal_noise",
    "edges": "Edge lower_population_edge population_edge weighted_edge",
    "esd": (
        "SpectralLaw spectral_cdf spectral_density spectral_law spectral_mid_quantiles spectral_quantile"
    ),
    "floor": "even_part_energy odd_student_floor",
    "gradient": ("gradient_norm_spreads gradient_norms label_matrix_error residual_matrix_error"),
    "hermite": "HermiteCoefficients hermite_coefficients hermite_tail",
    "inequalities": (
        "ForsterBound forster_bound forster_equality forster_rank_bound interlacing_interval norm_interval "
        "sign_norm_interval singular_vector_bound sufficient_eta weyl_interval weyl_sum_bounds"
    ),
    "johnstone": (
        "JohnstoneScaling johnstone_scaling top_singular_value_p_value top_singular_value_quantile"
    ),
    "kta": "kernel_target_alignment",
    "loss_integral": "LossIntegral adam_loss_integral adam_loss_integral_with_error",
    "losses": (
        "LossParabola adam_loss break_even_eta first_step_loss gd_loss gd_stability_limit loss_ratio "
        "optimal_eta optimal_loss_ratio"
    ),
    "moments": "Moment MomentError StudentMoments TeacherMoments moment student_moments teacher_moments",
    "noise_covariance": "sign_noise_covariance",
    "noise_spectra": (
        "gradient_weight_edges nullity_of rank_one_error residual_squares_of second_singular_value sign_noise_of "
        "weight_edges weight_spectrum"
    ),
    "nullity": "Nullity unflipped_share",
    "nullity_rows": "unflipped_share_refined",
    "prediction": "ProblemPrediction Quantity predict",
    "random_covariance": "RandomCovariance covariance_edge lower_edge upper_edge",
    "rank_one_frobenius": "FrobeniusDistance frobenius_distance",
    "regularity": "Supremum lipschitz_constant supremum",
    "residual_law": "ResidualLaw residual_cdf residual_law_of residual_square_quantiles",
    "resolvent_sums": "FeatureSpectrum eigenvalue_spectrum identity_spectrum sign_noise_spectrum",
    "ridge": "RidgeLosses ridge_losses",
    "ridge_kernels": "FeatureKernels TeacherKernels feature_kernels teacher_kernels",
    "ridge_stage": "RidgeStage SeenDirection seen_direction",
    "second_value": "gradient_second_value projected_residual_squares sign_second_value",
    "sign_update": (
        "sign_agreement sign_agreement_refined sign_norm_ratio sign_norm_ratio_refined sign_norm_spread "
        "uncorrected_factor"
    ),
    "spike": "SIGN_SECOND_ROW Spike SpikeTheory critical_theta",
    "spike_below": "OverlapsBelow overlaps_below",
    "spike_fluctuation": "SpikeSpread spike_spread",
    "spike_inputs": "SpikeInputs critical_eta spike_at",
    "spike_secular": "spike_by_secular_equation",
    "tracy_widom": (
        "TRACY_WIDOM_MEAN TRACY_WIDOM_VARIANCE tracy_widom_cdf tracy_widom_pdf tracy_widom_quantile "
        "tracy_widom_upper_quantile tracy_widom_upper_tail"
    ),
    "update_direction": "TeacherOverlap direction_overlap teacher_overlap teacher_scatter update_overlaps",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """Import the home of a public name on first use, so that `import theory` costs nothing (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'theory' has no attribute {name!r}")
    return getattr(import_module(f"theory.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
