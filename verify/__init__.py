"""Holds `theory` and `sim` together: claims, statistics, designs, runs, tables, figures, commands."""

DISTRIBUTION = "bulkspike"  # start-up compares it: another distribution owns the name `verify` on PyPI
