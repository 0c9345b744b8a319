"""What `theory.predict` can predict: name, section, equation and meaning of each quantity, in one place.

A quantity that is also measured has the name of its measurement (`sim.runs.first_step`, `sim.runs.update_norms`). Equations
are labels on the pages of docs/derivations/: "sign-4" is eq. (sign-4) of sign_update.md.
"""

from dataclasses import dataclass

__all__ = ["CATALOGUE", "SECTIONS", "Entry"]

SECTIONS = (
    "moments",
    "first gradient G_0",
    "first update D_0",
    "spike",
    "losses",
    "weights before the step",
    "after the step",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a name stands for, whatever the problem; `gd_equation` where GD has a derivation of its own."""

    section: str
    equation: str
    meaning: str
    gd_equation: str | None = None


def _entries(section: str, rows: tuple[tuple[str, ...], ...]) -> dict[str, Entry]:
    return {
        name: Entry(section=section, equation=equation, meaning=meaning, gd_equation=gd[0] if gd else None)
        for name, equation, meaning, *gd in rows
    }


CATALOGUE: dict[str, Entry] = (
    _entries(
        "moments",
        (
            ("mu_1", "moments-1", "E sigma'"),
            ("mu_2", "moments-1", "E z sigma'"),
            ("mu_3", "moments-1", "E (z^2 - 1) sigma'"),
            ("var_prime", "moments-1", "Var sigma'"),
            ("q", "moments-1", "E sigma^2"),
            ("s0", "moments-1", "E sigma"),
            ("sigma_sigma_prime_z", "moments-1", "E z sigma sigma'"),
            ("c_0", "moments-2", "E sigma_*"),
            ("c_1", "moments-2", "E z sigma_*"),
            ("c_2", "moments-2", "E (z^2 - 1) sigma_*"),
            ("q_star", "moments-2", "E sigma_*^2"),
            ("fourth", "moments-2", "E sigma_*^4"),
        ),
    )
    | _entries(
        "first gradient G_0",
        (
            ("output_2", "gradient-3", "E f^2, the network's output at W_0"),
            ("initial_loss", "gradient-3", "E r^2, the training loss at W_0"),
            ("residual_4", "gradient-4", "E r^4"),
            ("b_squared", "gradient-5", "|b|^2, squared length of the residual's linear part"),
            ("v_t", "gradient-6", "variance of one entry of t = X^T r/n"),
            ("nu", "gradient-7", "spread of the noise of one entry of H"),
            ("kappa", "gradient-8", "signal-to-noise ratio of one entry"),
            ("p", "gradient-8", "kappa^2/(1 + kappa^2)"),
            ("gradient_operator_norm", "gradient-12", "||G_0||_2"),
            ("gradient_frobenius_norm", "gradient-12", "||G_0||_F"),
            ("rank_one_distance_residual", "edges-30", "||G_0 - A||_2/||G_0||_2, residual matrix A, sharp"),
            ("rank_one_distance_residual_leading", "gradient-14", "the same, its leading form"),
            ("rank_one_distance_label", "gradient-13", "||G_0 - A||_2/||G_0||_2, label matrix A"),
            (
                "rank_one_frobenius_distance_residual",
                "gradient-24",
                "||G_0 - A||_F/||G_0||_F, residual matrix",
            ),
            ("sign_agreement", "sign-5", "share of entries of G_0 with the residual matrix's sign, limit"),
            ("sign_agreement_residual", "sign-6", "the same at this size"),
        ),
    )
    | _entries(
        "first update D_0",
        (
            ("sign_norm_ratio", "sign-4", "c, limit of ||sign(G_0)||_2/sqrt(N d)"),
            ("sign_norm_ratio_refined", "sign-8", "c at this size"),
            ("eps_relative", "eps-1", "eps over the root mean square entry of G_0"),
            ("operator_norm_ratio", "eps-7", "||D_0||_2/sqrt(N d)", "gradient-12"),
            ("frobenius_norm_ratio", "eps-2", "||D_0||_F/sqrt(N d)", "gradient-12"),
            ("operator_norm", "eps-7", "||D_0||_2", "gradient-12"),
            ("frobenius_norm", "eps-2", "||D_0||_F", "gradient-12"),
            ("update_noise_edge", "edges-23", "edge of the noise of D_0, limit", "edges-30"),
            (
                "update_second_singular_value",
                "edges-31",
                "second singular value of D_0 at this size",
            ),
            ("unflipped_share", "nullity-3", "p0, share of columns without a flipped sign, limit"),
            ("unflipped_share_refined", "nullity-14", "p0 at this size: rows unequal, noise skewed"),
            ("update_rank", "nullity-6", "rank of sign(G_0)"),
            ("update_nullity", "nullity-6", "min(N, d) less that rank"),
            ("update_nullity_refined", "nullity-14", "the same with p0 at this size"),
            ("lower_mode_count", "nullity-7", "singular values of W_1 that do not grow with eta"),
            ("lower_mode_low", "nullity-7", "lower end of the mode they form"),
            ("lower_mode_high", "nullity-7", "upper end of that mode"),
            ("mode_separation_eta", "nullity-8", "eta from which the two modes of W_1 are apart"),
        ),
    )
    | _entries(
        "spike",
        (
            ("spike_m", "spike-21", "u^T W_0 v, u and v the update's top vectors", "spike-20"),
            ("spike_m2", "spike-21", "length of the second correlated row", "spike-20"),
            ("update_teacher_overlap", "spike-42", "(v . beta)^2, mean over runs", "spike-41"),
            ("update_teacher_overlap_limit", "spike-22", "(v . beta)^2 at n = infinity", "spike-20"),
            ("critical_theta", "spike-19", "eta ||D_0||_2 at which an outlier leaves the bulk of W_1"),
            ("critical_eta", "spike-25", "eta at which an outlier leaves the bulk of W_1, two-row theory"),
            ("critical_eta_one_row", "spike-25", "the critical eta of the one-row theory (a rival)"),
            ("critical_eta_independent", "spike-25", "the critical eta of the independent theory (a rival)"),
            ("sim_maximum", "spike-18", "largest sim(W_1, beta) over eta"),
            ("sim_maximum_eta", "spike-18", "the eta where it is (inf: sim rises to its limit)"),
            ("sim_at_threshold", "spike-18", "sim(W_1, beta) as eta comes down to the critical one"),
            ("sim_at_infinity", "spike-18", "sim(W_1, beta) as eta grows without bound"),
        ),
    )
    | _entries(
        "losses",
        (
            ("optimal_eta", "losses-9", "eta of least training loss after one step", "losses-13"),
            ("optimal_relative_training_loss", "losses-9", "that loss over the one at W_0", "losses-13"),
            ("break_even_eta", "losses-9", "eta beyond which the step raises the training loss", "losses-13"),
            ("gd_stability_limit", "losses-14", "largest stable eta of linearised gradient descent"),
            ("test_loss_floor", "losses-16", "least test loss of an odd student, at any step"),
            ("zero_loss", "moments-2", "test loss of predicting zero"),
        ),
    )
    | _entries(
        "weights before the step",
        (
            ("initial_lower_edge", "bulk-1", "lower Marchenko-Pastur edge of W_0, as a singular value"),
            ("initial_upper_edge", "bulk-1", "upper Marchenko-Pastur edge of W_0"),
            ("johnstone_centre", "bulk-5", "centring of s_1(W_0)^2"),
            ("johnstone_scale", "bulk-5", "scale of s_1(W_0)^2 about it"),
            ("initial_top_singular_value", "bulk-5", "s_1(W_0)"),
            ("alpha_hill_null", "bulk-7", "Hill's alpha of a pure bulk at this N/d"),
        ),
    )
    | _entries(
        "after the step",
        (
            ("tau", "spike-1", "spread of an entry of W_1 around its spike"),
            (
                "bulk_lower_edge",
                "edges-24",
                "lower edge of the bulk of W_1, below its least value",
                "edges-36",
            ),
            ("bulk_upper_edge", "edges-23", "upper edge of the bulk of W_1", "edges-35"),
            ("top_singular_value", "spike-13", "s_1(W_1)"),
            ("second_singular_value", "edges-23", "s_2(W_1) where s_1 is an outlier", "edges-35"),
            (
                "least_singular_value",
                "nullity-17",
                "the least of the min(N, d) singular values of W_1",
                "edges-38",
            ),
            ("deflated_singular_value", "spike-15", "smallest singular value of W_1 where it left the bulk"),
            ("left_overlap", "spike-16", "(u_1(W_1) . u)^2"),
            ("right_overlap", "spike-17", "(v_1(W_1) . v)^2"),
            ("sim", "spike-18", "sim(W_1, beta); of order 1/sqrt d below the threshold"),
            ("relative_training_loss", "losses-11", "training loss over that at W_0", "losses-13"),
            ("training_loss", "losses-11", "training loss at W_1", "losses-13"),
            ("test_loss", "ridge-16", "test loss of the ridge stage"),
            ("holdout_loss", "ridge-16", "its loss on the data that the readout was fitted to"),
            ("kta", "ridge-24", "kernel-target alignment of its features"),
        ),
    )
)
