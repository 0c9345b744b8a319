"""`python -m verify.train`."""

from verify.commands.shell import start

start("verify.train")
