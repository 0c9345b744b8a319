"""Claims judged: records obtained once for all, pilots, reasons, wording."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "pilot": [
            "FIRST_SEED",
            "SEEDS",
            "TABLES",
            "digest_of",
            "missing_pilot",
            "needs_pilot",
            "pilot_of",
            "rehearse",
            "runs_for_pilot",
            "seeds_of_pilot",
            "table_of",
        ],
        "reasons": ["reasoned", "with_power", "with_seen"],
        "samples": ["sample_of_design"],
        "session": ["Account", "Session", "judge", "judge_together", "requests_of_claims"],
    },
)
