"""The judges, one kind of claim a file."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "bound": ["judge_bound"],
        "contrasts": [
            "Judge",
            "directed_judge",
            "judge_order_across",
            "judge_value_across",
            "second_less_first",
        ],
        "count": ["judge_count", "judge_count_always"],
        "distribution": ["distribution_judge"],
        "every_run": ["judge_every_run"],
        "exact": ["judge_exact"],
        "exponents": ["judge_constant", "judge_exponents"],
        "identity": ["judge_identity"],
        "line": ["LINE_PARTS", "line_judge", "line_power"],
        "order": ["judge_order"],
        "proportion": ["held_by_seed", "judge_proportion"],
        "ranks": ["judge_ranks", "ranks_power"],
        "rates": ["judge_rate", "judge_trend", "predicted_slope", "rate_judge", "rates_of"],
        "ray": ["judge_ordered", "judge_ray"],
        "slopes": ["judge_slope"],
        "spread": ["judge_spread", "spread_power"],
        "unpredicted": ["judge_measured", "judge_unpredicted"],
        "value": ["judge_value"],
    },
)
