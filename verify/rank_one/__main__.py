"""`python -m verify.rank_one`."""

import sys

from verify.commands.shell import shell
from verify.rank_one.command import main

sys.exit(shell("verify.rank_one", main))
