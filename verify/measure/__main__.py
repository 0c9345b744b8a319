"""`python -m verify.measure`."""

from verify.commands.shell import start

start("verify.measure")
