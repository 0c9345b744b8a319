"""`python -m verify.everything`: the same as `python -m verify`."""

import sys

from verify.commands.shell import shell
from verify.everything.command import main

sys.exit(shell("verify", main))
