"""`python -m verify.everything`."""

from verify.commands.shell import start

start("verify.everything", named="verify")
