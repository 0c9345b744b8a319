"""Holds `theory` and `sim` together: claims, statistics, designs, runs, tables, figures, commands."""

DISTRIBUTION = "bulkspike"  # start-up compares it: another distribution owns the name `verify` on PyPI

from verify.commands.interrupts import take_over as _take_over  # noqa: E402

_take_over()  # the one thing done at import, and only where a command starts: its first second is imports
