"""`python -m verify.predict`."""

import sys

from verify.commands.shell import shell
from verify.predict.command import main

sys.exit(shell("verify.predict", main))
