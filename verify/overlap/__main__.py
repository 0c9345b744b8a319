"""`python -m verify.overlap`."""

from verify.commands.shell import start

start("verify.overlap")
