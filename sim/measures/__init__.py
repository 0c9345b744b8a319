"""What is read off a matrix or a network: norms, top vectors, spectra, tails, alignment, the second stage."""

import lazy_loader

# A function whose file has its name, as mean_derivative, is had from the file only: the module would stand in its place.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "alignment": [
            "RankOneComparison",
            "compare_rank_one",
            "median_product",
            "similarity",
            "top_overlaps",
            "weight_similarity",
        ],
        "lanczos": ["BLOCK", "EPS", "Bidiagonal", "bidiagonalise", "triplets_of"],
        "norms": [
            "failure_probability",
            "frobenius_norm",
            "top_singular_triplets",
        ],
        "readout": ["Blocks", "RidgeError", "RidgeFit", "feature_scales", "second_stage"],
        "singular_triplets": ["FAILURE_GAP", "SingularTriplets"],
        "spectrum": [
            "OverlapSummary",
            "Overlaps",
            "Spectrum",
            "SpectrumError",
            "overlap_matrices",
            "overlap_summary",
            "singular_values",
        ],
        "tails": ["MINIMUM_EIGENVALUES", "TailFit", "hill_alpha", "ks_alpha"],
    },
)
