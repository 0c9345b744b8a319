"""`python -m verify.figures`."""

from verify.commands.shell import start

start("verify.figures")
