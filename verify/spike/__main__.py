"""`python -m verify.spike`."""

from verify.commands.shell import start

start("verify.spike")
