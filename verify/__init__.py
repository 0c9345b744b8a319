"""Holds `theory` and `sim` together: claims, statistics, designs, runs, tables, figures, commands."""

DISTRIBUTION = "bulkspike"  # start-up compares it: another distribution owns the name `verify` on PyPI

from verify.shadows import refuse_shadows as _refuse_shadows  # noqa: E402
from verify.shadows import starts_a_command as _starts_a_command  # noqa: E402

if _starts_a_command():  # the one thing done at import: a command's first second is imports
    _refuse_shadows()
    from verify.commands.interrupts import take_over as _take_over

    _take_over()
