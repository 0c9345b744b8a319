"""`python -m verify.calibration`."""

from verify.commands.shell import start

start("verify.calibration")
