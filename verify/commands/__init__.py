"""The shell round every command: options, exit codes, interrupts, files, findings."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "forecast": ["Study", "seconds_ahead"],
        "files": ["COLUMNS", "findings_json", "records_csv", "run_json", "timings_csv"],
        "findings": ["describe_finding"],
        "interrupts": ["INTERRUPTED", "hand_back", "take_over"],
        "option_table": ["OPTIONS", "Option"],
        "options": ["options_of", "options_text", "parse_options"],
        "spec": ["CommandSpec", "Options"],
        "shell": ["default_store", "progress_bar"],
    },
)
