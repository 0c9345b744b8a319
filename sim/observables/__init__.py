"""Groups of observables, one a file: what they read, what that needs, what it costs; the table lists them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "group": ["Course", "Group", "Reading", "Sizes", "State", "measured_by"],
        "table": ["COURSE_GROUP_NAMES", "GROUP_NAMES", "group_named"],
    },
)
