"""`python -m verify.figures`."""

import sys

from verify.commands.shell import shell
from verify.figures.command import main

sys.exit(shell("verify.figures", main))
