"""`python -m verify.scaling`."""

import sys

from verify.commands.shell import shell
from verify.scaling.command import main

sys.exit(shell("verify.scaling", main))
