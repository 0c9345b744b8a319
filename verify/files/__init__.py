"""Files that are whole or absent, and where a run's numbers come from."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "atomic": [
            "check_places",
            "ensure_directories",
            "ensure_directory",
            "remove_stale",
            "undone_on_mistake",
            "write_bytes",
            "write_text",
            "write_with",
        ],
        "provenance": ["check_packages", "environment", "git_commit", "version"],
    },
)
