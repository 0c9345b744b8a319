"""`python -m verify.doctor`."""

from verify.commands.shell import start

start("verify.doctor")
