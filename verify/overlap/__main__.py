"""`python -m verify.overlap`."""

import sys

from verify.commands.shell import shell
from verify.overlap.command import main

sys.exit(shell("verify.overlap", main))
