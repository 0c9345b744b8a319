"""`python -m verify.spike`."""

import sys

from verify.commands.shell import shell
from verify.spike.command import main

sys.exit(shell("verify.spike", main))
