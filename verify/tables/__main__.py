"""`python -m verify.tables`."""

import sys

from verify.commands.shell import shell
from verify.tables.command import main

sys.exit(shell("verify.tables", main))
