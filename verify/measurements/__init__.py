"""What is measured beyond sim's own groups; never theory."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "drawn": ["drawn_at", "drawn_numbers"],
        "gradient": ["FORSTER", "SPLIT", "ZEROS", "exact_zeros", "forster_ratios", "gradient_split"],
        "mirrored_ridge": ["MIRRORED", "mirrored_key", "mirrored_ridge_at"],
        "norms": ["NORMS", "TURNING", "norms_beside_weights", "turning_eta"],
        "other_teacher": ["with_tanh_teacher"],
        "overlap_images": ["SIDES", "images_at", "rank_blocks", "reduced"],
        "spectra": [
            "COROLLARY",
            "GAP",
            "LEADING",
            "NO_SPIKE",
            "OUTSIDE",
            "OUTSIDE_ETA",
            "gap_at",
            "gaps",
            "label",
            "leading_at",
            "maxima_at",
            "spectra_at",
            "spectrum_of",
            "valley_depth",
        ],
        "spike_rows": ["spike_rows_at"],
    },
)
