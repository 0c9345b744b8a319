"""`python -m verify.calibration`."""

import sys

from verify.calibration.command import main
from verify.commands.shell import shell

sys.exit(shell("verify.calibration", main))
