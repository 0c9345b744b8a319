"""`python -m verify.rank_one`."""

from verify.commands.shell import start

start("verify.rank_one")
