"""`python -m verify.scaling`."""

from verify.commands.shell import start

start("verify.scaling")
