"""From requests to records: designs, groups, batches, the store, what a run may use."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "batches": ["batch_of", "measure_batch"],
        "custom": ["CUSTOM", "registered"],
        "design": ["Design", "Readings", "requests_of", "readings_of_design"],
        "progress": ["Progress"],
        "request": ["GROUPS", "Request", "feature_key"],
        "resources": [
            "bytes_text",
            "parse_bytes",
            "usable_cores",
            "Resources",
            "memory_of",
            "check_memory",
            "backend_of",
            "flops",
        ],
        "runs": ["Run"],
        "simulate": ["batch_memory"],
        "store": ["RECORD_FORMAT", "Record", "Store", "key_digest", "sim_sources"],
    },
)
