"""`python -m verify.tables`."""

from verify.commands.shell import start

start("verify.tables")
