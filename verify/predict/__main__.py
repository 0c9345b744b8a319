"""`python -m verify.predict`."""

from verify.commands.shell import start

start("verify.predict")
