"""From requests to records: designs, groups, batches, the store, what a run may use."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "batches": ["batch_of", "goes_on", "measure_batch", "takes_the_machine"],
        "complete": ["incomplete", "names_of"],
        "groups": ["Asked", "asked_in_training", "asked_of", "group_names", "training_group_names"],
        "kept": ["Kept"],
        "measurement": ["Measurement"],
        "design": ["Design", "Readings", "every_request", "readings_of_design", "requests_of"],
        "progress": ["Progress"],
        "request": ["Request", "feature_key"],
        "resources": [
            "bytes_text",
            "parse_bytes",
            "Resources",
            "memory_of",
            "check_memory",
            "backend_of",
        ],
        "runs": ["Run"],
        "simulate": ["batch_memory"],
        "work": ["flops", "seconds_of", "steps_of", "work_of"],
        "store": ["RECORD_FORMAT", "Record", "Store", "key_digest"],
    },
)
