"""`python -m verify.kappa`."""

from verify.commands.shell import start

start("verify.kappa")
